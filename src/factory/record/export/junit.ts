// SPDX-License-Identifier: MIT
/** Records as JUnit XML, for programs that collect test results: a suite is a run, a case is a phase. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import handlebars from 'handlebars';
import type { Outcome } from '../outcome.ts';
import type { FactoryRecord, Phase } from '../record.ts';
import { limitsText, valueText } from './text.ts';

const templatePath = fileURLToPath(new URL('junit.xml.hbs', import.meta.url));

interface Case {
  readonly name: string;
  readonly seconds: number;
  /** The element that says what went wrong; empty: it passed. */
  readonly wrong: '' | 'failure' | 'error';
  readonly outcome: Outcome;
  readonly message: string;
  readonly measurements: string;
}

/** Texts of records have no control characters, so that XML can say all of them. */
export async function junitOf(records: readonly FactoryRecord[]): Promise<string> {
  const template = handlebars.compile(await readFile(templatePath, 'utf8'), { strict: true });
  const suites = records.map(suiteOf);
  const sum = (key: 'tests' | 'failures' | 'errors') => suites.reduce((all, suite) => all + suite[key], 0);
  return template({ suites, tests: sum('tests'), failures: sum('failures'), errors: sum('errors') });
}

function suiteOf(record: FactoryRecord) {
  const { board, list, identity, station, firmware, started, seconds, outcome } = record;
  const cases = [...record.phases.map(caseOf), ...wholeRun(record)];
  return {
    ...{ cases, seconds, class: `${board}.${list}`, host: station.name },
    name: `${board} ${list} ${identity?.serial ?? 'unknown board'}`,
    // As JUnit writes it: without a zone, which is UTC here.
    timestamp: started.replace(/\.\d+Z$/, ''),
    tests: cases.length,
    failures: cases.filter(({ wrong }) => wrong === 'failure').length,
    errors: cases.filter(({ wrong }) => wrong === 'error').length,
    properties: [
      { name: 'id', value: record.id },
      { name: 'outcome', value: outcome },
      { name: 'serial', value: identity?.serial ?? '' },
      { name: 'macs', value: identity?.macs.join(' ') ?? '' },
      { name: 'operator', value: station.operator },
      { name: 'firmware', value: firmware.version },
    ],
  };
}

function caseOf({ name, seconds, outcome, message, measurements }: Phase): Case {
  const failed = measurements.filter((one) => one.outcome === 'FAIL');
  const reasons = failed.map((one) => `${one.name} is ${valueText(one)}, limits ${limitsText(one.limits)}`);
  return {
    ...{ name, seconds, outcome, wrong: wrongOf(outcome) },
    message: [...(message === undefined ? [] : [message]), ...reasons].join('; '),
    measurements: measurements.map((one) => `${one.name}: ${valueText(one)} ${one.outcome}`).join('\n'),
  };
}

/** A run that was broken off between two phases would look like one that passed. */
function wholeRun({ outcome, phases }: FactoryRecord): Case[] {
  if (outcome !== 'ABORTED' || phases.some((phase) => phase.outcome === 'ABORTED')) return [];
  const message = 'the run was broken off between two phases';
  return [{ name: 'run', seconds: 0, wrong: 'error', outcome, message, measurements: '' }];
}

function wrongOf(outcome: Outcome): Case['wrong'] {
  if (outcome === 'PASS') return '';
  return outcome === 'FAIL' ? 'failure' : 'error';
}
