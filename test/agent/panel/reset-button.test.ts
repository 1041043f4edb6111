// SPDX-License-Identifier: MIT
/**
 * The button at the start: by cases, and against a model with random presses, devices that fail, crashes of the agent and more
 * starts of the board. PLAIT_MODEL_SEED repeats a run.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readReset } from '../../../src/agent/config-reset.ts';
import { HOLD_TRANSITIONS, isHoldResult, nextHold } from '../../../src/agent/panel/hold.ts';
import { ResetButton } from '../../../src/agent/panel/reset-button.ts';
import { BUTTON_DEVICES, FakeButton } from '../support/fake-panel.ts';
import { FakeClock, FakeFiles, FakeProcesses } from '../support/fake-ports.ts';

const seed = Number(process.env.PLAIT_MODEL_SEED ?? Date.now() % 2 ** 31);
const SEEN = '/run/plait/button-seen';

/** A board whose agent is started again and again. */
class Board {
  readonly clock = new FakeClock();
  readonly files = new FakeFiles({
    '/proc/bus/input/devices': BUTTON_DEVICES,
    '/data/plait.yaml': 'version: 1\n',
    '/data/plait/shadow': 'root:$5$x:0::::::\n',
  });
  readonly processes = new FakeProcesses();
  readonly key = new FakeButton(this.clock);
  readonly shown: (string | undefined)[] = [];
  readonly logged: string[] = [];
  button!: ResetButton;

  /** Milliseconds that the start waits for the button. */
  async start(during: () => Promise<void> = async () => {}): Promise<number> {
    this.button = new ResetButton({
      ports: {
        files: this.files,
        clock: this.clock,
        processes: this.processes,
        key: (path, code, on) => this.key.open(path, code, on),
        log: (level, text) => this.logged.push(`${level}: ${text}`),
      },
      show: (state) => this.shown.push(state),
    });
    const begun = this.clock.now;
    let ended: number | undefined;
    const start = this.button.atStart().then(() => {
      ended = this.clock.now;
    });
    await during();
    for (let step = 0; ended === undefined && step < 200; step++) await this.clock.advance(100);
    await start;
    return (ended ?? Number.NaN) - begun;
  }

  /** The kernel starts anew. */
  restart(down: boolean): void {
    this.files.content.delete(SEEN);
    this.key.atKernelStart(down);
  }

  get isReset(): boolean {
    return this.files.read('/data/plait.yaml') === undefined;
  }

  setUp(): void {
    this.files.write('/data/plait.yaml', 'version: 1\n');
  }
}

const wait = (board: Board, ms: number) => board.clock.advance(ms);
const table = suite('states of a hold');

table('every state that waits ends with the time, and the device', () => {
  for (const state of ['looking', 'counting'] as const) {
    assert.ok(isHoldResult(nextHold(state, 'lost')));
    const settled = nextHold(state, 'settled');
    assert.ok(isHoldResult(nextHold(settled, 'time')));
    assert.ok(Object.keys(HOLD_TRANSITIONS[state]).length > 0);
  }
});

table('a result is the last state', () => {
  for (const event of ['down', 'up', 'settled', 'time', 'lost'] as const) {
    assert.is(nextHold('let go', event), 'let go');
    assert.is(nextHold('held', event), 'held');
  }
});

table.run();

const cases = suite('the button at the start');

cases('a board without button loses no time, and loads nothing', async () => {
  const board = new Board();
  board.files.content.delete('/proc/bus/input/devices');
  assert.is(await board.start(), 0);
  assert.equal(board.processes.ran, []);
  assert.equal(board.logged, []);
});

cases('a button that nobody holds costs 0.4 s', async () => {
  const board = new Board();
  assert.is(await board.start(), 400);
  assert.not.ok(board.isReset);
  assert.not.ok(board.key.isOpen, 'the kernel polls no more');
  assert.is(await board.start(), 0, 'only once in a start of the board');
});

for (const atKernelStart of [true, false]) {
  cases(
    `held for 5 s it resets, seen down ${atKernelStart ? 'at' : 'after'} the kernel's start`,
    async () => {
      const board = new Board();
      board.key.atKernelStart(atKernelStart);
      board.key.down = true;
      assert.is(await board.start(), 5000);
      assert.ok(board.isReset);
      assert.equal(board.shown, ['counting', 'reset']);
      assert.is(board.files.read('/data/plait/before-reset/0001-2023-11-14/shadow'), 'root:$5$x:0::::::\n');
      assert.ok(board.logged.some((line) => line.startsWith('notice: reset by the button on 2023-11-14')));
      board.key.down = false;
      await wait(board, 1000);
      assert.equal(board.shown, ['counting', 'reset', undefined]);
      assert.is(readReset(board.files)?.released, true);
      assert.not.ok(board.key.isOpen);
    },
  );
}

cases('let go before, it resets nothing, and the start goes on at once', async () => {
  const board = new Board();
  board.key.atKernelStart(true);
  const took = await board.start(async () => {
    await wait(board, 4500);
    board.key.down = false;
  });
  assert.ok(took >= 4500 && took <= 4700, `${took}`);
  assert.not.ok(board.isReset);
  assert.is(board.shown.at(-1), undefined);
});

cases('let go before the agent looks, it resets nothing although the kernel thinks otherwise', async () => {
  const board = new Board();
  board.key.atKernelStart(true);
  board.key.down = false;
  assert.ok((await board.start()) <= 400);
  assert.not.ok(board.isReset);
});

cases('pressed twice for 3 s, it resets nothing', async () => {
  const board = new Board();
  board.key.atKernelStart(true);
  await board.start(async () => {
    await wait(board, 3000);
    board.key.down = false;
    await wait(board, 300);
    board.key.down = true;
  });
  await wait(board, 10_000);
  assert.not.ok(board.isReset);
});

cases('one that is stuck resets once, and costs later starts 0.4 s, until it was seen up', async () => {
  const board = new Board();
  board.key.atKernelStart(true);
  await board.start();
  assert.ok(board.isReset);
  await wait(board, 60_000);
  assert.ok(board.logged.some((line) => line.includes('still down after 60 s')));
  assert.is(board.shown.at(-1), undefined);
  assert.not.ok(board.key.isOpen);
  for (let again = 0; again < 2; again++) {
    board.setUp();
    board.restart(true);
    assert.is(await board.start(), 400);
    assert.not.ok(board.isReset);
    assert.ok(board.logged.at(-1)?.includes('stuck?'));
  }
  board.restart(false);
  await board.start();
  board.restart(true);
  await board.start();
  assert.ok(board.isReset, 'it works again');
});

for (const failure of ['ENOENT', 'EIO']) {
  cases(`a device that cannot be opened (${failure}) costs nothing`, async () => {
    const board = new Board();
    board.key.atKernelStart(true);
    board.key.failure = failure;
    assert.is(await board.start(), 0);
    assert.not.ok(board.isReset);
    assert.ok(board.logged.at(-1)?.includes(failure));
  });
}

cases('a device that goes away resets nothing', async () => {
  const board = new Board();
  board.key.atKernelStart(true);
  const took = await board.start(async () => {
    await wait(board, 2000);
    board.key.lose();
  });
  assert.is(took, 2000);
  assert.not.ok(board.isReset);
});

cases('an agent that ends meanwhile resets nothing, and the next one looks again', async () => {
  const board = new Board();
  board.key.atKernelStart(true);
  await board.start(async () => {
    await wait(board, 2000);
    board.button.stop();
  });
  assert.not.ok(board.isReset);
  assert.is(await board.start(), 5000);
  assert.ok(board.isReset);
});

cases('a card that takes nothing keeps its configuration, and the LEDs do not say "done"', async () => {
  const board = new Board();
  board.key.atKernelStart(true);
  board.files.full = true;
  await board.start();
  assert.not.ok(board.isReset);
  assert.equal(board.shown, ['counting', undefined]);
  assert.ok(board.logged.some((line) => line.startsWith('error: ') && line.includes('no space')));
});

cases(
  'a reset that a power cut interrupted is ended by the next start, whatever the button does',
  async () => {
    const board = new Board();
    board.files.content.delete('/proc/bus/input/devices');
    const folder = '/data/plait/before-reset/0001-2026-12-01';
    const record = { state: 'moving', at: '2026-12-01T03:40:00.000Z', folder, released: false };
    board.files.content.set('/data/plait/reset.json', JSON.stringify(record));
    assert.is(await board.start(), 0);
    assert.ok(board.isReset);
    assert.is(board.files.read(`${folder}/plait.yaml`), 'version: 1\n');
  },
);

cases.run();

/** One start of the board: when the button changes (ms after the look), and what fails. */
interface Start {
  before: boolean;
  at: number[];
  device: 'fine' | 'no device' | 'no file' | 'lost';
  lostAt: number;
  crashAt: number | undefined;
}

const aStart: fc.Arbitrary<Start> = fc.record({
  before: fc.boolean(),
  // Steps of 100 ms, so that polls are not missed in between.
  at: fc.oneof(
    fc.constant<number[]>([]),
    fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 4 }).map((times) => times.sort((a, b) => a - b)),
  ),
  device: fc.constantFrom('fine', 'fine', 'fine', 'no device', 'no file', 'lost'),
  lostAt: fc.integer({ min: 0, max: 70 }),
  crashAt: fc.option(fc.integer({ min: 0, max: 70 }), { nil: undefined, freq: 5 }),
});

const model = suite('the button against a model');

model(`random presses over starts (seed ${seed})`, async () => {
  const resets = { yes: 0, no: 0 };
  const property = fc.asyncProperty(fc.array(aStart, { minLength: 1, maxLength: 4 }), async (starts) => {
    const board = new Board();
    let stuck = false;
    for (const { before, at, device, lostAt, crashAt } of starts) {
      board.setUp();
      board.restart(before);
      board.key.failure = device === 'no file' ? 'ENOENT' : undefined;
      if (device === 'no device') board.files.content.delete('/proc/bus/input/devices');
      else board.files.content.set('/proc/bus/input/devices', BUTTON_DEVICES);
      let ends = false;
      const took = await board.start(async () => {
        for (let tick = 0; tick <= 70; tick++) {
          if (at.includes(tick)) board.key.down = !board.key.down;
          if (tick === crashAt) {
            board.button.stop();
            ends = true;
          }
          if (device === 'lost' && tick === lostAt) board.key.lose();
          await board.clock.advance(100);
        }
      });
      board.button.stop();
      assert.ok(took <= 5000, `${took} ms`);
      if (device === 'no device' || device === 'no file') assert.is(took, 0);
      const readable = device === 'fine' || (device === 'lost' && lostAt >= 50);
      const heldWhole = downAtAllPolls(before, at, 50) && readable && !(ends && (crashAt ?? 99) < 50);
      if (board.isReset) {
        assert.ok(heldWhole && !stuck, 'a reset without somebody who held the button for 5 s');
        resets.yes++;
        stuck = readReset(board.files)?.released === false;
      } else {
        assert.not.ok(heldWhole && !stuck, 'held for 5 s, and no reset');
        resets.no++;
        stuck = readReset(board.files)?.released === false;
      }
    }
  });
  await fc.assert(property, { seed, numRuns: 300 });
  assert.ok(resets.yes > 5 && resets.no > 50, JSON.stringify(resets));
});

/**
 * Down at each poll from the look until `end`, or from a poll before the agent has settled on. What happens in the tick of a poll
 * is seen by the next one only, so a button that is let go in the last 0.1 s was held.
 */
function downAtAllPolls(before: boolean, at: readonly number[], end: number): boolean {
  const [firstPoll, settled] = [2, 4];
  let down = before;
  let counting = before;
  for (let tick = 0; tick < end; tick++) {
    if (tick >= firstPoll) {
      if (counting && !down) return false;
      if (tick < settled) counting = down;
    }
    if (at.includes(tick)) down = !down;
  }
  return counting;
}

model.run();
