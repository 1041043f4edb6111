// SPDX-License-Identifier: MIT
/** What the parts of a record say against each other: its outcomes follow from its measurements, whoever wrote them down. */
import { judge, type Measurement } from './measurement.ts';
import { overallOutcome } from './outcome.ts';
import type { FactoryRecord, Phase } from './record.ts';

/** Each contradiction as a sentence that names its place. */
export function contradictions(record: FactoryRecord): string[] {
  const { phases, outcome, identity, earlier, id } = record;
  const found = [
    ...repeated(phases).map((name) => `phases: ${name} is there twice`),
    ...repeated(earlier.map((run) => ({ name: run.id }))).map((one) => `earlier: ${one} is there twice`),
    ...phases.flatMap(phaseContradictions),
  ];
  if (earlier.some((run) => run.id === id)) found.push(`earlier holds the run itself, ${id}`);
  if (earlier.some(({ started }, index) => index > 0 && started < (earlier[index - 1]?.started ?? '')))
    found.push('earlier is not in the order of time');
  const follows = overallOutcome(phases.map((phase) => phase.outcome));
  // A run can also end between two phases.
  if (outcome !== follows && outcome !== 'ABORTED')
    found.push(`outcome is ${outcome}; from its phases follows ${follows}`);
  if (outcome === 'PASS' && identity === undefined)
    found.push('outcome is PASS, and identity is missing: nobody knows which board it is');
  return found;
}

function phaseContradictions({ name, outcome, measurements, message }: Phase): string[] {
  const at = `phase ${name}`;
  const found = [
    ...repeated(measurements).map((twice) => `${at}: measurement ${twice} is there twice`),
    ...measurements.flatMap((one) => measurementContradictions(one).map((text) => `${at}: ${text}`)),
  ];
  const failed = measurements.find((one) => one.outcome === 'FAIL');
  if (outcome === 'PASS' && failed !== undefined)
    found.push(`${at} is PASS, and its measurement ${failed.name} FAIL`);
  if (outcome === 'FAIL' && failed === undefined && message === undefined)
    found.push(`${at} is FAIL without a failed measurement or a message`);
  if (!['PASS', 'FAIL'].includes(outcome) && message === undefined)
    found.push(`${at} is ${outcome} without a message that says why`);
  return found;
}

function measurementContradictions({ name, value, limits, outcome }: Measurement): string[] {
  const right = judge(value, limits);
  const found =
    outcome === right ? [] : [`${name} is ${outcome}; from its value and limits follows ${right}`];
  if (limits !== undefined && 'min' in limits && 'max' in limits && Number(limits.min) > Number(limits.max))
    found.push(`${name} has limits that nothing is within: min ${limits.min}, max ${limits.max}`);
  return found;
}

function repeated(named: readonly { readonly name: string }[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { name } of named) (seen.has(name) ? twice : seen).add(name);
  return [...twice];
}
