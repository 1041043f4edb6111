// SPDX-License-Identifier: MIT
/**
 * Delivery traces of lines that were recorded, in the format of Mahimahi (man page mm-link(1)): a number a line, the
 * millisecond at which 1500 bytes of IP packets may leave. The trace begins anew at its end.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../image/errors.ts';

/** Bytes of IP packets that may leave at each time. */
export const DELIVERY_BYTES = 1500;

/** Bytes of a file: ten minutes at 100 Mbit/s. */
const LARGEST_FILE = 64 * 2 ** 20;

const ownTraces = fileURLToPath(new URL('../delivery-traces/', import.meta.url));

export interface DeliveryTrace {
  readonly path: string;
  /** Milliseconds, never falling. */
  readonly deliveries: readonly number[];
  /** Milliseconds after which it begins anew: its last delivery. */
  readonly period: number;
}

/** Where the file of a name is: a name without a slash is one of the lab's own traces. */
export function deliveryTracePath(name: string): string {
  return name.includes('/') ? resolve(name) : `${ownTraces}${name}`;
}

/** Reads a trace. @throws UsageError with file and line when it is none. */
export function readDeliveryTrace(path: string): DeliveryTrace {
  const deliveries: number[] = [];
  for (const [index, line] of textOf(path).split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `${path}, line ${index + 1}`;
    if (!/^\d{1,9}$/.test(line.trim())) {
      throw new UsageError(`${where}: '${line.slice(0, 20)}' is not a time in whole milliseconds`);
    }
    const time = Number(line);
    const before = deliveries.at(-1) ?? 0;
    if (time < before)
      throw new UsageError(`${where}: ${time} ms comes after ${before} ms; times never fall`);
    deliveries.push(time);
  }
  const period = deliveries.at(-1) ?? 0;
  if (period === 0) throw new UsageError(`${path}: no time after 0 ms, so nothing would ever be delivered`);
  return { path, deliveries, period };
}

function textOf(path: string): string {
  try {
    if (statSync(path).size > LARGEST_FILE) throw new UsageError(`${path} is larger than 64 MiB`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} cannot be read as a delivery trace: ${(error as Error).message}`);
  }
}

/** Bit/s of IP packets that a trace carries between two times, in seconds since its begin. */
export function deliveryRate({ deliveries, period }: DeliveryTrace, from: number, to: number): number {
  /** Deliveries at or before a time. */
  const until = (ms: number) => {
    const rounds = Math.floor(ms / period);
    const rest = ms - rounds * period;
    return rounds * deliveries.length + deliveries.filter((time) => time <= rest).length;
  };
  return ((until(to * 1000) - until(from * 1000)) * DELIVERY_BYTES * 8) / (to - from);
}
