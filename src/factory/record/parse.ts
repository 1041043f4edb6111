// SPDX-License-Identifier: MIT
/** From anything that says it is a record to one that is, or to everything that is wrong with it. */
import * as v from 'valibot';
import { type Identity, identityProblems, unknownKeys } from '../../agent/identity.ts';
import { contradictions } from './contradictions.ts';
import { RecordError } from './errors.ts';
import { OUTCOMES } from './outcome.ts';
import { type FactoryRecord, FORMAT } from './record.ts';

/** Bytes of a record's text; one of a burn-in with 200 phases is a quarter of this. */
export const MAX_RECORD_BYTES = 1024 * 1024;
const MAX_PHASES = 200;
const MAX_MEASUREMENTS = 500;
const MAX_EARLIER = 200;
const MAX_FILES = 50;
/** More of them help nobody. */
const MOST_TOLD = 10;

/** Checks a value, JSON.parse's or one made here, and returns it. @throws RecordError that tells each place that is wrong */
export function parseRecord(value: unknown, origin: string): FactoryRecord {
  const format = (value as { format?: unknown } | null)?.format;
  if (format !== FORMAT)
    throw new RecordError(
      `${origin} is no record of a factory test: format is ${seen(format)}; it must be "${FORMAT}"`,
    );
  const result = v.safeParse(schema, value);
  const problems = result.success ? contradictions(result.output) : result.issues.map(issueText);
  if (!result.success || problems.length > 0)
    throw new RecordError(`${origin} is no record of a factory test: ${listed(problems)}`);
  return result.output;
}

function issueText(issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? []).map(({ key }) =>
    typeof key === 'number' ? `[${key}]` : `.${String(key)}`,
  );
  const place = path.join('').replace(/^\./, '');
  const value = issue.type === 'check' ? '' : ` is ${seen(issue.input)};`;
  return `${place}${value} ${issue.message}`;
}

function listed(problems: readonly string[]): string {
  const told = problems.slice(0, MOST_TOLD);
  const rest = problems.length - told.length;
  return [...told, ...(rest > 0 ? [`${rest} more`] : [])].join('; ');
}

/** Short, whatever it is: of lists and objects only what they are, they may be deep. */
function seen(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  if (typeof value !== 'string') return String(value).slice(0, 60);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}

/** Lone surrogates have no canonical form; control characters have no place in lines, XML and labels. */
function text(most: number) {
  const like = new RegExp(`^[^\\p{Cc}\\p{Cs}\\u2028\\u2029\\ufffe\\uffff]{1,${most}}$`, 'u');
  return v.pipe(
    v.string(`it must be a text`),
    v.regex(like, `it must be a text of 1 to ${most} characters in one line`),
  );
}

function matching(like: RegExp, what: string) {
  return v.pipe(v.string(`it must be ${what}`), v.regex(like, `it must be ${what}`));
}

function list<T extends v.GenericSchema>(of: T, most: number) {
  return v.pipe(
    v.array(of, 'it must be a list'),
    v.maxLength(most, ({ input }) => `it has ${input.length} entries, of at most ${most}`),
  );
}

const name = matching(/^[a-z0-9][a-z0-9._-]{0,63}$/, '1 to 64 small letters, digits and ._-');
const id = matching(/^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/, '1 to 64 letters, digits and ._-');
const sha256 = matching(/^[0-9a-f]{64}$/, 'SHA-256 as 64 hexadecimal digits');
const seconds = v.pipe(
  v.number('it must be a number of seconds'),
  v.finite('it must be a number of seconds'),
  v.minValue(0, 'it must be 0 or more'),
);
const number = v.pipe(v.number('it must be a number'), v.finite('it must be a finite number'));
const outcome = v.picklist(OUTCOMES, `it must be one of ${OUTCOMES.join(', ')}`);

const moment = v.pipe(
  v.string('it must be a time'),
  v.check((given) => {
    const time = new Date(given);
    return !Number.isNaN(time.getTime()) && time.toISOString() === given;
  }, 'must be a time in UTC with milliseconds, as 2026-11-30T22:50:38.000Z'),
);

const identity = v.custom<Identity>(
  (given) => identityProblems(given).length === 0 && unknownKeys(given as Identity).length === 0,
  ({ input }) => {
    const problems = identityProblems(input);
    return problems.length > 0
      ? problems.join(', ')
      : `unknown keys: ${unknownKeys(input as object).join(', ')}`;
  },
);

const measuredValue = v.union(
  [number, text(1000), v.boolean()],
  'it must be a number, a text, true or false',
);

const limits = v.union(
  [
    v.strictObject({ equals: measuredValue }),
    v.strictObject({ min: number, max: v.optional(number) }),
    v.strictObject({ max: number }),
  ],
  'it must be {min, max}, one of them, or {equals}',
);

const measurement = v.strictObject({
  name,
  value: v.nullable(measuredValue),
  unit: v.optional(text(20)),
  limits: v.optional(limits),
  outcome: v.picklist(['PASS', 'FAIL'], 'it must be PASS or FAIL'),
});

const phase = v.strictObject({
  name,
  outcome,
  started: moment,
  seconds,
  attempts: v.pipe(number, v.integer('it must be a whole number'), v.minValue(1, 'it must be 1 or more')),
  measurements: list(measurement, MAX_MEASUREMENTS),
  message: v.optional(text(2000)),
});

const schema: v.GenericSchema<unknown, FactoryRecord> = v.strictObject({
  format: v.literal(FORMAT),
  id,
  board: name,
  list: name,
  identity: v.optional(identity),
  lot: v.optional(text(100)),
  station: v.strictObject({
    name: text(100),
    operator: text(100),
    software: text(100),
    port: v.optional(text(200)),
  }),
  firmware: v.strictObject({
    version: text(100),
    files: list(v.strictObject({ name: text(200), sha256 }), MAX_FILES),
  }),
  started: moment,
  seconds,
  phases: list(phase, MAX_PHASES),
  outcome,
  earlier: list(v.strictObject({ id, started: moment, outcome, sha256 }), MAX_EARLIER),
});
