// SPDX-License-Identifier: MIT
/**
 * A file into the memory of a board, over a real shell on a pseudo-terminal: as it is, over lines that damage, through a cut.
 * The shell and its programs are those of BusyBox, as on a board.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { SerialConsole } from '../../../src/serial/console.ts';
import { PortGone } from '../../../src/serial/errors.ts';
import { openLine } from '../../../src/serial/open-line.ts';
import { Shell } from '../../../src/serial/shell.ts';
import { CHUNK, chunksOf } from '../../../src/serial/upload/chunks.ts';
import { PACE, type Pace, TransferFailed } from '../../../src/serial/upload/receiver.ts';
import { FAST, NoRoom, TURN, type UploadOptions, upload } from '../../../src/serial/upload/upload.ts';
import { needs } from '../../image/needs.ts';
import { scratch } from '../../image/scratch.ts';
import { failure } from '../../support/failure.ts';
import { suite } from '../../support/suite.ts';
import { shell, type Wire } from '../pty.ts';
import { type LineSpec, ObservedLine } from './lines.ts';

await needs('busybox');

const SLOW = 38_400;
/** What is waited for on a line that is not there: seconds less than with PACE. */
const QUICK: Pace = { silence: 3, work: 1_500, listens: 1_500, margin: 800 };
const SMALL = 4_096;
const SERVICE = '[   12.345678] e1000: eth1 NIC Link is Down\\r\\nplait: eth1 lost its lease\\r\\n';

interface Board {
  readonly wire: Wire;
  readonly line: ObservedLine;
  readonly console: SerialConsole;
  readonly shell: Shell;
  /** What was said of the upload. */
  readonly said: string[];
  readonly options: UploadOptions;
}

interface Context {
  /** Where the board keeps uploads. */
  memory: string;
  open: Board[];
}

const uploads = suite<Context>('upload');
const programs = scratch();

uploads.before(() => {
  execFileSync('busybox', ['--install', '-s', programs]);
});
uploads.before.each((context) => {
  context.memory = scratch();
  context.open = [];
});
uploads.after.each(async ({ open, memory }) => {
  for (const { console } of open) await console.close();
  for (const wire of new Set(open.map((board) => board.wire))) await wire.remove();
  rmSync(memory, { recursive: true });
});

/** A board whose shell has just asked for a command. */
async function boardAt(context: Context, spec: LineSpec = {}): Promise<Board> {
  const path = `${programs}\\:/usr/bin\\:/bin`;
  const wire = await shell(`env PATH=${path} TMPDIR=${context.memory} /usr/bin/env busybox sh -i`);
  return await consoleOf(context, wire, spec);
}

async function consoleOf(context: Context, wire: Wire, spec: LineSpec = {}): Promise<Board> {
  const line = new ObservedLine(await openLine(wire.path, SLOW), spec);
  const console = new SerialConsole(wire.path, line);
  const said: string[] = [];
  const board: Board = {
    ...{ wire, line, console, shell: new Shell(console), said },
    options: { say: (text) => said.push(text), chunk: SMALL, pace: QUICK },
  };
  context.open.push(board);
  await board.shell.waitForPrompt({ timeout: 20_000 });
  return board;
}

/** How the terminal of the board is. */
const terminal = ({ shell }: Board) => shell.value('stty -g; stty speed');

/** The file as it lies in the memory of the board. */
function kept({ memory }: Context, file: Buffer): Buffer {
  const folder = join(memory, `plait-upload-${chunksOf(file, SMALL).sha256.slice(0, 16)}`);
  return Buffer.concat(chunksOf(file, SMALL).order.map((hash) => readFileSync(join(folder, hash))));
}

uploads('takes every byte there is, in any order, and leaves the terminal as it was', async (context) => {
  const board = await boardAt(context);
  const before = await terminal(board);
  // Also XON, XOFF, Ctrl-C, Ctrl-D, Ctrl-\, 255 twice, and chunks that are equal.
  const all = Buffer.from(Array.from({ length: 2 * SMALL }, (_, at) => (at * (at % 7)) & 255));
  const file = Buffer.concat([
    all,
    Buffer.alloc(SMALL, 255),
    all,
    randomBytes(SMALL + 100),
    Buffer.from([3]),
  ]);
  const { command, speed, found } = await upload(board.shell, file, board.options);
  assert.equal(kept(context, file), file);
  assert.is(await board.shell.value(`${command} | wc -c`), String(file.length));
  assert.equal([speed, found], [FAST, 0]);
  assert.is(await terminal(board), before);
  assert.equal(board.line.speeds, [SLOW, FAST, SLOW]);
});

uploads('is there in 11 minutes at 115200, by the bytes that go over the line', async (context) => {
  const LIMIT = 11 * 60;
  const WHOLE = 6_300_000;
  /** What goes over the line between the raising of its speed and its return. */
  const count = async (chunks: number) => {
    const board = await boardAt(context);
    await upload(board.shell, randomBytes(chunks * CHUNK), { ...board.options, chunk: CHUNK });
    return board.line.atSpeed.get(FAST) ?? { sent: 0, received: 0 };
  };
  const [few, more] = [await count(4), await count(12)];
  // A chunk and its line in the list; its answer.
  assert.is(more.sent - few.sent, 8 * (CHUNK + 65));
  const answer = '@01234567 0123456789abcdef 0123456789abcdef\r\n'.length;
  assert.is(more.received - few.received, 8 * answer);
  const chunks = Math.ceil(WHOLE / CHUNK);
  const bytes = few.sent + few.received + (chunks - 4) * (CHUNK + 65 + answer);
  // The first question, the list, the last chunk and leaving end by silence.
  const seconds = (bytes * 10) / FAST + chunks * TURN + (4 * PACE.silence) / 10;
  const raw = (WHOLE * 10) / FAST;
  console.log(
    `upload of ${WHOLE} bytes: ${bytes} bytes on the line both ways, ${Math.round(seconds)} s at ${FAST} with ${TURN * 1000} ms a turn ` +
      `(${(100 * (seconds / raw - 1)).toFixed(1)} % over the bytes alone); limit ${LIMIT} s`,
  );
  assert.ok(seconds < 1.05 * raw, `${seconds} s, the bytes alone ${raw} s`);
  assert.ok(seconds < LIMIT);
});

uploads('goes through a line that loses, flips and adds bytes, while services print', async (context) => {
  const damaged = { lost: 0, flipped: 0, added: 0 };
  let armed = false;
  const fault = (bytes: Buffer, offset: number) => {
    if (!armed || bytes.length < 1_000) return bytes;
    const at = offset % bytes.length;
    const kind = (['lost', 'flipped', 'added', undefined] as const)[Math.floor(offset / 2_048) % 10];
    if (kind === undefined) return bytes;
    damaged[kind]++;
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    if (kind === 'lost') return Buffer.concat([head, tail.subarray(1)]);
    if (kind === 'added') return Buffer.concat([head, Buffer.from([0x55]), tail]);
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    return flipped;
  };
  const board = await boardAt(context, { fault });
  const before = await terminal(board);
  await board.shell.ask(`(while sleep 0.07; do printf '${SERVICE}'; done) & service=$!`);
  armed = true;
  const file = randomBytes(20 * SMALL + 5);
  await upload(board.shell, file, board.options);
  armed = false;
  await board.shell.ask('kill $service');
  for (const [kind, times] of Object.entries(damaged)) assert.ok(times > 0, `no byte was ${kind}`);
  assert.equal(kept(context, file), file);
  assert.is(await terminal(board), before);
  const memory = readdirSync(join(context.memory, readdirSync(context.memory)[0] ?? ''));
  const { order, listHash } = chunksOf(file, SMALL);
  assert.equal(memory.sort(), [...order, listHash, 'receive.sh'].sort(), 'nothing damaged is kept');
});

uploads('cut in the middle, goes on behind what is there, and never with another file', async (context) => {
  const first = await boardAt(context);
  const file = randomBytes(30 * SMALL);
  const broken = upload(first.shell, file, {
    ...first.options,
    onProgress: (done) => {
      if (done === 20 * SMALL) void first.wire.cut();
    },
  });
  assert.instance(await failure(broken), PortGone);
  const again = await boardAt(context);
  const from = again.line.sent;
  const { found } = await upload(again.shell, file, again.options);
  assert.ok(found >= 20 * SMALL && found < 30 * SMALL, `${found} bytes were found`);
  const missing = 30 * SMALL - found;
  assert.ok(again.line.sent - from < missing + 4 * SMALL, `${again.line.sent - from} bytes were sent`);
  assert.equal(kept(context, file), file);
  const other = Buffer.concat([file.subarray(0, 10 * SMALL), randomBytes(SMALL)]);
  assert.is((await upload(again.shell, other, again.options)).found, 0);
  assert.equal(kept(context, other), other);
  assert.is(readdirSync(context.memory).length, 1, 'the other file is gone');
});

uploads('gives the terminal back by itself when nobody sends any more', async (context) => {
  const gone = await boardAt(context);
  const before = await terminal(gone);
  const file = randomBytes(20 * SMALL);
  const broken = upload(gone.shell, file, {
    ...gone.options,
    onProgress: (done) => {
      if (done === 5 * SMALL) void gone.console.close();
    },
  });
  await failure(broken);
  // Enter is pressed every two seconds, as by whoever logs in.
  const next = await consoleOf(context, gone.wire);
  assert.is(await terminal(next), before);
  const { found } = await upload(next.shell, file, next.options);
  assert.ok(found >= 5 * SMALL);
  assert.equal(kept(context, file), file);
});

uploads('gives it back at once when it is interrupted', async (context) => {
  const board = await boardAt(context);
  const before = await terminal(board);
  const stop = new AbortController();
  const onProgress = (done: number) => {
    if (done === 3 * SMALL) stop.abort();
  };
  // By itself it would come back after this.
  const pace = { ...QUICK, listens: 90_000 };
  const begin = performance.now();
  const file = randomBytes(20 * SMALL);
  await failure(upload(board.shell, file, { ...board.options, pace, onProgress, signal: stop.signal }));
  assert.is(await terminal(board), before);
  assert.ok(performance.now() - begin < pace.listens);
});

uploads('stays at the speed of the line when a higher one lets nothing through', async (context) => {
  let line: ObservedLine | undefined;
  const fault = (bytes: Buffer) => (line?.speeds.at(-1) === FAST ? Buffer.alloc(0) : bytes);
  const board = await boardAt(context, { fault });
  line = board.line;
  const before = await terminal(board);
  const file = randomBytes(2 * SMALL);
  const { speed } = await upload(board.shell, file, board.options);
  assert.is(speed, SLOW);
  assert.match(board.said.join('\n'), /nothing through at 115200.*\nSending 0\.0 MB at 38400/);
  assert.equal(kept(context, file), file);
  assert.is(await terminal(board), before);
  assert.is(line.speeds.at(-1), SLOW);
});

uploads('raises no speed where it may not, or cannot', async (context) => {
  for (const [spec, keepSpeed] of [
    [{}, true],
    [{ settable: false }, false],
  ] as const) {
    const board = await boardAt(context, spec);
    const { speed } = await upload(board.shell, randomBytes(100), { ...board.options, keepSpeed });
    assert.is(speed, SLOW);
    assert.not.ok(board.line.speeds.includes(FAST));
  }
});

uploads('sends nothing into a shell when the board receives no more', async (context) => {
  const board = await boardAt(context);
  const file = randomBytes(20 * SMALL);
  const { listHash } = chunksOf(file, SMALL);
  let sentBefore = 0;
  const onProgress = (done: number) => {
    if (done !== 4 * SMALL) return;
    sentBefore = board.line.sent;
    execFileSync('pkill', ['-f', `receive.sh [0-9a-f]{8} ${listHash}`]);
  };
  const error = await failure(upload(board.shell, file, { ...board.options, onProgress }));
  assert.instance(error, TransferFailed);
  assert.match(error.message, 'does not receive any more');
  // The chunk that the program's end met, and questions.
  assert.ok(board.line.sent - sentBefore < SMALL + 100, `${board.line.sent - sentBefore} bytes`);
  const { found } = await upload(board.shell, file, board.options);
  assert.ok(found >= 4 * SMALL);
});

uploads('says before anything is sent that the board has no room', async (context) => {
  const board = await boardAt(context);
  const error = await failure(upload(board.shell, randomBytes(100), { ...board.options, beside: 1e15 }));
  assert.instance(error, NoRoom);
  assert.match(
    error.message,
    /does not fit .* 1000000000\.0 MB to be worked with, 67\.1 MB must be left; [\d.]+ MB are available/,
  );
  assert.ok(board.line.sent < 3_000);
});

uploads.run();
