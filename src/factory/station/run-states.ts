// SPDX-License-Identifier: MIT
/**
 * A run of the test on one board as a table of states, and what each event adds to it. It knows no port and no clock: events come
 * from the worker, or from the journal of a station that was killed. Whether a board passes follows from here alone:
 * PASS needs every phase of the list passed, on one board that never lost its power unasked.
 */
import type { Identity } from '../../agent/identity.ts';
import type { MeasuredValue } from '../record/measurement.ts';
import { type Outcome, overallOutcome } from '../record/outcome.ts';
import type { Phase } from '../record/record.ts';

export type State =
  /** Nothing was heard of a board yet. */
  | 'waiting'
  /** The system was up before the firmware was seen: it is started anew. */
  | 'restarting'
  /** The firmware is read and set. */
  | 'firmware'
  /** The system starts. */
  | 'starting'
  /** Phase by phase, at the shell of the board. */
  | 'testing'
  /** The board does not answer: the person says whether it is still there. */
  | 'lost'
  /** The station was started anew while the board was tested: is it still the same, and up? */
  | 'returning'
  | 'done';

/** What tells one board, and one start of it, from another. */
export interface BoardSeen {
  /** The kernel's boot_id. */
  readonly boot: string;
  /** Version of the firmware that runs on it. */
  readonly version: string;
  /** MAC addresses of its ports, in their order. */
  readonly macs: readonly string[];
}

/** What a phase keeps for itself; only the phase knows what it means. */
export type Progress = Readonly<Record<string, MeasuredValue>>;

export type RunEvent =
  /** The firmware's first line. */
  | { readonly event: 'banner' }
  /** A login, or a shell. */
  | { readonly event: 'login'; readonly seen: BoardSeen }
  /** Which board it is: the person has read its serial number, or it follows from its MAC addresses. */
  | { readonly event: 'named'; readonly identity: Identity }
  /** A phase is begun; after a kill of the station it is begun again. */
  | { readonly event: 'begin'; readonly phase: string; readonly at: string }
  | {
      readonly event: 'phase';
      readonly phase: Phase;
      readonly seen?: BoardSeen;
      /** With its key, once the board has it on its disk. */
      readonly identity?: Identity;
    }
  /** How far a phase of hours has come; when it is begun again, it goes on from there. */
  | { readonly event: 'progress'; readonly progress: Progress; readonly seen: BoardSeen }
  /** All phases of the list are through, or one that says stop was not passed. */
  | { readonly event: 'end'; readonly at: string }
  /** Nothing comes, whatever is sent. */
  | { readonly event: 'silent'; readonly at: string; readonly message: string }
  /** The person says that cable and power are in: the board hangs. */
  | { readonly event: 'present'; readonly at: string }
  /** The person says that they are not, or says nothing. */
  | { readonly event: 'absent'; readonly at: string }
  /** It started anew and nobody had asked it to. */
  | { readonly event: 'restarted'; readonly at: string; readonly message: string }
  /** The port is gone: the adapter was pulled, the console server closed. */
  | { readonly event: 'port gone'; readonly at: string; readonly message: string }
  /** The person ended it, or does not answer. */
  | { readonly event: 'stopped'; readonly at: string; readonly message: string }
  /** The station itself failed. */
  | { readonly event: 'fault'; readonly at: string; readonly message: string }
  /** The station was started anew, and has read all of the above from its journal. */
  | { readonly event: 'station restarted' };

export interface Current {
  readonly name: string;
  readonly started: string;
  readonly attempts: number;
  readonly progress?: Progress;
}

export interface Run {
  readonly state: State;
  readonly phases: readonly Phase[];
  /** The phase under way. */
  readonly current?: Current;
  readonly board?: BoardSeen;
  /** Its own from a PASS on. */
  readonly identity?: Identity;
  /** When it was done. */
  readonly ended?: string;
  /** What ended it before its time. */
  readonly cause?: { readonly outcome: Outcome; readonly message: string };
}

export const BEGINNING: Run = { state: 'waiting', phases: [] };

/** An event that is not named for a state cannot happen in it. */
export const TABLE: Readonly<Record<State, Partial<Record<RunEvent['event'], State>>>> = {
  waiting: { banner: 'firmware', login: 'restarting', silent: 'done', 'station restarted': 'waiting' },
  restarting: { banner: 'firmware', silent: 'lost', 'station restarted': 'waiting' },
  firmware: { begin: 'firmware', phase: 'starting', silent: 'lost', 'station restarted': 'waiting' },
  starting: {
    login: 'testing',
    end: 'done',
    restarted: 'done',
    silent: 'lost',
    'station restarted': 'waiting',
  },
  testing: {
    ...{ named: 'testing', begin: 'testing', progress: 'testing', phase: 'testing', end: 'done' },
    ...{ silent: 'lost', restarted: 'done', 'station restarted': 'returning' },
  },
  lost: { present: 'done', absent: 'done', 'station restarted': 'lost' },
  returning: { login: 'testing', restarted: 'done', silent: 'lost', 'station restarted': 'returning' },
  done: { 'station restarted': 'done' },
};

/** What may happen in any state but the last, and ends the run. */
const ENDS: Partial<Record<RunEvent['event'], Outcome>> = {
  'port gone': 'ABORTED',
  stopped: 'ABORTED',
  fault: 'ERROR',
};

/** @throws Error for an event that the state cannot have: a bug of the worker, or a journal of something else */
export function transition(run: Run, event: RunEvent): Run {
  const ends = run.state === 'done' ? undefined : ENDS[event.event];
  const state = ends === undefined ? TABLE[run.state][event.event] : 'done';
  if (state === undefined)
    throw new Error(`a run that is ${run.state} cannot have the event '${event.event}'`);
  return { ...changed(run, event), state };
}

function changed(run: Run, event: RunEvent): Run {
  switch (event.event) {
    case 'begin': {
      const before = run.current?.name === event.phase ? run.current : undefined;
      const current = { name: event.phase, started: event.at, attempts: (before?.attempts ?? 0) + 1 };
      return { ...run, current: { ...before, ...current } };
    }
    case 'progress': {
      if (run.current === undefined) throw new Error('progress of a phase that was not begun');
      return { ...run, board: event.seen, current: { ...run.current, progress: event.progress } };
    }
    case 'phase': {
      const { current: _, ...rest } = run;
      return {
        ...{ ...rest, phases: [...run.phases, event.phase] },
        ...(event.seen && { board: event.seen }),
        ...(event.identity && { identity: event.identity }),
      };
    }
    case 'named':
      return { ...run, identity: event.identity };
    case 'login':
      // One that is only asked to start anew is no board under test yet.
      return run.state === 'waiting' ? run : { ...run, board: event.seen };
    case 'silent':
      return run.state === 'waiting'
        ? ended(run, 'ABORTED', event.at, event.message)
        : { ...run, cause: { outcome: 'ABORTED', message: event.message } };
    case 'present':
      return ended(run, 'TIMEOUT', event.at, `The board hangs. ${run.cause?.message ?? ''}`.trim());
    case 'absent':
      return ended(run, 'ABORTED', event.at, run.cause?.message ?? 'The board is gone.');
    case 'restarted':
      return ended(run, 'ABORTED', event.at, event.message);
    case 'port gone':
      return ended(run, 'ABORTED', event.at, event.message);
    case 'stopped':
      return ended(run, 'ABORTED', event.at, event.message);
    case 'fault':
      return ended(run, 'ERROR', event.at, event.message);
    case 'station restarted':
      // Before the login nobody knows which board it was: another may be there now.
      return TABLE[run.state][event.event] === 'waiting' ? BEGINNING : run;
    case 'end':
      return { ...run, ended: event.at };
    case 'banner':
      return run;
  }
}

/** The phase under way ends as the run does. */
function ended(run: Run, outcome: Outcome, at: string, message: string): Run {
  const { current, ...before } = run;
  const rest = { ...before, cause: { outcome, message }, ended: at };
  if (current === undefined) return rest;
  const { name, started, attempts } = current;
  const seconds = Math.max(0, (Date.parse(at) - Date.parse(started)) / 1000);
  const phase: Phase = { name, outcome, started, seconds, attempts, measurements: [], message };
  return { ...rest, phases: [...run.phases, phase] };
}

/** How a run that is done ended. `planned`: the names of the list's phases, all of which a PASS needs. */
export function outcomeOf(run: Run, planned: readonly string[]): Outcome {
  const outcomes = run.phases.map(({ outcome }) => outcome);
  const worst = overallOutcome([...outcomes, ...(run.cause === undefined ? [] : [run.cause.outcome])]);
  if (worst !== 'PASS') return worst;
  const passed = new Set(run.phases.map(({ name }) => name));
  return planned.length > 0 && planned.every((name) => passed.has(name)) ? 'PASS' : 'ABORTED';
}
