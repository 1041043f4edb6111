// SPDX-License-Identifier: MIT
/** `plait factory run` as a process: killed in the middle of a test, started again, and its record checked by `plait factory verify`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../../src/cli/project.ts';
import { goodBoard } from '../factory/support/bench.ts';
import type { FakeBoard } from '../factory/support/fake-board.ts';

/** Milliseconds for all that is waited for. */
const PATIENCE = 90_000;

/** What alix's list wants of a board that is good. */
const ANSWERS = {
  cpu: { family: 5, model: 10, clock: 498, wrong: 0 },
  macs: { addresses: 2, consecutive: true },
  ram: { total: 247, tested: 128, wrong: 0 },
  storage: { model: 'SDCFH2', size: 1900, read_rate: 22, write_wrong: 0, sync_p99: 40, ata_errors: 0 },
  nics: { links: 3, slowest: 100, lost: 0, changed: 0, receive_errors: 0 },
  temperature: { idle: 41, rise: 2 },
  rtc: { error: 0.01 },
  pci: { devices: 9, wireless: 0 },
  usb: { controllers: 2, devices: 0 },
  leds: { leds: 3 },
  button: { pressed: true, released: true },
  finalize: { copies: 2 },
};

const run = suite('plait factory run');

run('goes on where it was killed, and the record is signed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plait-factory-'));
  const board = await goodBoard(5, { answers: ANSWERS, watchdog: 15_500 });
  try {
    const first = station(folder, board);
    setTimeout(() => board.power(true), 3_000);
    await first.says(/storage \.\.\./);
    first.child.kill('SIGKILL');
    await first.ended;
    const second = station(folder, board);
    const code = await second.ended;
    assert.is(code, 0, second.text());
    assert.match(second.text(), /Going on with run \S+, which was testing/);
    assert.match(second.text(), /: PASS, serial number 2D13-4711 \(run /);
    assert.is(board.calls().filter((call) => call.startsWith('factory cpu')).length, 1);
    const [name = ''] = readdirSync(join(folder, 'records'));
    const checked = plait(folder, ['factory', 'verify', join(folder, 'records', name)]);
    assert.is(await checked.ended, 0, checked.text());
    assert.equal(readdirSync(join(folder, 'journal')), []);
  } finally {
    await board.remove();
    rmSync(folder, { recursive: true });
  }
});

run('says what is wrong before it opens a port', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plait-factory-'));
  for (const [words, text] of [
    [['--board', 'pc'], /board pc has no list of factory tests/],
    [['--list', 'quik'], /has no list 'quik'/],
    [['--port', '/dev/a', '--port', '/dev/a'], /--port: \/dev\/a is named twice/],
    [['--list', 'burn-in', '--port', '/dev/a'], /name a program by --power/],
  ] as const) {
    const wrong = plait(folder, ['factory', 'run', ...words]);
    assert.is(await wrong.ended, 2, wrong.text());
    assert.match(wrong.text(), text);
  }
  rmSync(folder, { recursive: true });
});

run.run();

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly text: () => string;
  readonly says: (wanted: RegExp) => Promise<void>;
}

/** A person who reads the label, and counts what LEDs were told to blink. */
function station(folder: string, board: FakeBoard): Running {
  const running = plait(folder, ['factory', 'run', '--port', board.port, '--operator', 'Kim']);
  let answered = 0;
  running.child.stderr?.on('data', () => {
    const asked = running.text().match(/^near\? .*$/gm) ?? [];
    for (const question of asked.slice(answered)) {
      answered++;
      const blinks =
        /blinks=([\d,]+)/.exec(board.calls().findLast((call) => call.includes('blinks=')) ?? '')?.[1] ?? '';
      running.child.stdin?.write(
        `${/Serial number/.test(question) ? '2D13-4711' : blinks.replaceAll(',', ' ')}\n`,
      );
    }
  });
  return running;
}

function plait(folder: string, words: readonly string[]): Running {
  const env = {
    ...process.env,
    PLAIT_FACTORY: folder,
    PLAIT_KEYS: join(folder, 'keys'),
    HOME: folder,
    XDG_CONFIG_HOME: folder,
  };
  const child = spawn(process.execPath, [join(repository, 'bin/plait.mjs'), ...words], {
    env,
    timeout: PATIENCE,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (text += bytes.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    ...{ child, ended, text: () => text },
    async says(wanted) {
      const end = Date.now() + PATIENCE;
      while (!wanted.test(text)) {
        if (Date.now() > end || child.exitCode !== null)
          throw new Error(`it does not say ${wanted}: ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}
