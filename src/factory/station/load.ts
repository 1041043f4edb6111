// SPDX-License-Identifier: MIT
/**
 * The burn-in: the board works for minutes at a time, and what each slice has measured is added up and kept in the journal. So a
 * power cut of the board costs the slice under way, and one of the station, too. Each unasked start of the board is counted.
 */
import { ConsoleTimeout, NoAnswer, PortGone } from '../../serial/errors.ts';
import type { MeasuredValue } from '../record/measurement.ts';
import { AnswerError, askBoard, seenIn } from './board-answer.ts';
import { type Measured, type PhaseContext, PhaseFault, type PhaseResult } from './phase.ts';
import { LOAD_MINUTES } from './phase-table.ts';
import type { BoardSeen, Progress } from './run-states.ts';

/** Seconds of a slice where the list says nothing. */
const SLICE = 300;
/** Milliseconds that a slice may take longer: memory is filled and compared to the end of a pass. */
const SLACK = 300_000;
/** Milliseconds without power that a bench may have. */
const OUTAGE = 15 * 60_000;
/** A board that was started so often is not worth the rest of the hours. */
const MOST_RESTARTS = 20;

/** What becomes of a measurement of two slices; one that is not named is added up. */
const COMBINED: Readonly<Record<string, 'least' | 'most'>> = {
  ...{ memory_tested: 'least', links: 'least', sensors: 'least', coldest: 'least', hottest: 'most' },
};

/** The start of the board that the last slice was of. */
const BOOT = 'boot';

export async function load(context: PhaseContext): Promise<PhaseResult> {
  const { phase, board, person, port, keep } = context;
  const seconds = Number(phase.parameters.minutes ?? LOAD_MINUTES) * 60;
  let { shell } = context;
  let seen = board;
  let total: Progress = {
    seconds: 0,
    slices: 0,
    restarts: 0,
    silent: 0,
    [BOOT]: board.boot,
    ...context.progress,
  };
  total = afterStart(total, seen);
  while (numberIn(total, 'seconds') < seconds) {
    if (numberIn(total, 'restarts') > MOST_RESTARTS)
      throw new PhaseFault(`It was started anew ${total.restarts} times under load.`);
    const left = seconds - numberIn(total, 'seconds');
    const slice = await oneSlice({ ...context, shell }, left);
    if (slice !== 'interrupted') {
      seen = slice.seen;
      total = added(afterStart(total, seen), slice.measured);
    } else {
      person.tell(port, 'load: the board was started anew, or does not answer; waiting for its login.');
      ({ shell, seen } = await context.returned(OUTAGE));
      total =
        seen.boot === total[BOOT]
          ? { ...total, silent: numberIn(total, 'silent') + 1 }
          : afterStart(total, seen);
    }
    if (seen.macs.join() !== board.macs.join()) break;
    keep(total, seen);
    person.tell(port, `load: ${minutesOf(total)} of ${Math.round(seconds / 60)} min`);
  }
  const { seconds: _, [BOOT]: __, ...measured } = total;
  return { measured: { ...measured, minutes: minutesOf(total) }, seen };
}

/** @throws the error of a slice that ended otherwise than by a restart or by silence */
async function oneSlice(
  { shell, phase, limits, whenRestarted }: PhaseContext,
  secondsLeft: number,
): Promise<PhaseResult | 'interrupted'> {
  const { pairs, slice } = phase.parameters;
  const seconds = Math.ceil(Math.min(Number(slice ?? SLICE), secondsLeft));
  const restart = whenRestarted();
  const { timeout, signal } = limits();
  try {
    const answer = await askBoard(
      shell,
      phase.name,
      { seconds, ...(pairs === undefined ? {} : { pairs }) },
      {
        timeout: Math.min(timeout, seconds * 1000 + SLACK),
        signal: AbortSignal.any([restart.signal, ...(signal === undefined ? [] : [signal])]),
      },
    );
    if (!(Number(answer.measurements.seconds) >= 1))
      throw new AnswerError('the board worked for no second of the load that it was asked for');
    return { measured: answer.measurements, seen: seenIn(answer) };
  } catch (error) {
    if (signal?.aborted || error instanceof PortGone) throw error;
    if (restart.signal.aborted) return 'interrupted';
    if (error instanceof ConsoleTimeout || error instanceof NoAnswer) return 'interrupted';
    throw error;
  } finally {
    restart.stop();
  }
}

/** Counts a start of the board that was not there before. */
function afterStart(total: Progress, { boot }: BoardSeen): Progress {
  if (total[BOOT] === boot) return total;
  return { ...total, [BOOT]: boot, restarts: numberIn(total, 'restarts') + 1 };
}

function added(total: Progress, slice: Measured): Progress {
  const names = Object.keys(slice).filter((name) => typeof slice[name] === 'number');
  return {
    ...total,
    ...Object.fromEntries(names.map((name) => [name, combined(name, total[name], Number(slice[name]))])),
    slices: numberIn(total, 'slices') + 1,
  };
}

function combined(name: string, before: MeasuredValue | undefined, now: number): number {
  if (typeof before !== 'number') return now;
  const how = COMBINED[name];
  return how === undefined ? before + now : how === 'least' ? Math.min(before, now) : Math.max(before, now);
}

function numberIn(total: Progress, name: string): number {
  return Number(total[name] ?? 0);
}

function minutesOf(total: Progress): number {
  return Math.floor(numberIn(total, 'seconds') / 6) / 10;
}
