// SPDX-License-Identifier: MIT
/** The person at a terminal: lines of all ports with the port before each, and one question at a time. */
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { NobodyAnswers, type Person, type Question, StoppedByPerson } from './person.ts';

/** What ends the test of the board that is asked about. */
const STOP = 'q';

export class TerminalPerson implements Person {
  readonly #lines: Interface;
  readonly #out: Writable;
  readonly #name: (port: string) => string;
  /** Questions wait for the one before them. */
  #last: Promise<unknown> = Promise.resolve();
  #take: ((line: string | undefined) => void) | undefined;
  /** Lines that came before they were asked for, as from a file. */
  readonly #early: string[] = [];
  #ended = false;

  /** `name`: what a port is called in front of its lines. */
  constructor(input: Readable, out: Writable, name: (port: string) => string) {
    this.#out = out;
    this.#name = name;
    this.#lines = createInterface({ input, terminal: false });
    this.#lines.on('line', (line) => {
      if (this.#take) this.#take(line);
      else this.#early.push(line);
    });
    this.#lines.on('close', () => {
      this.#ended = true;
      this.#take?.(undefined);
    });
  }

  tell(port: string, text: string): void {
    this.#out.write(`${this.#name(port)}: ${text}\n`);
  }

  ask(port: string, question: Question): Promise<string> {
    const asked = this.#last.then(() => this.#ask(port, question));
    this.#last = asked.catch(() => {});
    return asked;
  }

  close(): void {
    this.#lines.close();
  }

  async #ask(port: string, { text, problem, timeout }: Question): Promise<string> {
    const end = performance.now() + timeout;
    for (;;) {
      this.#out.write(`${this.#name(port)}? ${text} (${STOP}: stop this board)\n`);
      const line = await this.#line(Math.max(1, end - performance.now()));
      if (line === undefined)
        throw new NobodyAnswers(`Nobody answered within ${Math.round(timeout / 1000)} s: ${text}`);
      const answer = line.trim();
      if (answer === STOP) throw new StoppedByPerson();
      const wrong = problem(answer);
      if (wrong === undefined) return answer;
      this.tell(port, wrong);
    }
  }

  #line(timeout: number): Promise<string | undefined> {
    const early = this.#early.shift();
    if (early !== undefined) return Promise.resolve(early);
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#take?.(undefined), timeout);
      this.#take = (line) => {
        clearTimeout(timer);
        this.#take = undefined;
        resolve(line);
      };
    });
  }
}
