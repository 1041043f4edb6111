// SPDX-License-Identifier: MIT
/**
 * The record of one run of the factory test on one board. Its signed form (signed-record.ts) is the truth; JUnit, CSV, PDF
 * and the index are made from it. Phases with measurements and outcomes are OpenHTF's model.
 */
import { randomBytes } from 'node:crypto';
import type { Identity } from '../../agent/identity.ts';
import type { Measurement } from './measurement.ts';
import type { Outcome } from './outcome.ts';

/** Raised when a key changes its meaning; a reader refuses formats that it does not know. */
export const FORMAT = 'plait-factory-record-1';

export interface FactoryRecord {
  readonly format: typeof FORMAT;
  /** Names the run, and its file; the board's identity has it as `report`. */
  readonly id: string;
  /** A folder of board/. */
  readonly board: string;
  /** Name of the test list: `quick`, `burn-in`. */
  readonly list: string;
  /** Absent: the run ended before it was known which board it was. */
  readonly identity?: Identity | undefined;
  /** Lot or order that the board belongs to. */
  readonly lot?: string | undefined;
  readonly station: Station;
  /** What runs on the board, or is written to it. */
  readonly firmware: Firmware;
  /** ISO 8601 in UTC with milliseconds: `2026-11-30T22:50:38.000Z`. */
  readonly started: string;
  /** How long the run took. */
  readonly seconds: number;
  readonly phases: readonly Phase[];
  readonly outcome: Outcome;
  /** Earlier runs of the same board, the oldest first. */
  readonly earlier: readonly EarlierRun[];
}

export interface Station {
  readonly name: string;
  /** The person at the bench. */
  readonly operator: string;
  /** Version of Plait that ran the test. */
  readonly software: string;
  /** The serial port, by its place on the bus. */
  readonly port?: string | undefined;
}

export interface Firmware {
  readonly version: string;
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

export interface Phase {
  /** Unique in the run. */
  readonly name: string;
  readonly outcome: Outcome;
  /** As the run's. */
  readonly started: string;
  readonly seconds: number;
  /** How often it was tried in this run; the measurements are those of the last time. */
  readonly attempts: number;
  readonly measurements: readonly Measurement[];
  /** What a person is told: what went wrong and what to do. ERROR, TIMEOUT and ABORTED have one. */
  readonly message?: string | undefined;
}

export interface EarlierRun {
  readonly id: string;
  readonly started: string;
  readonly outcome: Outcome;
  /** SHA-256 of its signed file, in hexadecimal. */
  readonly sha256: string;
}

/** An identifier that sorts by time: `20261130T225038Z-5f0c91d2aa`. */
export function newRecordId(started: Date): string {
  const time = started.toISOString().replace(/\.\d+|[-:]/g, '');
  return `${time}-${randomBytes(5).toString('hex')}`;
}
