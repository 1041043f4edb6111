// SPDX-License-Identifier: MIT
/**
 * A new board is set up over its serial console by `plait setup` itself: the file of answers, the agent that applies it, two
 * uplinks that are looked at line by line, and what is kept for the next start.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { SetupResult } from '../../src/agent/setup/answers-front.ts';
import { repository } from '../../src/cli/project.ts';
import { EXIT } from '../../src/cli/verbs/setup.ts';
import type { Plug } from '../../src/machine/wiring.ts';
import { SerialConsole } from '../../src/serial/console.ts';
import { Shell } from '../../src/serial/shell.ts';
import { suite } from '../support/suite.ts';
import { BOOT_TIMEOUT, Guest, SECONDS } from './guest.ts';
import { shippedImage } from './images.ts';

const PASSWORD = 'correct horse battery';
const ANSWERS = `password: ${PASSWORD}
hostname: branch-12
lan.ports: eth0
lan.address: 192.168.50.1/24
lan.dhcp: 192.168.50.100-199
uplink.1.port: eth1
uplink.1.name: dsl
uplink.2.port: eth2
uplink.2.name: cable
uplink.2.address: 10.0.3.15/24 10.0.3.2
`;

/** What is typed; Enter alone for all other questions. */
const BY_HAND: Readonly<Record<string, string>> = { hostname: 'branch-13', apply: 'y', keep: 'y' };

const internet = (port: number): Plug => ({
  to: 'user',
  network: { network: `10.0.${port}.0/24`, host: `10.0.${port}.2` },
});

interface Context {
  board: Guest;
  folder: string;
  /** Runs `plait setup` on the board's port; the console of the test is closed meanwhile. */
  plait(
    answers: string,
    ...words: string[]
  ): Promise<{ code: number | null; out: string; text: string; seconds: number }>;
}

const setup = suite<Context>('plait setup of a new board');

setup.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-setup-machine-'));
  const image = await shippedImage('alix');
  const plugs: Plug[] = [{ to: 'nothing' }, internet(2), internet(3)];
  context.board = await Guest.start({ name: 'setup', image, plugs });
  context.plait = (answers, ...words) => {
    const file = join(context.folder, 'answers.yaml');
    writeFileSync(file, answers);
    const argv = [
      'setup',
      '--serial',
      context.board.machine.serial,
      '--answers',
      file,
      '--wait',
      '240',
      ...words,
    ];
    return plait(argv);
  };
});
setup.after(async ({ board, folder }) => {
  await board?.stop();
  rmSync(folder, { recursive: true, force: true });
});

setup(
  'waits for a board that is starting, sets it up, and sees both uplinks pass',
  async ({ board, plait, folder }) => {
    // Two readers of one port would each get half.
    await board.console.close();
    const log = join(folder, 'console.log');
    // The emulator's name server asks that of this machine, which need not have one: that step may fail.
    const { code, out, text } = await plait(ANSWERS, '--keep', '--json', '--log', log);
    assert.is(code, 0, text);
    const result = JSON.parse(out) as SetupResult;
    assert.is(result.kept, true);
    const passed = (result.checks ?? []).map(({ uplink, step, ok }) => `${uplink} ${step} ${ok}`);
    for (const line of [
      'dsl cable true',
      'dsl address true',
      'dsl router true',
      'cable cable true',
      'cable unique true',
      'cable router true',
    ])
      assert.ok(passed.includes(line), `${line} is not in ${passed.join(', ')}`);
    assert.ok(
      (result.checks ?? []).every(({ step, ok }) => ok !== false || step === 'names'),
      text,
    );
    assert.not.match(readFileSync(log, 'utf8'), PASSWORD);
  },
);

setup('is kept: the next start asks for the password, and has it all', async ({ board, plait, folder }) => {
  await board.machine.reset();
  const refused = await plait(ANSWERS);
  assert.is(refused.code, EXIT.login, refused.text);
  const password = join(folder, 'password');
  writeFileSync(password, `${PASSWORD}\n`);
  // Nothing that was not asked for changes: the same answers mean the same configuration.
  const again = await plait(ANSWERS, '--keep', '--password-file', password);
  assert.is(again.code, 0, again.text);
  assert.match(again.text, /Uplink dsl:\n {2}ok {3}eth1 has a link\n/);
  console.log(`the same answers again took ${again.seconds.toFixed(1)} s`);
});

setup('goes back when an uplink does not pass, and refuses what it cannot use', async ({ plait, folder }) => {
  const words = ['--password-file', join(folder, 'password')];
  const wrong = await plait(ANSWERS.replace('10.0.3.15/24 10.0.3.2', '10.0.3.15/24 10.0.3.99'), ...words);
  assert.is(wrong.code, EXIT.wentBack, wrong.text);
  // Lines are folded at 40 columns.
  const said = wrong.text.replace(/\s+/g, ' ');
  assert.ok(
    said.includes('FAIL router 10.0.3.99 is silent -> are address, length, router and VLAN right?'),
    wrong.text,
  );
  const unknown = await plait(ANSWERS.replace('uplink.1.port: eth1', 'uplink.1.port: eth9'), ...words);
  assert.is(unknown.code, EXIT.answers, unknown.text);
  assert.ok(/uplink\.1\.port.*eth9/.test(unknown.text.replace(/\s+/g, ' ')), unknown.text);
});

setup('says yes to all questions by hand, up to a configuration that is kept', async ({ board }) => {
  const guest = new Shell(await SerialConsole.open(board.machine.serial, 38_400), { timeout: 90 * SECONDS });
  await guest.login('root', PASSWORD, { timeout: BOOT_TIMEOUT });
  assert.match(await guest.ask('cat /data/plait.yaml'), 'hostname: branch-12');
  await guest.console.sendLine('plaitctl setup');
  const asked: string[] = [];
  for (;;) {
    const { groups, before } = await guest.console.expect(/\[([a-z][a-z0-9.-]*)\](?: \[[^\]\r\n]*\])?: $/, {
      clean: true,
      timeout: 90 * SECONDS,
    });
    const odd = before.replaceAll('\u0007', '').replace(/[ -~\r\n]/g, '');
    assert.is(odd, '', 'no byte outside of printable ASCII');
    asked.push(groups[0] ?? '');
    await guest.console.sendLine(BY_HAND[groups[0] ?? ''] ?? '');
    if (groups[0] === 'keep') break;
    assert.ok(asked.length <= 20, asked.join(' '));
  }
  await guest.console.expect('Done: kept', { clean: true, timeout: 60 * SECONDS });
  await guest.waitForPrompt();
  assert.match(await guest.ask('cat /data/plait.yaml'), 'hostname: branch-13');
  assert.ok(asked.filter((id) => id !== 'apply' && id !== 'keep').length <= 12, asked.join(' '));
  await guest.console.close();
});

setup('is back at its own speed half a minute after BREAKs and noise at the prompt', async ({ board }) => {
  const console = await SerialConsole.open(board.machine.serial, 38_400);
  const shell = new Shell(console);
  await shell.login('root', PASSWORD, { timeout: 60 * SECONDS });
  await console.sendLine('exit');
  await console.expect(/login: $/, { clean: true, timeout: 60 * SECONDS });
  for (let count = 0; count < 9; count++) await board.machine.sendBreak();
  const noise = Buffer.from(Array.from({ length: 1000 }, (_, at) => (at * 37 + 11) & 255)).filter(
    (byte) => byte !== 0x0d && byte !== 0x0a,
  );
  await console.send(noise);
  await new Promise((resolve) => setTimeout(resolve, 40 * SECONDS));
  await console.sendLine();
  await shell.login('root', PASSWORD, { timeout: 120 * SECONDS });
  assert.match(await shell.ask('stty -a </dev/ttyS0'), 'speed 38400 baud');
  assert.is(await shell.ask('pidof plaitd >/dev/null && echo runs'), 'runs');
  await console.close();
});

setup.run();

/** The command as a user calls it. */
function plait(
  argv: readonly string[],
): Promise<{ code: number | null; out: string; text: string; seconds: number }> {
  const begun = performance.now();
  const child = spawn(process.execPath, [join(repository, 'bin', 'plait.mjs'), ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 600 * SECONDS,
  });
  let [out, text] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, text, seconds: (performance.now() - begun) / 1000 }));
  });
}
