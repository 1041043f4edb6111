// SPDX-License-Identifier: MIT
/** A file of answers: the ids of the questions, as the console shows them, and what a person would type. */
import { closest } from 'fastest-levenshtein';
import { readDocument } from '../../appliance/config.ts';
import { formatPath, type Problem, problemAt } from '../../appliance/problems.ts';
import { type Answers, type SetupFacts, uplinkId } from '../../appliance/setup/answers.ts';
import { checkPassword, isHash, MAKE } from '../../appliance/setup/password.ts';
import { stuckText, type Walk, walk } from '../../appliance/setup/walk.ts';

export type FileAnswers = { ok: true; answers: Answers } | { ok: false; problems: Problem[] };

const SINGLE = ['password', 'hostname', 'lan.ports', 'lan.address', 'lan.dhcp', 'ssh-key'];
const OF_UPLINK = /^uplink\.([1-9]|[12]\d|3[0-2])\.(port|name|address|rate)$/;

export function readAnswers(text: string): FileAnswers {
  const document = readDocument(text);
  if ('problem' in document) return { ok: false, problems: [document.problem] };
  const { value, places } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const remedy = 'write lines such as hostname: branch-12';
    return { ok: false, problems: [problemAt([], value, 'holds no answers', remedy)] };
  }
  const problems: Problem[] = [];
  const answers: [id: string, answer: string][] = [];
  for (const [id, given] of Object.entries(value)) {
    const problem = problemOf(id, given);
    const line = places.get(formatPath([id]))?.line;
    if (problem === undefined) answers.push([id, words(given)]);
    else problems.push(line === undefined ? problem : { ...problem, line });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, answers: Object.fromEntries(answers) };
}

function problemOf(id: string, given: unknown): Problem | undefined {
  if (!SINGLE.includes(id) && !OF_UPLINK.test(id)) {
    const known = [
      ...SINGLE,
      ...['port', 'name', 'address', 'rate'].map((what) => uplinkId(1, what as 'port')),
    ];
    return about(id, undefined, 'is no question of setup', `did you mean ${closest(id, known)}?`);
  }
  const seen = id === 'password' ? '(not shown)' : given;
  const texts = Array.isArray(given) ? given : [given];
  if (!texts.every((one) => typeof one === 'string'))
    return about(id, seen, 'is not read as a text', 'put it in quotes');
  const complaint = id === 'password' && needsHash(words(given)) ? checkPassword(words(given)) : undefined;
  return complaint && about(id, seen, complaint.message, complaint.remedy);
}

function words(given: unknown): string {
  return Array.isArray(given) ? given.join(' ') : String(given);
}

/** It is a password in plain text. */
export function needsHash(answer: string): boolean {
  return !isHash(answer) && !['none', 'keep', MAKE].includes(answer);
}

/** Goes all the way with the answers given and Enter for the others: the configuration, or all that is wrong. */
export function walkThrough(
  given: Answers,
  facts: SetupFacts,
): Walk | { state: 'refused'; problems: Problem[] } {
  const answers: Record<string, string> = { ...given };
  const problems: Problem[] = [];
  for (;;) {
    const at = walk(answers, facts);
    if (at.state === 'asking') {
      const { id, proposal } = at.next;
      if (at.refused) problems.push(about(id, at.refused.answer, at.refused.message, at.refused.remedy));
      // Enter would be refused as well: what comes after cannot be judged.
      if (at.refused && answers[id] === proposal) return { state: 'refused', problems };
      answers[id] = proposal;
      continue;
    }
    const unused = Object.keys(given).filter((id) => at.accepted[id] === undefined);
    for (const id of unused) problems.push(neverAsked(id));
    if (at.state === 'stuck')
      problems.push(problemAt([], undefined, 'cannot be used', stuckText(at.problems)));
    return problems.length > 0 ? { state: 'refused', problems } : at;
  }
}

function neverAsked(id: string): Problem {
  const number = OF_UPLINK.exec(id)?.[1];
  const before = `give ${uplinkId(Number(number), 'port')}, and an answer for each uplink before it`;
  return about(id, undefined, 'is never asked', number === undefined ? 'leave it out' : before);
}

/** Ids have dots, which in the path of a problem would be those of a mapping. */
function about(id: string, value: unknown, message: string, remedy: string): Problem {
  return { ...problemAt([id], value, message, remedy), path: id };
}
