// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RecordError } from '../../../src/factory/record/errors.ts';
import { OUTCOMES, overallOutcome } from '../../../src/factory/record/outcome.ts';
import { parseRecord } from '../../../src/factory/record/parse.ts';
import { newRecordId } from '../../../src/factory/record/record.ts';
import { anyRecord, exampleRecord, phaseOf } from './examples.ts';

const parsing = suite('parseRecord');

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The example as a loose value, changed by `change`, and what is said of it. */
// biome-ignore lint/suspicious/noExplicitAny: wrong records have every shape
function refusal(change: (record: any) => void): string {
  const record = asJson(exampleRecord());
  change(record);
  try {
    parseRecord(record, 'a.json');
  } catch (error) {
    assert.instance(error, RecordError);
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

parsing('takes what a station makes, as it is', () => {
  assert.equal(parseRecord(asJson(exampleRecord()), 'a.json'), asJson(exampleRecord()));
  fc.assert(
    fc.property(anyRecord, (record) => {
      assert.equal(parseRecord(asJson(record), 'a.json'), asJson(record));
    }),
    { numRuns: 200 },
  );
});

parsing('takes nothing else, and says so in one line, whatever it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.anything()), (value) => {
      assert.throws(
        () => parseRecord(value, 'x'),
        (error: Error) => error instanceof RecordError && error.message.length < 300,
      );
    }),
  );
});

const wrongs: readonly [title: string, RegExp, Parameters<typeof refusal>[0]][] = [
  [
    'a format of another version',
    /format is "plait-factory-record-2"; it must be/,
    (r) => (r.format = 'plait-factory-record-2'),
  ],
  ['an unknown key', /phases\[0\]\.colour/, (r) => (r.phases[0].colour = 'red')],
  ['a missing key', /station\.operator is missing/, (r) => delete r.station.operator],
  ['a file name as id', /^a\.json .*: id is "\.\.\/x"; it must be 1 to 64 letters/, (r) => (r.id = '../x')],
  ['a MAC that is none', /macs holds "zz"/, (r) => (r.identity.macs[0] = 'zz')],
  ['an identity of a later version', /identity .*unknown keys: colour/, (r) => (r.identity.colour = 1)],
  [
    'a time that is not UTC',
    /started must be a time in UTC/,
    (r) => (r.started = '2026-11-30T22:50:38+01:00'),
  ],
  ['a day that is not', /started must be a time/, (r) => (r.started = '2026-02-30T00:00:00.000Z')],
  [
    'a negative duration',
    /phases\[0\]\.seconds is -1; it must be 0 or more/,
    (r) => (r.phases[0].seconds = -1),
  ],
  ['an outcome nobody knows', /outcome is "GOOD"; it must be one of PASS, FAIL/, (r) => (r.outcome = 'GOOD')],
  ['two lines in a text', /station\.name is "a\\nb"; it must be a text/, (r) => (r.station.name = 'a\nb')],
  ['a lone surrogate', /lot is .* it must be a text/, (r) => (r.lot = '\ud800')],
  [
    'too many phases',
    /phases.* it has 201 entries, of at most 200/,
    (r) => (r.phases = Array.from({ length: 201 }, (_, n) => ({ ...r.phases[0], name: `p${n}` }))),
  ],
  [
    'both kinds of limits',
    /limits .*it must be \{min, max\}, one of them, or \{equals\}/,
    (r) => (r.phases[0].measurements[0].limits = { min: 1, equals: 2 }),
  ],
  ['no limit in the limits', /limits/, (r) => (r.phases[0].measurements[0].limits = {})],
  [
    'PASS out of limits',
    /phase disk: read_rate is PASS; from its value and limits follows FAIL/,
    (r) => (r.phases[1].measurements[0].outcome = 'PASS'),
  ],
  [
    'FAIL within limits',
    /clock is FAIL; .* follows PASS/,
    (r) => (r.phases[0].measurements[0].outcome = 'FAIL'),
  ],
  [
    'limits that nothing is within',
    /limits that nothing is within: min 9, max 3/,
    (r) => (r.phases[1].measurements[0].limits = { min: 9, max: 3 }),
  ],
  [
    'a phase that passed with a failure',
    /phase disk is PASS, and its measurement read_rate FAIL/,
    (r) => (r.phases[1].outcome = 'PASS'),
  ],
  [
    'a run that passed with a failure',
    /outcome is PASS; from its phases follows FAIL/,
    (r) => (r.outcome = 'PASS'),
  ],
  [
    'a run without a phase that passed',
    /outcome is PASS; .* follows ABORTED/,
    (r) => Object.assign(r, { phases: [], outcome: 'PASS' }),
  ],
  ['a failure without a reason', /phase cpu is FAIL without/, (r) => (r.phases[0].outcome = 'FAIL')],
  [
    'an error without a message',
    /phase cpu is ERROR without a message/,
    (r) => (r.phases[0].outcome = 'ERROR'),
  ],
  ['a phase twice', /phases: cpu is there twice/, (r) => r.phases.push(r.phases[0])],
  [
    'a measurement twice',
    /measurement clock is there twice/,
    (r) => r.phases[0].measurements.push(r.phases[0].measurements[0]),
  ],
  [
    'itself among earlier runs',
    /earlier holds the run itself/,
    (r) => r.earlier.push({ id: r.id, started: r.started, outcome: 'FAIL', sha256: 'ab'.repeat(32) }),
  ],
];
for (const [title, like, change] of wrongs)
  parsing(`refuses ${title}`, () => {
    assert.match(refusal(change), like);
  });

parsing('refuses PASS of a board that nobody knows, and takes ABORTED of it', () => {
  const phases = [phaseOf('cpu', [])];
  const { identity: _, ...nameless } = exampleRecord({ phases });
  assert.throws(() => parseRecord(nameless, 'x'), /PASS, and identity is missing/);
  assert.is(parseRecord({ ...nameless, outcome: 'ABORTED' }, 'x').identity, undefined);
});

parsing('refuses earlier runs that are not in the order of time', () => {
  const run = (id: string, started: string) => ({
    id,
    started,
    outcome: 'FAIL' as const,
    sha256: 'ab'.repeat(32),
  });
  const [one, two] = [run('1', '2026-01-01T00:00:00.000Z'), run('2', '2026-01-02T00:00:00.000Z')];
  parseRecord(exampleRecord({ earlier: [one, two] }), 'x');
  assert.throws(() => parseRecord(exampleRecord({ earlier: [two, one] }), 'x'), /not in the order of time/);
});

parsing.run();

const outcomes = suite('overallOutcome');

outcomes('is PASS only when there is one and all are', () => {
  assert.is(overallOutcome([]), 'ABORTED');
  assert.is(overallOutcome(['PASS', 'PASS']), 'PASS');
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...OUTCOMES), { minLength: 1 }), (all) => {
      const overall = overallOutcome(all);
      assert.ok(all.includes(overall));
      assert.is(
        overall === 'PASS',
        all.every((one) => one === 'PASS'),
      );
    }),
  );
});

outcomes('says first that a run was not finished, then that the board is bad', () => {
  assert.is(overallOutcome(['FAIL', 'ERROR', 'TIMEOUT', 'ABORTED']), 'ABORTED');
  assert.is(overallOutcome(['FAIL', 'ERROR', 'TIMEOUT']), 'TIMEOUT');
  assert.is(overallOutcome(['FAIL', 'ERROR']), 'ERROR');
  assert.is(overallOutcome(['PASS', 'FAIL']), 'FAIL');
});

outcomes.run();

const ids = suite('newRecordId');

ids('sorts by time and is an id that the parser takes', () => {
  const id = newRecordId(new Date('2026-11-30T22:50:38.123Z'));
  assert.match(id, /^20261130T225038Z-[0-9a-f]{10}$/);
  parseRecord(exampleRecord({ id }), 'x');
  assert.is.not(newRecordId(new Date()), newRecordId(new Date()));
});

ids.run();
