// SPDX-License-Identifier: MIT
/** Text and rubbish are told apart bit by bit, and a console's speed is found on a line that garbles as a real one does. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SerialConsole } from '../../src/serial/console.ts';
import { findSpeed, SPEEDS } from '../../src/serial/find-speed.ts';
import { legibility } from '../../src/serial/legible.ts';
import type { Line, LineEvents } from '../../src/serial/line.ts';
import { resample } from './uart.ts';

const SAID = [
  'PC Engines ALIX.2 v0.99m\r\n640 KB Base Memory\r\n261120 KB Extended Memory\r\n\r\n01F0 Master 044A SanDisk SDCFH2-002G\r\nPhys C/H/S 3897/16/63 Log C/H/S 974/64/63 LBA\r\n',
  'Plait: starting slot a; tries left after this one: 2.\r\n',
  '[    0.000000] Linux version 6.12.48 (plait@build) (i586-linux-musl-gcc 14.2.0) #1\r\n',
  '\r\nPlait 0.1.0 on PC Engines ALIX\r\n\r\nbranch-12 login: ',
  '\r\nroot@branch-12:~# ',
];

const told = suite('legibility');

told('reads what boards say', () => {
  for (const text of SAID) assert.is(legibility(text), 'text', text);
});

told('finds no text in what boards say at any other speed', () => {
  for (const text of SAID)
    for (const board of SPEEDS)
      for (const here of SPEEDS)
        for (const keep of [false, true]) {
          if (here === board) continue;
          const heard = Buffer.from(resample(Buffer.from(text), board, here, keep).bytes).toString();
          assert.not.equal(legibility(heard), 'text', `${board} at ${here}: ${JSON.stringify(heard)}`);
        }
});

told('finds no text, nor anything legible, in any text at another speed', () => {
  const speed = fc.constantFrom(...SPEEDS);
  fc.assert(
    fc.property(fc.string({ minLength: 60, maxLength: 200 }), speed, speed, (text, board, here) => {
      fc.pre(board !== here);
      const heard = Buffer.from(resample(Buffer.from(text), board, here, true).bytes).toString();
      assert.ok(['silent', 'rubbish'].includes(legibility(heard)), JSON.stringify(heard));
    }),
    { numRuns: 300 },
  );
});

told('says nothing of an echo or of the noise of a plug', () => {
  for (const text of ['', '\r', '\r\n', '\0', '\ufffd\ufffd', 'ab']) assert.is(legibility(text), 'silent');
});

told.run();

/** A board that prints at one speed, and a port of the host that may stand at another. */
class GarblingLine implements Line {
  /** What the board has understood, and the BREAKs it has seen. */
  readonly understood: string[] = [];
  breaks = 0;
  board: number;
  #here = 0;
  readonly #answer: (typed: string) => string;
  #events: LineEvents | undefined;

  constructor(board: number, answer: (typed: string) => string) {
    this.board = board;
    this.#answer = answer;
  }

  listen(events: LineEvents): void {
    this.#events = events;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const heard = resample(bytes, this.#here, this.board);
    this.breaks += heard.breaks;
    const typed = Buffer.from(heard.bytes).toString('latin1');
    this.understood.push(typed);
    const text = this.#answer(typed);
    if (text !== '') this.print(text);
  }

  print(text: string): void {
    const { bytes } = resample(Buffer.from(text), this.board, this.#here);
    if (bytes.length > 0) setTimeout(() => this.#events?.data(Uint8Array.from(bytes)), 5);
  }

  async setSpeed(baud: number): Promise<boolean> {
    this.#here = baud;
    return true;
  }

  async sendBreak(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {
    this.#events?.end();
  }
}

async function on<T>(line: Line, body: (console: SerialConsole) => Promise<T>): Promise<T> {
  const console = new SerialConsole('/dev/ttyTest', line);
  try {
    return await body(console);
  } finally {
    await console.close();
  }
}

const finding = suite('findSpeed');

const prompt = (typed: string) => (typed.includes('\r') ? '\r\nbranch-12 login: ' : '');

for (const speed of SPEEDS)
  finding(`finds a login prompt at ${speed} in one round`, async () => {
    const tried: number[] = [];
    const found = await on(new GarblingLine(speed, prompt), (console) =>
      findSpeed(console, { timeout: 1, onTry: (one) => tried.push(one) }),
    );
    assert.equal(found, { state: 'found', speed });
    assert.equal(tried, SPEEDS.slice(0, SPEEDS.indexOf(speed) + 1));
  });

finding('accepts nothing at a question of setup', async () => {
  const line = new GarblingLine(115200, (typed) =>
    typed.includes('\f') ? '\r\n[hostname] [plait-1a2b3c]: ' : '',
  );
  const found = await on(line, (console) => findSpeed(console, { timeout: 1 }));
  assert.equal(found, { state: 'found', speed: 115200 });
  assert.not.ok(line.understood.some((typed) => typed.includes('\r')));
});

finding('finds a board that prints without being asked', async () => {
  const line = new GarblingLine(115200, () => '');
  const timer = setInterval(() => line.print('some driver: registered a device, revision 3\r\n'), 40);
  const found = await on(line, (console) => findSpeed(console, { timeout: 1 }));
  clearInterval(timer);
  assert.equal(found, { state: 'found', speed: 115200 });
});

finding('finds a getty that changes its speed at a BREAK', async () => {
  const speeds = [57600, 115200, 38400, 9600];
  const line: GarblingLine = new GarblingLine(57600, (typed) => {
    if (line.breaks > 0) line.board = speeds[line.breaks % speeds.length] ?? 0;
    return prompt(typed);
  });
  const found = await on(line, (console) => findSpeed(console, { timeout: 5_000 }));
  assert.equal(found, { state: 'found', speed: line.board });
});

finding('tells silence from rubbish', async () => {
  const silent = await on(new GarblingLine(9600, () => ''), (console) => findSpeed(console, { timeout: 1 }));
  assert.equal(silent, { state: 'silent' });
  const odd = new GarblingLine(31250, () => '');
  const timer = setInterval(() => odd.print('a board with a speed of its own, which nobody tries\r\n'), 40);
  const rubbish = await on(odd, (console) => findSpeed(console, { timeout: 1 }));
  clearInterval(timer);
  assert.equal(rubbish, { state: 'rubbish' });
});

finding('leaves a line alone that has no speed', async () => {
  const line = new GarblingLine(9600, prompt);
  line.setSpeed = async () => false;
  assert.equal(await on(line, (console) => findSpeed(console, { timeout: 1 })), { state: 'fixed' });
});

finding('is stopped by a signal', async () => {
  const line = new GarblingLine(9600, () => '');
  const stopped = on(line, (console) =>
    findSpeed(console, { timeout: 60_000, signal: AbortSignal.timeout(100) }),
  );
  await stopped.then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'Stopped looking'),
  );
});

finding.run();
