// SPDX-License-Identifier: MIT
/** A bench for tests: fake boards that would pass, a person who answers, and a station with a folder of its own. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FactoryRecord } from '../../../src/factory/record/record.ts';
import {
  NobodyAnswers,
  type Person,
  type Question,
  StoppedByPerson,
} from '../../../src/factory/station/person.ts';
import { RegistryFile } from '../../../src/factory/station/registry.ts';
import { type PortResult, runStation } from '../../../src/factory/station/station.ts';
import { parseTestList, type TestList } from '../../../src/factory/station/test-list.ts';
import { fakeTinyBios } from './fake-bios.ts';
import { type BoardSpec, type FakeBoard, fakeBoard } from './fake-board.ts';

export const LIST_TEXT = `
firmware: { driver: tinybios, speed: 38400 }
serial: ask
start: 20
phases:
  firmware:
    lists: [quick]
    timeout: 30
    stop: true
    measure:
      bios_release: { min: 99.08 }
      memory: { unit: KB, min: 261120, max: 261120 }
      lba: { equals: true }
  cpu:
    lists: [quick]
    timeout: 6
    measure:
      family: { equals: 5 }
      clock: { unit: MHz, min: 493, max: 503 }
  nics:
    lists: [quick]
    timeout: 6
    with: { pairs: eth0-eth1, frames: 100 }
    measure:
      lost: { max: 0 }
  serial:
    lists: [quick]
    timeout: 20
    with: { bytes: 300 }
    measure:
      wrong: { max: 0 }
  leds:
    lists: [quick]
    timeout: 20
    measure:
      leds: { equals: 3 }
      seen: { equals: true }
  watchdog:
    lists: [quick]
    timeout: 20
    measure:
      bites: { equals: true }
      after: { unit: s, max: 10 }
  finalize:
    lists: [quick]
    timeout: 20
    measure:
      copies: { equals: 2 }
`;

/** The key of a board, as SSH writes it. */
export const keyOf = (number: number) => `AAAAC3NzaC1lZDI1NTE5AAAAI${String(number).padStart(43, 'A')}`;

export const GOOD: BoardSpec['answers'] = {
  cpu: { family: 5, clock: 498, wrong: 0 },
  nics: { lost: 0, sent: 200 },
  leds: { leds: 3 },
  finalize: { copies: 2 },
};

export const list = (text = LIST_TEXT): TestList => parseTestList(text, 'alix', 'quick');

export function goodBoard(number: number, over: Partial<BoardSpec> = {}): Promise<FakeBoard> {
  const digit = number.toString(16);
  return fakeBoard({
    firmware: (world) => fakeTinyBios(world),
    watchdog: 300,
    macs: [`00:0d:b9:00:0${digit}:00`, `00:0d:b9:00:0${digit}:01`],
    ...over,
    answers: { key: { public_key: keyOf(number) }, ...(over.answers ?? GOOD) },
  });
}

/** Sees LEDs, reads labels, and says what a test tells them to. */
export class BenchPerson implements Person {
  readonly told: string[] = [];
  readonly asked: string[] = [];
  readonly boards = new Map<string, { board: FakeBoard; serial: string }>();
  /** Overrides what is answered; undefined: nobody answers. */
  answers: ((port: string, text: string) => string | undefined | 'usual') | undefined;
  onTell: ((port: string, text: string) => void) | undefined;

  tell(port: string, text: string): void {
    this.told.push(`${port}: ${text}`);
    this.onTell?.(port, text);
  }

  async ask(port: string, { text, problem }: Question): Promise<string> {
    this.asked.push(text);
    const told = this.answers?.(port, text) ?? (this.answers === undefined ? 'usual' : undefined);
    const answer = told === 'usual' ? this.#usual(port, text) : told;
    if (answer === undefined) throw new NobodyAnswers('Nobody answered.');
    if (answer === 'q') throw new StoppedByPerson();
    const wrong = problem(answer);
    if (wrong !== undefined) throw new Error(`the answer ${answer} is refused: ${wrong}`);
    return answer;
  }

  #usual(port: string, text: string): string {
    const { board, serial } = this.boards.get(port) ?? {};
    if (/Serial number/.test(text)) return serial ?? 'none';
    if (/blink/.test(text))
      return (board?.calls().findLast((call) => call.includes('blinks=')) ?? '')
        .replace(/.*blinks=([\d,]+).*/, '$1')
        .replaceAll(',', ' ');
    return /does not answer/.test(text) ? 'n' : 'y';
  }
}

export interface Bench {
  readonly folder: string;
  readonly person: BenchPerson;
  readonly saved: FactoryRecord[];
  test(
    boards: readonly FakeBoard[],
    options?: { signal?: AbortSignal; list?: TestList; wait?: number; blank?: boolean },
  ): Promise<PortResult[]>;
}

export function bench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'plait-bench-'));
  const person = new BenchPerson();
  const saved: FactoryRecord[] = [];
  return {
    ...{ folder, person, saved },
    test(
      boards,
      { signal = new AbortController().signal, list: which = list(), wait = 20_000, blank = false } = {},
    ) {
      for (const [index, board] of boards.entries())
        if (!person.boards.has(board.port))
          person.boards.set(board.port, { board, serial: `2D13-${100 + index}` });
      return runStation({
        ports: boards.map(({ port }) => port),
        ...{ list: which, folder, person, signal, wait, blank },
        registry: new RegistryFile(join(folder, 'identities.jsonl')),
        station: { name: 'bench', operator: 'Kim', software: 'plait 0.1.0' },
        earlier: async () => [],
        async save(record) {
          saved.push(record);
          return `${record.id}.json`;
        },
      });
    },
  };
}
