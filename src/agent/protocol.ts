// SPDX-License-Identifier: MIT
/** The language of /run/plait/plaitd.sock: one JSON object a line, an answer for each question in order. */
import type { Problem } from '../appliance/problems.ts';
import type { Status } from './status.ts';
import type { UpgradeJob } from './upgrade/job-states.ts';

/** Milliseconds in which an apply must be confirmed unless the operator says otherwise. */
export const CONFIRM_WITHIN = 60_000;
export const MIN_WITHIN = 5000;
export const MAX_WITHIN = 24 * 3600 * 1000;

/** Seconds for which the LEDs may be borrowed. */
export const MAX_LEDS_LENT = 300;

/** Question and answer of each method. */
export interface Methods {
  status: { params: object; result: Status };
  apply: {
    params: { text: string; within: number };
    result: { changes: string[]; pending: boolean; seconds?: number; warnings: Problem[] };
  };
  confirm: { params: object; result: { confirmed: boolean } };
  revert: { params: object; result: { changes: string[] } };
  plan: { params: { text: string }; result: { changes: string[] } };
  show: { params: { what: 'config' | 'plan' }; result: { text: string } };
  upgrade: {
    params: { path: string; name: string; reboot: UpgradeJob['reboot']; allowOlder: boolean };
    result: { job: UpgradeJob };
  };
  /** `token`: what a client must show; it is told nobody else. */
  'upgrade-listen': {
    params: { reboot: UpgradeJob['reboot']; allowOlder: boolean };
    result: { job: UpgradeJob; token: string };
  };
  'upgrade-close': { params: object; result: object };
  /** The upgrade that is under way, or the last one; absent: none since the board started. */
  'upgrade-job': { params: object; result: { job?: UpgradeJob } };
  /** The agent leaves the LEDs alone for so long; 0: it has them back. */
  'lend-leds': { params: { seconds: number }; result: object };
  clock: { params: { env: Record<string, string> }; result: object };
  lease: { params: { device: string; event: string; env: Record<string, string> }; result: object };
}

export type Method = keyof Methods;

export interface Failure {
  /**
   * `invalid`: the configuration; `failed`: it could not be done; `nothing`: nothing to do it to; `busy`: another one is
   * under way; `usage`.
   */
  code: 'invalid' | 'failed' | 'nothing' | 'busy' | 'usage';
  message: string;
  problems?: Problem[];
}

export type Answer = { id: number; result: unknown } | { id: number; error: Failure };

/** A failure that is an answer, not a fault of the agent. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface Question {
  id: number;
  method: string;
  params: Record<string, unknown>;
}

/** Undefined for a line that is no question. */
export function parseQuestion(line: string): Question | undefined {
  try {
    const { id, method, params } = JSON.parse(line) as Partial<Question>;
    if (typeof id !== 'number' || typeof method !== 'string') return undefined;
    return { id, method, params: typeof params === 'object' && params !== null ? params : {} };
  } catch {
    return undefined;
  }
}
