// SPDX-License-Identifier: MIT
/** Values and limits as people read them. */
import type { Limits, Measurement } from '../measurement.ts';

/** `11.2 MB/s`. */
export function valueText({ value, unit }: Pick<Measurement, 'value' | 'unit'>): string {
  if (value === null) return 'not taken';
  return unit === undefined ? String(value) : `${value} ${unit}`;
}

/** `15 to 40`, `>= 15`; empty: none. */
export function limitsText(limits: Limits | undefined): string {
  if (limits === undefined) return '';
  if ('equals' in limits) return `= ${limits.equals}`;
  const { min, max } = limits;
  if (min === undefined) return `<= ${max}`;
  return max === undefined ? `>= ${min}` : `${min} to ${max}`;
}
