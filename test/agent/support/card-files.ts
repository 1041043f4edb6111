// SPDX-License-Identifier: MIT
/**
 * Files on a card, as strict as a real one: what was not written durably may be old, new or cut after a power cut, and
 * the power or the agent may go at any step of any write. /run is in memory: a crash of the agent leaves it, a
 * power cut does not.
 */
import type { Files, WriteOptions } from '../../../src/agent/ports.ts';

/** Thrown by the step at which the agent ended, and by everything that it tries afterwards. */
export class Ended extends Error {}

export class CardFiles implements Files {
  /** /data takes no more. */
  full = false;
  /** Steps of writing until the agent ends; negative: never. */
  stepsLeft = -1;
  ended = false;
  #seen = new Map<string, string>();
  #onMedium = new Map<string, string>();
  #choose: (most: number) => number;

  /** `choose(n)` gives 0 to n-1: what the medium kept. */
  constructor(choose: (most: number) => number) {
    this.#choose = choose;
  }

  read(path: string): string | undefined {
    this.#mustLive();
    return this.#seen.get(path);
  }

  write(path: string, text: string, { durable = false }: WriteOptions = {}): void {
    this.#step();
    const temporary = `${path}.new`;
    if (this.full && path.startsWith('/data/')) {
      this.#seen.set(temporary, text.slice(0, text.length / 2));
      throw Object.assign(new Error(`${path}: no space left on device`), { code: 'ENOSPC' });
    }
    this.#seen.set(temporary, text);
    if (durable) this.#onMedium.set(temporary, text);
    this.#step();
    this.#seen.delete(temporary);
    this.#seen.set(path, text);
    this.#step();
    if (!durable) return;
    this.#onMedium.delete(temporary);
    this.#onMedium.set(path, text);
    this.#step();
  }

  poke(): void {
    throw new Error('not used in this test');
  }

  remove(path: string, durable = false): void {
    this.#step();
    this.#seen.delete(path);
    if (durable) this.#onMedium.delete(path);
    this.#step();
  }

  list(path: string): string[] {
    this.#mustLive();
    const below = `${path}/`;
    const names = [...this.#seen.keys()].filter((name) => name.startsWith(below));
    return [...new Set(names.map((name) => name.slice(below.length).split('/')[0] ?? ''))];
  }

  look(): never {
    throw new Error('not used in this test');
  }

  makeFolder(): void {
    this.#step();
  }

  /** As a person does with an editor, or a worn-out card by itself; undefined removes. It is there after a power cut. */
  put(path: string, text: string | undefined): void {
    for (const files of [this.#seen, this.#onMedium]) {
      if (text === undefined) files.delete(path);
      else files.set(path, text);
    }
  }

  /** The next agent finds everything that was seen. */
  afterCrash(): void {
    this.#begin();
  }

  /** The next agent finds what the medium kept. */
  afterPowerCut(): void {
    const found = new Map<string, string>();
    for (const path of new Set([...this.#seen.keys(), ...this.#onMedium.keys()])) {
      if (!path.startsWith('/data/')) continue;
      const text = this.#kept(this.#seen.get(path), this.#onMedium.get(path));
      if (text !== undefined) found.set(path, text);
    }
    this.#seen = found;
    this.#onMedium = new Map(found);
    this.#begin();
  }

  #begin(): void {
    this.ended = false;
    this.stepsLeft = -1;
  }

  #kept(seen: string | undefined, onMedium: string | undefined): string | undefined {
    if (seen === onMedium) return seen;
    return [seen, onMedium, seen?.slice(0, seen.length / 2)][this.#choose(3)];
  }

  #step(): void {
    this.#mustLive();
    if (this.stepsLeft-- !== 0) return;
    this.ended = true;
    this.#mustLive();
  }

  #mustLive(): void {
    if (this.ended) throw new Ended('the agent has ended');
  }
}
