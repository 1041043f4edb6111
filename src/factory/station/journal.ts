// SPDX-License-Identifier: MIT
/**
 * The journal of a run: a line of JSON for each event, on the disk before the next thing is done. From it a station that was
 * killed, or whose power was cut, knows where each of its ports was. A torn last line is an event that did not happen.
 */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../../image/errors.ts';
import { cutTornLine, readLines, syncFolder, writeLine } from './json-lines.ts';
import { BEGINNING, type Run, type RunEvent, transition } from './run-states.ts';

/** What a run is of; the first line. */
export interface RunHead {
  readonly id: string;
  readonly board: string;
  readonly list: string;
  /** SHA-256 of the list with its limits: a run is not continued by other limits. */
  readonly listHash: string;
  readonly port: string;
  readonly started: string;
}

/** Where the journal of a port lies. One port has one run at a time. */
export function journalPath(folder: string, port: string): string {
  return join(folder, 'journal', `${port.replace(/[^\w.-]+/g, '_').replace(/^_/, '')}.jsonl`);
}

export class Journal {
  readonly head: RunHead;
  readonly path: string;
  #descriptor: number | undefined;
  #run: Run;

  private constructor(path: string, head: RunHead, run: Run, descriptor: number) {
    this.path = path;
    this.head = head;
    this.#run = run;
    this.#descriptor = descriptor;
  }

  /** A new one. @throws UsageError when there is one: its run is to be continued or forgotten first */
  static begin(path: string, head: RunHead): Journal {
    mkdirSync(dirname(path), { recursive: true });
    const descriptor = openNew(path);
    writeLine(descriptor, head);
    syncFolder(dirname(path));
    return new Journal(path, head, BEGINNING, descriptor);
  }

  /**
   * The one that is there; undefined: there is none, or not even its first line is whole. `check` looks at what it is of, and
   * throws. @throws UsageError for what is no journal
   */
  static resume(path: string, check: (head: RunHead) => void): Journal | undefined {
    const found = readLines(path);
    if (found === undefined) return undefined;
    const [first, ...lines] = found.lines;
    if (first === undefined) {
      rmSync(path);
      return undefined;
    }
    const { head, run } = parse(path, first, lines);
    check(head);
    cutTornLine(path, found);
    return new Journal(path, head, run, openSync(path, 'a'));
  }

  get run(): Run {
    return this.#run;
  }

  /** Takes an event in; it is on the disk when this returns. */
  add(event: RunEvent): Run {
    if (this.#descriptor === undefined) throw new Error(`${this.path} is closed`);
    const next = transition(this.#run, event);
    writeLine(this.#descriptor, event);
    this.#run = next;
    return next;
  }

  /** The run is over, and its record written. */
  remove(): void {
    this.close();
    rmSync(this.path);
    syncFolder(dirname(this.path));
  }

  /** Closing twice is fine. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function parse(path: string, first: string, lines: readonly string[]): { head: RunHead; run: Run } {
  try {
    const events = lines.map((line) => JSON.parse(line) as RunEvent);
    return { head: headIn(JSON.parse(first)), run: events.reduce(transition, BEGINNING) };
  } catch (error) {
    throw new UsageError(
      `${path} is no journal of a run: ${(error as Error).message}; move it away, and test the board anew`,
      { cause: error },
    );
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${path} is there: another station uses this port, or a run on it was not ended`);
  }
}

function headIn(value: unknown): RunHead {
  const head = value as Record<string, unknown>;
  for (const key of ['id', 'board', 'list', 'listHash', 'port', 'started'])
    if (typeof head?.[key] !== 'string') throw new Error(`its first line has no ${key}`);
  return value as RunHead;
}
