// SPDX-License-Identifier: MIT
/** From the text of plait.yaml to a checked configuration, or to everything that is wrong with it. */
import { CORE_SCHEMA, constructFromEvents, parseEvents, YAMLException } from 'js-yaml';
import * as v from 'valibot';
import { checkConfig, checkDoubtful } from './checks.ts';
import { lineOf, type Place, placesByPath } from './lines.ts';
import { MAX_PROBLEMS, type Problem, problemAt, shorten } from './problems.ts';
import { type Config, configSchema, MINOR, REMEDY, REQUIRED_EXAMPLES } from './schema.ts';
import { type OddKey, oddKeys } from './schema-walk.ts';

/** `warnings`: what this firmware does without; there is a configuration all the same. */
export type Parsed = { ok: true; config: Config; warnings: Problem[] } | { ok: false; problems: Problem[] };

/** Characters; a large configuration is a quarter of this, and thousands of addresses in firewall rules fill it. */
export const MAX_TEXT = 64 * 1024;
const MAX_DEPTH = 16;
const MAX_ALIASES = 16;

/**
 * Reads, checks and completes a configuration. Never throws: whatever the text is, the answer is a configuration
 * or at least one problem. What holds for the text alone is checked here; what also needs the board's ports and
 * leases is `checkBoard()`.
 */
export function parseConfig(text: string): Parsed {
  const read = readDocument(text);
  if ('problem' in read) return { ok: false, problems: [read.problem] };
  const result = v.safeParse(configSchema, read.value);
  const odd = oddKeys(configSchema, read.value);
  const tolerated = odd.filter(({ kind }) => kind === 'unknown' && isOfNewerMinor(read.value));
  const problems = [
    ...odd.filter((one) => !tolerated.includes(one)).map(({ problem }) => problem),
    ...(result.issues ?? []).map(problemOf),
    ...(result.success ? checkConfig(result.output) : []),
  ];
  if (result.success && problems.length === 0)
    return {
      ok: true,
      config: result.output,
      warnings: locate([...tolerated.map(withoutEffect), ...checkDoubtful(result.output)], read.places),
    };
  return { ok: false, problems: locate(problems, read.places) };
}

/** Written for a newer minor version of the format: keys that are unknown here may well be right. */
function isOfNewerMinor(document: unknown): boolean {
  const { minor } = (typeof document === 'object' && document !== null ? document : {}) as {
    minor?: unknown;
  };
  return typeof minor === 'number' && minor > MINOR;
}

function withoutEffect({ problem }: OddKey): Problem {
  const remedy = 'it has no effect until the firmware is upgraded';
  return { ...problem, message: `is not known to this firmware (format 1, minor ${MINOR})`, remedy };
}

export type Document = { value: unknown; places: Map<string, Place> } | { problem: Problem };

/** The YAML document of a text, of bounded size and depth; what it means is not looked at. */
export function readDocument(text: string): Document {
  if (text.length > MAX_TEXT) {
    return {
      problem: problemAt([], `${text.length} characters`, 'is too long', `write at most ${MAX_TEXT}`),
    };
  }
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH });
    const documents = constructFromEvents(events, {
      source: text,
      schema: CORE_SCHEMA,
      maxAliases: MAX_ALIASES,
    });
    if (documents.length === 1) return { value: documents[0], places: placesByPath(text, events) };
    return documents.length === 0
      ? { problem: problemAt([], undefined, 'is empty', 'begin with the line version: 1') }
      : { problem: problemAt([], undefined, 'holds several YAML documents', 'remove the lines ---') };
  } catch (error) {
    return { problem: yamlProblem(error, text) };
  }
}

function yamlProblem(error: unknown, text: string): Problem {
  const reason = error instanceof YAMLException ? error.reason : String(error);
  const problem = problemAt(
    [],
    undefined,
    `cannot be read as YAML (${shorten(reason)})`,
    tabNear(error, text)
      ? 'there is a tab in this line: write blanks instead'
      : 'correct it there or just before',
  );
  return error instanceof YAMLException && error.mark ? { ...problem, line: error.mark.line + 1 } : problem;
}

/** Some tabs are right in YAML, some are not understood; who reads the text sees neither. */
function tabNear(error: unknown, text: string): boolean {
  const line = error instanceof YAMLException ? error.mark?.line : undefined;
  return line !== undefined && (text.split('\n')[line] ?? '').includes('\t');
}

function problemOf(issue: v.BaseIssue<unknown>): Problem {
  const path = (issue.path ?? []).map((part) => part.key as string | number);
  const last = issue.path?.[issue.path.length - 1];
  if (last?.origin === 'key' && last.value === undefined && issue.type === 'object') {
    return problemAt(path, undefined, 'is missing', `add ${path[path.length - 1]}: ${exampleFor(path)}`);
  }
  if (issue.input === null) {
    return problemAt(path, null, 'is empty', 'give it a value, or leave the key out');
  }
  const [message = '', remedy = ''] = issue.message.split(REMEDY);
  return problemAt(path, issue.input, message, remedy);
}

/** Entries' names stand as * in the schema's paths: those are the odd ones below uplinks, tunnels and answer. */
function exampleFor(path: readonly (string | number)[]): string {
  const named = ['uplinks', 'tunnels', 'answer', 'rules', 'forwards'];
  const key = path.map((part, index) => (named.includes(String(path[index - 1])) ? '*' : part)).join('.');
  return REQUIRED_EXAMPLES[key] ?? 'its value';
}

function locate(problems: Problem[], places: ReadonlyMap<string, Place>): Problem[] {
  const located = problems.slice(0, MAX_PROBLEMS).map((problem) => {
    const line = lineOf(places, problem.path);
    return { ...asWritten(problem, places.get(problem.path)), ...(line === undefined ? {} : { line }) };
  });
  located.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const rest = problems.length - located.length;
  if (rest > 0) located.push(problemAt([], undefined, `has ${rest} more problems`, 'correct these first'));
  return located;
}

/** Numbers as they stand in the text: who wrote 0815 or 1e3 does not look for 815 or 1000. */
function asWritten(problem: Problem, place: Place | undefined): Problem {
  const { written } = place ?? {};
  if (typeof problem.value !== 'number' || written === undefined) return problem;
  return written === String(problem.value) ? problem : { ...problem, value: shorten(written) };
}
