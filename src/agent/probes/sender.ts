// SPDX-License-Identifier: MIT
/** What asks a target one question; `answered` gets the numbers of the question. */
import type { HealthTarget } from '../../appliance/health-targets.ts';

export interface ProbeRequest {
  target: HealthTarget;
  /** IPv4 address of the target. */
  address: string;
  id: number;
  seq: number;
}

export type Answered = (id: number, seq: number) => void;

export interface Sender {
  /** False: it could not leave just now; the silence that follows says the same. */
  send(request: ProbeRequest): boolean;
  /** Only these are asked from now on. */
  keep(targets: readonly HealthTarget[]): void;
}
