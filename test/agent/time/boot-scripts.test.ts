// SPDX-License-Identifier: MIT
/**
 * S06clock and S12clock as the board's shell runs them, one after the other: the time that they leave. `date` and `stat`
 * are stand-ins, since the clock of this machine is nobody's to set.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { $ } from 'zx';
import { readBootClock } from '../../../src/agent/time/boot-clock.ts';
import { needs } from '../../image/needs.ts';
import { suite } from '../../support/suite.ts';
import { FakeFiles } from '../support/fake-ports.ts';

const SCRIPTS = new URL('../../../overlay/etc/init.d/', import.meta.url);
const BUILT = 1_735_689_600;
const YEAR = 366 * 86_400;

const DATE = `#!/bin/sh
case $1 in
  +%s) cat "$CLOCK" ;;
  -s) echo "\${2#@}" >"$CLOCK" ;;
esac
`;

/** Boots with a hardware clock and a saved time; the time afterwards, and what the agent reads of it. */
async function boot(
  hardware: number,
  saved?: string,
): Promise<{ time: number; source: string; builtAt: number; latest: number }> {
  const root = mkdtempSync(join(tmpdir(), 'plait-clock-'));
  try {
    for (const folder of ['bin', 'run', 'data']) mkdirSync(join(root, folder));
    const clock = join(root, 'now');
    writeFileSync(clock, `${hardware}\n`);
    if (saved !== undefined) writeFileSync(join(root, 'data/clock'), saved);
    const tools = { date: DATE, stat: `#!/bin/sh\necho ${BUILT}\n` };
    for (const [name, text] of Object.entries(tools)) {
      writeFileSync(join(root, 'bin', name), text);
      chmodSync(join(root, 'bin', name), 0o755);
    }
    const env = { ...process.env, PATH: `${root}/bin:${process.env.PATH}`, CLOCK: clock };
    for (const script of ['S06clock', 'S12clock']) {
      const text = readFileSync(new URL(script, SCRIPTS), 'utf8')
        .replaceAll('/run/plait', `${root}/run`)
        .replaceAll('/data/plait', `${root}/data`);
      const file = join(root, script);
      writeFileSync(file, text);
      await $({ env, quiet: true })`busybox sh ${file}`;
    }
    const record = join(root, 'run/clock');
    const files = new FakeFiles(
      existsSync(record) ? { '/run/plait/clock': readFileSync(record, 'utf8') } : {},
    );
    return { time: Number(readFileSync(clock, 'utf8')), ...readBootClock(files) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const start = suite('the time at a start');
start.before(() => needs('busybox'));

const SAVED = BUILT + YEAR;
for (const [what, hardware, saved, time, source] of [
  ['no battery, nothing saved', 0, undefined, BUILT, 'build-time'],
  ['no battery, a time was saved', 0, `${SAVED}\n`, SAVED, 'saved'],
  ['a battery', SAVED + 5, `${SAVED}\n`, SAVED + 5, 'hardware-clock'],
  ['a battery that stopped after the build', SAVED - 5, `${SAVED}\n`, SAVED, 'saved'],
  ['a hardware clock that is 30 years ahead', BUILT + 30 * YEAR, `${SAVED}\n`, SAVED, 'saved'],
  ['the same, nothing saved', BUILT + 30 * YEAR, undefined, BUILT, 'build-time'],
  ['a hardware clock after 2038', 2_200_000_000, undefined, 2_200_000_000, 'hardware-clock'],
  ['an older image than the saved time', 0, `${BUILT + 19 * YEAR}`, BUILT + 19 * YEAR, 'saved'],
  ['a newer image than the saved time', 0, `${BUILT - 5}\n`, BUILT, 'build-time'],
  ['a saved time that is 30 years ahead', 0, `${BUILT + 30 * YEAR}\n`, BUILT, 'build-time'],
  ['an empty file', 0, '', BUILT, 'build-time'],
  ['a file of something else', 0, '$(reboot)\n', BUILT, 'build-time'],
  ['a file of zero bytes', 0, '\0'.repeat(4096), BUILT, 'build-time'],
  ['a number without an end', 0, '9'.repeat(4096), BUILT, 'build-time'],
  ['a negative number', 0, `-${SAVED}\n`, BUILT, 'build-time'],
] as const) {
  start(what, async () => {
    assert.equal(await boot(hardware, saved), {
      time,
      source,
      builtAt: BUILT * 1000,
      latest: (BUILT + 20 * YEAR) * 1000,
    });
  });
}

start.run();
