// SPDX-License-Identifier: MIT
/** A measured value and the limits that judge it. */

export type MeasuredValue = number | string | boolean;

/** `min` and `max` include themselves. */
export type Limits =
  | { readonly min?: number | undefined; readonly max?: number | undefined }
  | { readonly equals: MeasuredValue };

export interface Measurement {
  /** Unique in its phase: `read_rate`. */
  readonly name: string;
  /** null: it should have been taken and was not, which is a failure. */
  readonly value: MeasuredValue | null;
  /** As in UCUM's print symbols: `MB/s`, `°C`; absent: a number of things, a text or yes and no. */
  readonly unit?: string | undefined;
  /** Absent: it is only noted. */
  readonly limits?: Limits | undefined;
  readonly outcome: 'PASS' | 'FAIL';
}

/** A measurement with the outcome that follows from its value. */
export function measured(taken: Omit<Measurement, 'outcome'>): Measurement {
  return { ...taken, outcome: judge(taken.value, taken.limits) };
}

/** Whether a value is within limits. A value of another kind than its limits is not. */
export function judge(value: MeasuredValue | null, limits: Limits | undefined): 'PASS' | 'FAIL' {
  if (value === null) return 'FAIL';
  if (limits === undefined) return 'PASS';
  if ('equals' in limits) return value === limits.equals ? 'PASS' : 'FAIL';
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = limits;
  return typeof value === 'number' && value >= min && value <= max ? 'PASS' : 'FAIL';
}
