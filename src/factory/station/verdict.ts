// SPDX-License-Identifier: MIT
/** What the person at the bench reads of a record: one line that says it all, and one for each thing that went wrong. */
import type { Limits, Measurement } from '../record/measurement.ts';
import type { FactoryRecord, Phase } from '../record/record.ts';

export function verdictLines(port: string, { outcome, identity, phases, id }: FactoryRecord): string[] {
  const who = identity === undefined ? 'a board that is not known' : `serial number ${identity.serial}`;
  return [`${port}: ${outcome}, ${who} (run ${id})`, ...phases.flatMap(phaseLines)];
}

function phaseLines({ name, outcome, measurements, message }: Phase): string[] {
  if (outcome === 'PASS') return [];
  const failed = measurements.filter((one) => one.outcome === 'FAIL');
  return [
    ...(message === undefined ? [] : [`  ${name}: ${outcome}: ${message}`]),
    ...failed.map((one) => `  ${name}: ${outcome}: ${measurementText(one)}`),
  ];
}

function measurementText({ name, value, unit, limits }: Measurement): string {
  const of = unit === undefined ? '' : ` ${unit}`;
  const seen = value === null ? 'was not measured' : `is ${value}${of}`;
  return `${name} ${seen}${limits === undefined ? '' : `; it must be ${limitText(limits)}${of}`}`;
}

function limitText(limits: Limits): string {
  if ('equals' in limits) return String(limits.equals);
  const { min, max } = limits;
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : min === max ? String(min) : `${min} to ${max}`;
}
