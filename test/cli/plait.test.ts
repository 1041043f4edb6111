// SPDX-License-Identifier: MIT
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scratch } from '../image/scratch.ts';

const plait = fileURLToPath(new URL('../../bin/plait.mjs', import.meta.url));

/** Runs the command as a person would; five minutes are its deadline. */
function run(args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 300_000 };
    execFile('node', [plait, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr });
    });
  });
}

const command = suite('plait');

command('says which engine it takes when it may choose, and why', async () => {
  const env = { PLAIT_CACHE: scratch(), PLAIT_KEYS: scratch(), BUILDROOT_DIR: '' };
  const { code, stdout, stderr } = await run(
    ['image', '--engine', 'auto', '--offline', '--out', scratch()],
    env,
  );
  assert.match(stdout, 'engine debian: there is no tree of Buildroot, and --offline forbids to fetch one');
  assert.match(stderr, /--offline: .* does not hold all that the build needs/);
  assert.is(code, 1);
});

command('SOURCE_DATE_EPOCH that is no number is wrong use', async () => {
  const { code, stderr } = await run(['image'], { SOURCE_DATE_EPOCH: 'yesterday' });
  assert.match(stderr, "plait: SOURCE_DATE_EPOCH is 'yesterday'; it must be a number of seconds since 1970");
  assert.is(code, 2);
});

command('says that the mirror does not answer, publishes nothing, and tells the same as JSON', async () => {
  const [cache, out] = [scratch(), join(scratch(), 'out')];
  // Nothing listens on the discard port.
  const env = {
    ...{ PLAIT_CACHE: cache, PLAIT_KEYS: scratch() },
    PLAIT_DEBIAN_MIRROR: 'http://127.0.0.1:9/debian',
  };
  const { code, stdout, stderr } = await run(['image', '--engine', 'debian', '--out', out, '--json'], env);
  assert.match(stderr, /^plait: the index of \w+ cannot be had from http:\/\/127\.0\.0\.1:9\/debian$/m);
  assert.is(code, 1);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.is(events.find(({ event }) => event !== 'note').event, 'build-start');
  const last = events.at(-1);
  assert.equal([last.event, last.exitCode], ['build-failed', 1]);
  assert.is(stderr.trim(), `plait: ${last.message}`);
  assert.not.ok(existsSync(out));
});

command('mirror tells what happens as JSON, its end too', async () => {
  const env = { PLAIT_CACHE: scratch(), PLAIT_DEBIAN_MIRROR: 'http://127.0.0.1:9/debian' };
  const argv = ['mirror', '--engine', 'debian', '--board', 'alix', '--json', join(scratch(), 'mirror')];
  const { code, stdout, stderr } = await run(argv, env);
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  assert.equal([last.event, last.exitCode, `plait: ${last.message}\n`], ['mirror-failed', 1, stderr]);
  assert.match(stderr, 'cannot be had from http://127.0.0.1:9/debian');
  assert.is(code, 1);
});

command.run();
