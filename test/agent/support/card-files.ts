// SPDX-License-Identifier: MIT
/**
 * Files on a card, as strict as a real one: what was not written durably may be old, new or cut after a power cut, and
 * the power or the agent may go at any step of any write. /run is in memory: a crash of the agent leaves it, a
 * power cut does not.
 */
import type { Files, WriteOptions } from '../../../src/agent/ports.ts';
import { moveAll } from './fake-ports.ts';

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
  /** Seen, and not known to be on the medium, in order. */
  #moves: { from: string; to: string }[] = [];

  /** Texts that were flushed before their rename: ext4 keeps the old file or the new one, whole. */
  #flushed = new Set<string>();
  #journal: boolean;

  /**
   * `choose(n)` gives 0 to n-1: what the medium kept. `journal`: as of ext4; without it, also a file that is replaced durably
   * may be cut until its folder is flushed.
   */
  constructor(choose: (most: number) => number, { journal = false }: { journal?: boolean } = {}) {
    this.#choose = choose;
    this.#journal = journal;
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
    if (durable && this.#journal) this.#flushed.add(text);
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

  /** One rename: it is on the medium, or it is not. */
  move(from: string, to: string): void {
    this.#step();
    moveAll(this.#seen, from, to);
    this.#moves.push({ from, to });
    this.#step();
    // The journal keeps their order.
    for (const move of this.#moves.splice(0)) moveAll(this.#onMedium, move.from, move.to);
    this.#step();
  }

  list(path: string): string[] {
    this.#mustLive();
    const below = `${path}/`;
    const names = [...this.#seen.keys()].filter((name) => name.startsWith(below));
    return [...new Set(names.map((name) => name.slice(below.length).split('/')[0] ?? ''))];
  }

  look(path: string): { kind: 'file' | 'other'; mode: number } | undefined {
    if (this.read(path) !== undefined) return { kind: 'file', mode: 0o600 };
    return this.list(path).length > 0 ? { kind: 'other', mode: 0o700 } : undefined;
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
    const kept = this.#choose(this.#moves.length + 1);
    for (const { from, to } of this.#moves.slice(0, kept)) moveAll(this.#onMedium, from, to);
    for (const { from, to } of this.#moves.slice(kept).reverse()) moveAll(this.#seen, to, from);
    this.#moves = [];
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
    const most = seen !== undefined && this.#flushed.has(seen) ? 2 : 3;
    return [seen, onMedium, seen?.slice(0, seen.length / 2)][this.#choose(most)];
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
