// SPDX-License-Identifier: MIT
/** What a phase of the factory test on the board is given. */
import type { Board } from '../board.ts';
import type { Kernel } from '../kernel.ts';
import type { Ports } from '../ports.ts';

export interface PhaseInput {
  readonly ports: Ports;
  readonly kernel: Kernel;
  readonly board: Board;
  /** MAC addresses of the board's ports, in their order. */
  readonly macs: readonly string[];
  /** Of the list, as words `name=value`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The agent leaves the LEDs alone for so many seconds; 0: it has them back. */
  lendLeds(seconds: number): void;
}

export type Measurements = Record<string, number | string | boolean>;

export type BoardPhase = (input: PhaseInput) => Promise<Measurements> | Measurements;

/** @throws Error that says what it must be */
export function wholeNumber({ parameters }: PhaseInput, name: string, usual: number): number {
  const text = parameters.get(name) ?? String(usual);
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Error(`${name} is "${text}"; it must be a whole number of 1 or more`);
  return Number(text);
}

/** With so many digits behind the point. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
