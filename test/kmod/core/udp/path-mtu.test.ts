// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, inScratch, run } from '../../toolchain.ts';

const INPUTS = 20_000;
const SEED = 20_261_201;

const SOURCES = ['path-mtu', 'link-mtu'].map((part) => `src/kmod/core/udp/${part}.c`);

interface Case {
  what: string;
  size: number;
  probes: number;
  /** Milliseconds until packets of the announced size arrive, and until the size is found. */
  safe: number;
  found: number;
}

const pathMtu = suite('path MTU of UDP legs');

async function simulated(): Promise<Map<string, Case>> {
  const { output, code } = await inScratch(async (folder) => {
    const program = join(folder, 'path-mtu-simulation');
    await compileCore(['test/kmod/core/udp/path-mtu-simulation.c', ...SOURCES], program);
    return run([program]);
  });
  assert.is(code, 0, output);
  const lines = output.trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [what = '', rest = ''] = line.split(' | ');
      const [size = 0, probes = 0, safe = 0, found = 0] = rest.split(' ').map(Number);
      return [what, { what, size, probes, safe, found }];
    }),
  );
}

pathMtu('the size of a path is found by a bounded number of probes', async () => {
  const cases = await simulated();
  const of = (what: string) => {
    const found = cases.get(what);
    assert.ok(found, what);
    return found as Case;
  };
  assert.equal(of('first 1500 20').probes, 1);
  for (const path of [1492, 1480, 1400, 1341, 1340, 1339, 1300, 1280, 1000, 577]) {
    const { size, probes, safe, found } = of(`first ${path} 20`);
    assert.is(size, path);
    assert.ok(probes <= 20, `${probes} probes for ${path}`);
    assert.ok(found <= 1000, `${found} ms for ${path}`);
    assert.ok(safe <= (path < 1340 ? 400 : 200), `${safe} ms until a safe size for ${path}`);
  }
  assert.ok(of('first 1400 600').found <= 10_000);
  for (const [from, to] of [
    [1500, 1400],
    [1400, 1300],
    [1300, 1000],
  ]) {
    const { size, probes, safe, found } = of(`change ${from} ${to}`);
    assert.is(size, to);
    assert.ok(probes <= 20, `${probes} probes from ${from} to ${to}`);
    assert.ok(safe <= 600, `${safe} ms until a safe size, from ${from} to ${to}`);
    assert.ok(found <= 1200, `${found} ms from ${from} to ${to}`);
  }
  for (const [from, to] of [
    [1300, 1400],
    [1400, 1500],
  ]) {
    const { size, probes, found } = of(`change ${from} ${to}`);
    assert.is(size, to);
    assert.ok(probes <= 20, `${probes} probes from ${from} to ${to}`);
    assert.ok(found <= 601_000, `${found} ms from ${from} to ${to}`);
  }
  assert.is(of('idle 1500').probes, 1, 'probes of a day without traffic');
  assert.ok(of('idle 1400').probes <= 20);
});

pathMtu(`${INPUTS} paths that change, lose, fall silent and lie break none of its promises`, () =>
  inScratch(async (folder) => {
    const program = join(folder, 'path-mtu-fuzz');
    await compileCore(
      ['test/kmod/core/fuzz-main.c', 'test/kmod/core/udp/path-mtu-fuzz.c', ...SOURCES],
      program,
    );
    const result = await run([program, String(INPUTS), String(SEED)]);
    assert.is(result.output, `${INPUTS} inputs\n`);
    assert.is(result.code, 0);
  }),
);

pathMtu.run();
