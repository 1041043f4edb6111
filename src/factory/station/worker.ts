// SPDX-License-Identifier: MIT
/**
 * Tests the board at one port. Each state of the run has one act, whose end is the next event; the journal has an event before
 * the next act begins, so that a worker that starts from a journal goes on where the one before it was killed.
 */
import { ConsoleError, ConsoleTimeout, NoAnswer, PortGone } from '../../serial/errors.ts';
import { LEAVE, type Shell } from '../../serial/shell.ts';
import { type FirmwareDriver, type FirmwareFacts, FirmwareFault } from '../bios/firmware.ts';
import { judge, measured } from '../record/measurement.ts';
import type { Phase } from '../record/record.ts';
import { AnswerError, askBoard, BoardFailure, seenIn } from './board-answer.ts';
import type { BoardLine } from './board-line.ts';
import type { Journal } from './journal.ts';
import { nameBoard } from './name-board.ts';
import { askYesNo, NobodyAnswers, type Person, StoppedByPerson } from './person.ts';
import { type Measured, PhaseFault, type PhaseResult } from './phase.ts';
import { RUNNERS } from './phases.ts';
import type { Registry } from './registry.ts';
import type { BoardSeen, Run, RunEvent, State } from './run-states.ts';
import type { PlannedPhase, TestList } from './test-list.ts';
import { CardFault, writeCard } from './write-card.ts';

export interface WorkerOptions {
  readonly line: BoardLine;
  readonly port: string;
  readonly list: TestList;
  readonly driver: FirmwareDriver;
  readonly journal: Journal;
  readonly person: Person;
  readonly registry: Registry;
  /** Cards may be blank: they are written first, over the network. */
  readonly blank: boolean;
  /** Switches the relay of this port. */
  readonly power?: (on: boolean) => Promise<void>;
  /** Milliseconds to wait for the first sign of a board. */
  readonly wait: number;
  /** Ends the worker; the run stays in the journal. */
  readonly signal: AbortSignal;
}

/** The whole station is to end: no event of any run. */
export class StationStopped extends Error {
  override name = 'StationStopped';
}

/** Milliseconds until the firmware is seen after a restart: services end first. */
const RESTART = 90_000;
/** Milliseconds in which a shell answers that is there. */
const ANSWERS = 15_000;
/** Milliseconds for the person to look whether the cables are in. */
const LOOK = 60_000;
/** Milliseconds in which the board says who it is. */
const WHO = 30_000;

/** Takes the run to its end, and returns it. @throws StationStopped */
export async function work(options: WorkerOptions): Promise<Run> {
  const worker = new Worker(options);
  const { journal, signal } = options;
  for (;;) {
    const { state } = journal.run;
    if (state === 'done') return journal.run;
    if (signal.aborted) throw new StationStopped();
    journal.add(await worker.next(state));
  }
}

class Worker {
  readonly #options: WorkerOptions;
  #shell: Shell | undefined;
  /** The firmware's first line, once it was seen. */
  #banner: { readonly banner: string; readonly speed: number } | undefined;
  /** Banners seen when the board was last where it should be. */
  #banners = 0;
  /** The phase that this worker has begun; one that an earlier worker had begun is begun again. */
  #begun: string | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  readonly #acts: Readonly<Record<Exclude<State, 'done'>, () => Promise<RunEvent>>> = {
    waiting: () => this.#wait(),
    restarting: () => this.#restart(),
    firmware: () => this.#firmware(),
    starting: () => this.#start(),
    testing: () => this.#test(),
    lost: () => this.#askWhetherThere(),
    returning: () => this.#comeBack(),
  };

  async next(state: Exclude<State, 'done'>): Promise<RunEvent> {
    try {
      return await this.#acts[state]();
    } catch (error) {
      if (this.#options.signal.aborted) throw new StationStopped();
      if (error instanceof PortGone) return { event: 'port gone', at: now(), message: firstLine(error) };
      if (error instanceof StoppedByPerson) return { event: 'stopped', at: now(), message: STOPPED };
      if (error instanceof NobodyAnswers) return { event: 'stopped', at: now(), message: error.message };
      const silent = error instanceof ConsoleTimeout || error instanceof NoAnswer;
      if (silent && state !== 'lost') return { event: 'silent', at: now(), message: firstLine(error) };
      const message = isTold(error) ? firstLine(error) : `The station failed: ${firstLine(error)}`;
      return { event: 'fault', at: now(), message };
    }
  }

  async #wait(): Promise<RunEvent> {
    const { line, person, port, wait } = this.#options;
    person.tell(port, 'Connect the serial cable and the cables of the jig, then switch the board on.');
    const sign = await line.firstSign(wait);
    if (this.#options.blank) {
      this.#shell = await writeCard(this.#options, sign);
      return this.#restart();
    }
    if (sign.is === 'banner') {
      this.#banner = sign;
      return { event: 'banner' };
    }
    return { event: 'login', seen: await this.#logIn() };
  }

  /** Firmware whose speed nobody knows prints its banner once: another start for each speed that it may have. */
  async #restart(): Promise<RunEvent> {
    const { line, list } = this.#options;
    let shell = this.#shell ?? (await line.logIn(ANSWERS));
    let missed: unknown;
    for (const guess of [undefined, ...line.otherSpeeds]) {
      await shell.console.sendLine('reboot');
      try {
        this.#banner = await line.banner(RESTART, guess);
        return { event: 'banner' };
      } catch (error) {
        if (!(error instanceof ConsoleTimeout)) throw error;
        missed ??= error;
      }
      shell = await line.logIn(list.start * 1000);
    }
    throw missed;
  }

  async #firmware(): Promise<RunEvent> {
    const { line, list, driver, journal, signal, person, port } = this.#options;
    const [planned] = list.phases;
    if (planned?.facts.kind !== 'firmware') throw new Error('the list does not begin with the firmware');
    if (journal.run.current === undefined) return { event: 'begin', phase: planned.name, at: now() };
    const seen = this.#banner;
    if (seen === undefined) throw new Error('the firmware was begun without its banner');
    person.tell(port, `${seen.banner.trim()}: setting the firmware.`);
    const { speed } = list.firmware;
    const taken = await driver
      .setUp(line.console, { ...seen, wanted: { speed }, signal })
      .catch((error: Error) => {
        if (error instanceof FirmwareFault) return error;
        throw error;
      });
    await line.setSpeed(speed);
    line.firmwareSpeedIs(speed);
    this.#banners = line.banners;
    return { event: 'phase', phase: this.#ended(planned, taken) };
  }

  async #start(): Promise<RunEvent> {
    const { list, journal } = this.#options;
    const [firmware] = journal.run.phases;
    // Where its driver has given up, the firmware may stand in its menu for ever.
    if (list.phases[0]?.stop && firmware?.message !== undefined) return { event: 'end', at: now() };
    const seen = await this.#logIn();
    const restarted = this.#restarted();
    return restarted ?? { event: 'login', seen };
  }

  async #test(): Promise<RunEvent> {
    const { journal, list, person, port } = this.#options;
    const { run, head } = journal;
    if (run.board === undefined) throw new Error('the test was begun without a board');
    if (run.identity === undefined) {
      if (run.board.macs.length === 0) return { event: 'fault', at: now(), message: NO_PORTS };
      return {
        event: 'named',
        identity: await nameBoard(run.board.macs, head.id, list.serial, person, port),
      };
    }
    const planned = nextPhase(run, list);
    if (planned === undefined) return { event: 'end', at: now() };
    if (this.#begun === planned.name) return this.#phase(planned);
    this.#begun = planned.name;
    return { event: 'begin', phase: planned.name, at: now() };
  }

  async #phase(planned: PlannedPhase): Promise<RunEvent> {
    const { person, port, journal } = this.#options;
    person.tell(port, `${planned.name} ...`);
    try {
      const result = await this.#run(planned);
      const other = this.#otherThan(journal.run.board, result.seen, planned.facts.restarts === true);
      if (other !== undefined) return other;
      const { measured, seen, identity } = result;
      return { event: 'phase', phase: this.#ended(planned, measured), seen, ...(identity && { identity }) };
    } catch (error) {
      if (error instanceof PortGone || error instanceof StoppedByPerson) throw error;
      const restarted = this.#restarted();
      if (restarted !== undefined) return restarted;
      if (this.#options.signal.aborted) throw error;
      const seen = await this.#whoAnswers();
      if (seen === undefined)
        return {
          event: 'silent',
          at: now(),
          message: `${planned.name}: the board does not answer any more.`,
        };
      const other = this.#otherThan(journal.run.board, seen, planned.facts.restarts === true);
      return other ?? { event: 'phase', phase: this.#ended(planned, error as Error), seen };
    }
  }

  async #run(planned: PlannedPhase): Promise<PhaseResult> {
    const { journal, person, port, power, registry, signal } = this.#options;
    const { board, identity } = journal.run;
    if (board === undefined || identity === undefined || planned.facts.kind === 'firmware')
      throw new Error(`${planned.name} was begun without a board`);
    const lasts = planned.facts.lasts?.(planned.parameters) ?? 0;
    const end = performance.now() + (planned.timeout + lasts) * 1000;
    const left = () => Math.max(1, end - performance.now());
    this.#shell ??= await this.#options.line.logIn(left());
    return RUNNERS[planned.facts.kind]({
      ...{ shell: this.#shell, phase: planned, person, port, registry, board, identity },
      ...(power === undefined ? {} : { power }),
      limits: () => ({ timeout: left(), signal }),
      restarted: (timeout) => this.#awaitRestart(Math.min(timeout, left())),
      returned: (timeout) => this.#awaitReturn(Math.min(timeout, left())),
      whenRestarted: () => this.#options.line.whenBanner(),
      progress: journal.run.current?.progress,
      keep: (progress, seen) => void journal.add({ event: 'progress', progress, seen }),
    });
  }

  /** After a restart that was asked for. */
  async #awaitRestart(timeout: number): Promise<{ seen: BoardSeen; banner: number }> {
    const { line, list } = this.#options;
    await line.banner(timeout);
    const banner = performance.now();
    const seen = await this.#logIn(list.start * 1000);
    this.#banners = line.banners;
    return { seen, banner };
  }

  /** After one that was not. */
  async #awaitReturn(timeout: number): Promise<{ shell: Shell; seen: BoardSeen }> {
    const { line } = this.#options;
    // Firmware would take it for keys.
    if (line.banners === this.#banners) await line.console.send(LEAVE);
    const seen = await this.#logIn(timeout);
    this.#banners = line.banners;
    const shell = this.#shell;
    if (shell === undefined) throw new Error('a login without a shell');
    return { shell, seen };
  }

  async #comeBack(): Promise<RunEvent> {
    const { journal, line, list } = this.#options;
    const { board, current } = journal.run;
    // The station before this one may have been killed in the middle of a line.
    await line.console.send(LEAVE);
    const seen = await this.#logIn();
    const restarts = list.phases.find(({ name }) => name === current?.name)?.facts.restarts === true;
    if (restarts) this.#banners = line.banners;
    return this.#otherThan(board, seen, restarts) ?? { event: 'login', seen };
  }

  async #askWhetherThere(): Promise<RunEvent> {
    const { person, port } = this.#options;
    const text =
      'The board does not answer. Are its power and its serial cable in, and were they all the time?';
    const there = await askYesNo(person, port, text, LOOK).catch((error) => {
      if (error instanceof NobodyAnswers) return false;
      throw error;
    });
    return { event: there ? 'present' : 'absent', at: now() };
  }

  async #logIn(timeout = this.#options.list.start * 1000): Promise<BoardSeen> {
    this.#shell = await this.#options.line.logIn(timeout);
    return seenIn(await askBoard(this.#shell, 'board', {}, { timeout: WHO, signal: this.#options.signal }));
  }

  /** Undefined: nobody. After an error it is not known what the line holds, and what runs on the board. */
  async #whoAnswers(): Promise<BoardSeen | undefined> {
    try {
      await this.#options.line.console.send(LEAVE);
      return await this.#logIn(ANSWERS);
    } catch (error) {
      const nobody = error instanceof ConsoleError && !(error instanceof PortGone);
      if (nobody || error instanceof AnswerError || error instanceof BoardFailure) return undefined;
      throw error;
    }
  }

  /** The firmware was seen, and nobody had asked for a restart. */
  #restarted(): RunEvent | undefined {
    if (this.#options.line.banners === this.#banners) return undefined;
    return { event: 'restarted', at: now(), message: RESTARTED };
  }

  #otherThan(before: BoardSeen | undefined, seen: BoardSeen, mayRestart: boolean): RunEvent | undefined {
    if (before !== undefined && before.macs.join() !== seen.macs.join())
      return { event: 'restarted', at: now(), message: OTHER_BOARD };
    if (before !== undefined && before.boot !== seen.boot && !mayRestart)
      return { event: 'restarted', at: now(), message: RESTARTED };
    return this.#restarted();
  }

  /** A phase as its measurements, or what was thrown instead of them, say. */
  #ended(planned: PlannedPhase, taken: Measured | FirmwareFacts | Error): Phase {
    const { current } = this.#options.journal.run;
    if (current === undefined) throw new Error(`${planned.name} ended and was never begun`);
    const seconds = Math.max(0, Date.now() - Date.parse(current.started)) / 1000;
    const { name, started, attempts } = current;
    const head = { name, started, seconds, attempts };
    if (taken instanceof Error) return { ...head, ...outcomeOfError(taken), measurements: [] };
    const measurements = measurementsOf(planned, taken);
    const failed = measurements.some((one) => one.outcome === 'FAIL');
    return { ...head, outcome: failed ? 'FAIL' : 'PASS', measurements };
  }
}

const STOPPED = 'Stopped by the person at the station.';
const NO_PORTS =
  'The board has no Ethernet port, and so no MAC address to be known by: are their drivers there?';
const RESTARTED =
  'The board was started anew in the middle of its test: power lost, or a reset. Test it again.';
const OTHER_BOARD =
  'Another board is at the port than the one whose test was begun. Test each from its start.';

/** What comes next; undefined: nothing. The identity is given only to a board that has passed all before it. */
export function nextPhase(run: Run, { phases }: TestList): PlannedPhase | undefined {
  const done = new Map(run.phases.map(({ name, outcome }) => [name, outcome]));
  const stopped = phases.some(({ name, stop }) => stop && done.has(name) && done.get(name) !== 'PASS');
  const next = stopped ? undefined : phases.find(({ name }) => !done.has(name));
  const passed = [...done.values()].every((outcome) => outcome === 'PASS');
  return next?.facts.kind === 'finalize' && !passed ? undefined : next;
}

/** What the list wants and the phase did not take is there without a value, and so a failure; what it took besides is noted. */
function measurementsOf(planned: PlannedPhase, taken: Measured) {
  const wanted = planned.measure.map(({ name, ...how }) =>
    measured({ name, value: taken[name] ?? null, ...how }),
  );
  const names = new Set(planned.measure.map(({ name }) => name));
  const noted = Object.entries(taken)
    .filter(([name]) => !names.has(name) && Object.hasOwn(planned.facts.measures, name))
    .map(([name, value]) => {
      const unit = planned.facts.measures[name]?.unit;
      return { name, value, ...(unit === undefined ? {} : { unit }), outcome: judge(value, undefined) };
    });
  return [...wanted, ...noted];
}

function outcomeOfError(error: Error): Pick<Phase, 'outcome' | 'message'> {
  const message = firstLine(error);
  if (error instanceof PhaseFault || error instanceof FirmwareFault) return { outcome: 'FAIL', message };
  if (error instanceof ConsoleTimeout)
    return { outcome: 'TIMEOUT', message: `It did not end in time. ${message}`.slice(0, 500) };
  if (error instanceof NobodyAnswers) return { outcome: 'TIMEOUT', message };
  if (error instanceof BoardFailure) return { outcome: 'ERROR', message: `The board says: ${message}` };
  if (error instanceof AnswerError || error instanceof ConsoleError) return { outcome: 'ERROR', message };
  throw error;
}

/** Errors of the serial line have the last lines printed as an appendix. */
/** Its message is a sentence for the person at the bench. */
function isTold(error: unknown): boolean {
  return [ConsoleError, FirmwareFault, CardFault, BoardFailure].some((one) => error instanceof one);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a record's texts have none
  const line = (text.split('\n')[0] ?? '').replace(/[\x00-\x1f\x7f]/g, ' ').trim();
  return (line === '' ? 'it is not known why' : line).slice(0, 1000);
}

function now(): string {
  return new Date().toISOString();
}
