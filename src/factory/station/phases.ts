// SPDX-License-Identifier: MIT
/** How each kind of phase is done at the shell of a board. A runner returns what was measured; the list judges it. */
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConsoleError, ConsoleTimeout } from '../../serial/errors.ts';
import { readFile, sendFile } from '../../serial/transfer.ts';
import { askBoard, seenIn } from './board-answer.ts';
import { finalize } from './finalize.ts';
import { load } from './load.ts';
import { type PhaseContext, PhaseFault, type PhaseResult } from './phase.ts';
import type { PhaseKind } from './phase-table.ts';

type Runner = (context: PhaseContext) => Promise<PhaseResult>;

export const RUNNERS: Readonly<Record<Exclude<PhaseKind, 'firmware'>, Runner>> = {
  board: onBoard,
  serial: overSerial,
  leds,
  button,
  load,
  watchdog,
  power,
  finalize,
};

/** Bytes that go both ways where the list says nothing. */
const SERIAL_BYTES = 4096;
/** A LED blinks this often at most: more is not counted well. */
const MOST_BLINKS = 5;
/** Milliseconds for a person to look and to type. */
const PERSON = 120_000;
/** Times that the LEDs are shown. */
const MOST_SHOWN = 5;
/** Milliseconds: the longest that a watchdog of these boards waits, and then the firmware. */
const WATCHDOG_PATIENCE = 180_000;
/** Milliseconds until a shell answers that is there. */
const ANSWERS = 5_000;
/** Milliseconds without power: capacitors are empty then. */
const OFF = 5_000;

async function onBoard({ shell, phase, limits }: PhaseContext): Promise<PhaseResult> {
  const answer = await askBoard(shell, phase.name, phase.parameters, limits());
  return { measured: answer.measurements, seen: seenIn(answer) };
}

/** Random bytes to the board and back. The transfer checks each whole file; here each byte that differs is counted. */
async function overSerial({ shell, phase, limits, board }: PhaseContext): Promise<PhaseResult> {
  const bytes = randomBytes(Number(phase.parameters.bytes ?? SERIAL_BYTES));
  const file = `/tmp/plait-serial-${randomBytes(6).toString('hex')}`;
  const { signal } = limits();
  const options = signal === undefined ? {} : { signal };
  const began = performance.now();
  try {
    await sendFile(shell, file, bytes, options);
    const back = await readFile(shell, file, signal);
    const seconds = (performance.now() - began) / 1000;
    const wrong = bytes.filter((byte, at) => byte !== back[at]).length + Math.abs(bytes.length - back.length);
    return {
      measured: { bytes: bytes.length, wrong, rate: Math.round((2 * bytes.length) / seconds) },
      seen: board,
    };
  } catch (error) {
    // A file that arrives damaged is what this phase looks for; silence is not.
    if (!(error instanceof ConsoleError) || error.constructor !== ConsoleError) throw error;
    throw new PhaseFault(`${error.message} Is the serial cable whole, and the plug clean?`);
  } finally {
    await shell.run(`rm -f ${file}`).catch((error) => {
      if (!(error instanceof ConsoleError)) throw error;
    });
  }
}

/** A count that only who looks can know: a question with y and n gets y. */
async function leds({ shell, phase, limits, person, port }: PhaseContext): Promise<PhaseResult> {
  const answer = await askBoard(shell, phase.name, {}, limits());
  const seen = seenIn(answer);
  const leds = Number(answer.measurements.leds);
  if (!(leds > 0)) return { measured: { leds: 0, seen: false }, seen };
  const blinks = Array.from({ length: leds }, () => randomInt(1, MOST_BLINKS + 1));
  const example = '3 1 4 2 5'.slice(0, 2 * leds - 1);
  for (let shown = 1; ; shown++) {
    person.tell(port, `Look at its ${leds} LEDs: each blinks some times, one after the other.`);
    await askBoard(shell, phase.name, { blinks: blinks.join(',') }, limits());
    const counted = await person.ask(port, {
      text: `How often did LED 1 to ${leds} blink, as in ${example}? (r: show it once more)`,
      problem: (text) =>
        (text === 'r' && shown < MOST_SHOWN) || countsIn(text).length === leds
          ? undefined
          : `Type ${leds} numbers with blanks between them.`,
      timeout: PERSON,
    });
    if (counted !== 'r')
      return { measured: { leds, seen: countsIn(counted).join() === blinks.join() }, seen };
  }
}

function countsIn(text: string): number[] {
  return /^\d+( +\d+)*$/.test(text) ? text.split(/ +/).map(Number) : [];
}

async function button({ shell, phase, limits, person, port }: PhaseContext): Promise<PhaseResult> {
  person.tell(port, 'Press the button beside the LEDs, hold it for a second, and let it go.');
  const answer = await askBoard(shell, phase.name, phase.parameters, limits());
  return { measured: answer.measurements, seen: seenIn(answer) };
}

/** The agent, which feeds the watchdog, is stopped: the board must start anew by itself. */
async function watchdog({ shell, restarted, limits, board }: PhaseContext): Promise<PhaseResult> {
  await shell.ask('killall -STOP plaitd', limits());
  const began = performance.now();
  const timeout = Math.min(WATCHDOG_PATIENCE, limits().timeout);
  try {
    const { seen, banner } = await restarted(timeout);
    return { measured: { bites: true, after: Math.round((banner - began) / 100) / 10 }, seen };
  } catch (error) {
    if (!(error instanceof ConsoleTimeout)) throw error;
    await shell.ask('killall -CONT plaitd', { timeout: ANSWERS });
    return { measured: { bites: false }, seen: board };
  }
}

async function power({ phase, limits, restarted, power, board }: PhaseContext): Promise<PhaseResult> {
  if (power === undefined) throw new Error('the phase power was begun without a relay');
  const starts = Number(phase.parameters.starts ?? 20);
  const times: number[] = [];
  let seen = board;
  for (let start = 0; start < starts; start++) {
    await power(false);
    await sleep(OFF);
    const began = performance.now();
    await power(true);
    seen = (await restarted(limits().timeout)).seen;
    times.push((performance.now() - began) / 1000);
  }
  const [fastest, slowest] = [Math.min(...times), Math.max(...times)];
  const spread = Math.round((100 * (slowest - fastest)) / fastest);
  return { measured: { starts, login: times.length, slowest: Math.round(slowest * 10) / 10, spread }, seen };
}
