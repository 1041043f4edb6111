// SPDX-License-Identifier: MIT
/** Setup by a file of answers: for a driver on the serial line, a script, a factory. No question is asked. */
import { describe, type Problem } from '../../appliance/problems.ts';
import type { Answers, SetupFacts } from '../../appliance/setup/answers.ts';
import { MAKE } from '../../appliance/setup/password.ts';
import { walk } from '../../appliance/setup/walk.ts';
import { ask, type Context, EXIT_FAILED, EXIT_OK, readText } from '../commands/context.ts';
import { needsHash, readAnswers, walkThrough } from './answers-file.ts';
import { checkText } from './check-text.ts';
import { readFacts } from './facts.ts';
import { applyText, checkUplinks } from './finish.ts';
import { forgetAnswers } from './kept-answers.ts';
import { hashPassword, newPassword } from './password-hash.ts';
import { allOk, type CheckLine } from './uplink-check.ts';

/** What `--json` prints; fields are only ever added. */
export interface SetupResult {
  /** The configuration is in force and kept; with `--print`: it could be. */
  ok: boolean;
  /** What is wrong with the answers: nothing was changed. */
  problems?: Problem[];
  /** The configuration, for `--print`. */
  text?: string;
  changes?: string[];
  warnings?: string[];
  checks?: CheckLine[];
  /** False: it went back to what was before, since an uplink did not pass. */
  kept?: boolean;
  /** The password that was made. */
  password?: string;
}

export async function answersFront(context: Context, name: string): Promise<number> {
  const result = await run(context, readText(context, name));
  if (context.json) context.out(`${JSON.stringify(result)}\n`);
  else print(context, result);
  return result.ok ? EXIT_OK : EXIT_FAILED;
}

async function run(context: Context, text: string): Promise<SetupResult> {
  const read = readAnswers(text);
  if (!read.ok) return { ok: false, problems: read.problems };
  const facts = readFacts(context);
  const { answers, password } = await withHash(context, read.answers, facts);
  const at = walkThrough(answers, facts);
  if (at.state !== 'done') return { ok: false, problems: at.state === 'refused' ? at.problems : [] };
  const made = password === undefined ? {} : { password };
  if (context.options.has('print')) return { ok: true, text: at.text, ...made };
  return { ...(await applyAndCheck(context, at.text)), ...made };
}

/** A plain password ends here: what is walked with, kept and applied is its hash. */
async function withHash(
  context: Context,
  given: Answers,
  facts: SetupFacts,
): Promise<{ answers: Answers; password?: string }> {
  const first = walk({}, facts);
  const wanted = given.password ?? (first.state === 'asking' ? first.next.proposal : MAKE);
  if (wanted === MAKE) {
    const password = newPassword(context.ports);
    return { answers: { ...given, password: await hashPassword(context.ports, password) }, password };
  }
  if (!needsHash(wanted)) return { answers: { ...given, password: wanted } };
  return { answers: { ...given, password: await hashPassword(context.ports, wanted) } };
}

async function applyAndCheck(context: Context, text: string): Promise<SetupResult> {
  const { changes, warnings, pending } = applyText(context, text);
  const checks = await checkUplinks(context, text, new Map());
  const kept = allOk(checks) || context.options.has('keep') || !pending;
  if (pending) ask(context, kept ? 'confirm' : 'revert', {});
  if (kept) forgetAnswers(context.ports.files);
  return { ok: kept, changes, warnings, checks, kept };
}

function print({ out, err }: Context, result: SetupResult): void {
  const { problems = [], warnings = [], checks, kept, text, password } = result;
  for (const problem of problems) err(`${describe(problem)}\n`);
  for (const warning of warnings) err(`warning: ${warning}\n`);
  if (text !== undefined) out(text);
  if (checks !== undefined) out(checkText(checks));
  if (kept === true) out('kept\n');
  if (kept === false) err('gone back to what was before: --keep keeps it all the same\n');
  // Beside a configuration that goes to a file.
  if (password !== undefined) (text === undefined ? out : err)(`password of root: ${password}\n`);
}
