// SPDX-License-Identifier: MIT
/** The real executable: the native module under sanitizers, and the command as a person calls it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { type HostAgent, hostAgent } from './support/host-agent.ts';

const DEADLINE = 60_000;
const example = (name: string) =>
  fileURLToPath(new URL(`../../src/appliance/examples/${name}`, import.meta.url));

interface Ended {
  code: number;
  out: string;
  err: string;
}

function run(program: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: DEADLINE }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });
}

const executable = suite('agent as an executable');
let agent: HostAgent;

executable.before(async () => {
  agent = await hostAgent();
});

executable('every verb of the native module does what it says, and sanitizers find nothing', async () => {
  const { code, out, err } = await run(agent.verbs);
  assert.is(code, 0, out + err);
  assert.is(err, '');
  const checks = out.match(/^ok /gm)?.length ?? 0;
  assert.match(out, `done ${checks}\n`);
  assert.ok(checks > 40, `${checks} checks`);
});

executable('is at most 2.5 MB', async () => {
  const { size } = await stat(agent.plaitctl);
  assert.ok(size <= 2.5e6, `${size} bytes`);
});

executable('without a command it explains itself and ends with 2', async () => {
  const { code, err } = await run(agent.plaitctl);
  assert.is(code, 2);
  assert.match(err, 'Usage: plaitctl');
});

executable('help, also of no command, is no failure', async () => {
  assert.is((await run(agent.plaitctl, '--help')).code, 0);
  assert.match((await run(agent.plaitctl, '--version')).out, /^plait 0\.0\.0-test \(host, Linux \d/);
});

for (const [args, words] of [
  [['chek'], 'there is no command "chek"; did you mean "check"'],
  [['check', 'a', 'b'], '"b" is one word too many'],
  [['apply', '--within', '60s'], 'there is no option "--within"'],
  [['apply', '--confirm-within'], '--confirm-within wants a value'],
  [['apply', '--confirm-within', 'soon'], 'is not a duration'],
  [['apply', '--confirm-within=1s'], 'is out of range'],
  [['show', 'everything'], '"everything" cannot be shown'],
  [['lease', 'eth1'], 'lease DEVICE EVENT'],
] as const) {
  executable(`"plaitctl ${args.join(' ')}" is wrong use`, async () => {
    const { code, err } = await run(agent.plaitctl, ...args);
    assert.is(code, 2, err);
    assert.match(err, words);
  });
}

executable('a configuration comes in by a pipe as well', async () => {
  const piped = `cat '${example('branch.yaml')}' | '${agent.plaitctl}' check -`;
  const { code, out } = await run('sh', '-c', piped);
  assert.is(code, 0);
  assert.is(out, '- can be applied\n');
});

executable('ports of this machine are listed', async () => {
  const { code, out } = await run(agent.plaitctl, 'ports', '--json');
  assert.is(code, 0);
  for (const { name, link } of JSON.parse(out).ports)
    assert.match(`${name} ${link}`, /^\S+ (up|no carrier|down)$/);
});

executable('check passes the examples and says so', async () => {
  const { code, out } = await run(agent.plaitctl, 'check', example('branch.yaml'));
  assert.is(code, 0);
  assert.match(out, 'can be applied');
  const json = await run(agent.plaitctl, 'check', '--json', example('far-end.yaml'));
  assert.equal(JSON.parse(json.out), { ok: true, warnings: [] });
});

executable('check names what is wrong, for people and for machines', async () => {
  const { code, err } = await run(agent.plaitctl, 'check', fileURLToPath(import.meta.url));
  assert.is(code, 1);
  assert.ok(err.length > 0);
  const json = await run(agent.plaitctl, '--json', 'check', fileURLToPath(import.meta.url));
  assert.is(json.code, 1);
  const answer = JSON.parse(json.out) as { ok: boolean; problems: { message: string }[] };
  assert.ok(!answer.ok && answer.problems.length > 0);
});

executable('a file that is not there is a sentence and 1', async () => {
  const { code, err } = await run(agent.plaitctl, 'check', '/nonexistent/plait.yaml');
  assert.is(code, 1);
  assert.is(err, 'plaitctl: there is no file /nonexistent/plait.yaml\n');
});

executable('a key comes from a file itself, not from where a link leads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plait-key-'));
  try {
    const file = join(folder, 'wg');
    await writeFile(file, `${'A'.repeat(42)}\n`, { mode: 0o644 });
    await symlink(file, join(folder, 'link'));
    for (const [path, words] of [
      [join(folder, 'link'), 'is a symbolic link: name the file itself'],
      [folder, 'is not a regular file'],
      [join(folder, 'none'), 'there is no file'],
      [file, 'does not hold a key: 32 bytes in base64, 44 characters'],
    ] as const) {
      const { code, err } = await run(agent.plaitctl, 'key', 'import', path, 'hq');
      assert.is(code, 1, err);
      assert.match(err, words);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

executable('questions to a daemon that does not run are a sentence and 1', async () => {
  const { code, err } = await run(agent.plaitctl, 'confirm');
  assert.is(code, 1);
  assert.is(err, 'plaitctl: plaitd is not running\n');
  const json = await run(agent.plaitctl, 'status', '--json');
  assert.equal(JSON.parse(json.out), { error: { code: 'failed', message: 'plaitd is not running' } });
});

executable.run();
