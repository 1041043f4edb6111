// SPDX-License-Identifier: MIT
/**
 * The way through the questions. It is found anew from the answers each time, so that an answer may be taken back or
 * changed, and a wizard that was interrupted goes on where it was.
 */
import { checkBoard } from '../board-checks.ts';
import { describe, type Problem } from '../problems.ts';
import { Complaint } from '../units.ts';
import { type Answers, NONE, type SetupFacts, uplinkId } from './answers.ts';
import { readBase } from './base.ts';
import { configText, MOST_UPLINKS } from './document.ts';
import { parsed } from './parsed.ts';
import {
  type Draft,
  hostnameQuestion,
  isBelow,
  lanAddressQuestion,
  lanDhcpQuestion,
  lanPortsQuestion,
  passwordQuestion,
  type Question,
  sshKeyQuestion,
  uplinkAddressQuestion,
  uplinkNameQuestion,
  uplinkPortQuestion,
  uplinkRateQuestion,
} from './questions.ts';

export interface Refused {
  question: Question;
  /** Not shown for secrets. */
  answer: string;
  message: string;
  remedy: string;
}

export type Walk = {
  /** Answered questions in order, and what was accepted. */
  answered: readonly Question[];
  accepted: Answers;
} & (
  | { state: 'asking'; next: Question; refused?: Refused }
  /** All is answered. `unchanged`: it means what was before. */
  | { state: 'done'; text: string; unchanged: boolean }
  /** All is answered, but for a reason that no question answers for it cannot be used. */
  | { state: 'stuck'; problems: readonly Problem[] }
);

export interface WalkOptions {
  /** Also the questions that are seldom needed. They are asked too when there is an answer to them. */
  all?: boolean;
}

export function walk(answers: Answers, facts: SetupFacts, options: WalkOptions = {}): Walk {
  const base = readBase(facts.base);
  const accepted: Record<string, string> = {};
  const answered: Question[] = [];
  const asks = (id: string) => options.all === true || answers[id] !== undefined;
  for (const question of flow({ answers: accepted, facts, base }, asks)) {
    const given = answers[question.id];
    if (given === undefined) return { state: 'asking', answered, accepted, next: question };
    const result = question.accept(given);
    if (result instanceof Complaint) {
      const refused = { question, answer: shown(question, given), ...sentence(result) };
      return { state: 'asking', answered, accepted, next: question, refused };
    }
    accepted[question.id] = result;
    answered.push(question);
  }
  const text = configText(accepted, facts, base);
  const problems = problemsOf(text, facts);
  if (problems.length === 0)
    return { state: 'done', answered, accepted, text, unchanged: text === facts.base };
  return blamed(problems, answered, accepted) ?? { state: 'stuck', answered, accepted, problems };
}

/** Every question in order. `draft.answers` grows while this goes on: later ones depend on it. */
function* flow(draft: Draft, asks: (id: string) => boolean): Generator<Question, void> {
  yield passwordQuestion(draft);
  yield hostnameQuestion(draft);
  yield lanPortsQuestion(draft);
  yield lanAddressQuestion(draft);
  yield lanDhcpQuestion(draft);
  for (let number = 1; number <= MOST_UPLINKS; number++) {
    yield uplinkPortQuestion(draft, number);
    if (draft.answers[uplinkId(number, 'port')] === NONE) break;
    yield uplinkNameQuestion(draft, number);
    yield uplinkAddressQuestion(draft, number);
    if (asks(uplinkId(number, 'rate'))) yield uplinkRateQuestion(draft, number);
  }
  if (asks('ssh-key')) yield sshKeyQuestion(draft);
}

function problemsOf(text: string, facts: SetupFacts): readonly Problem[] {
  const read = parsed(text);
  if (!read.ok) return read.problems;
  return checkBoard(read.config, { ports: facts.ports.map(({ name }) => name) });
}

/** The question that answers for one of the problems is asked again; what only all together lack comes last. */
function blamed(
  problems: readonly Problem[],
  answered: readonly Question[],
  accepted: Answers,
): Walk | undefined {
  const asked = (pathsOf: (question: Question) => readonly string[] | undefined) =>
    problems.flatMap((problem) => {
      const at = answered.findIndex((question) => isBelow(problem.path, pathsOf(question) ?? []));
      return at < 0 ? [] : [{ problem, at }];
    });
  const [first] = [...asked(({ paths }) => paths), ...asked(({ pathsAtEnd }) => pathsAtEnd)];
  const question = first && answered[first.at];
  if (first === undefined || question === undefined) return undefined;
  const { message, remedy } = first.problem;
  const refused = { question, answer: shown(question, accepted[question.id] ?? ''), message, remedy };
  return { state: 'asking', answered: answered.slice(0, first.at), accepted, next: question, refused };
}

function shown({ secret }: Question, answer: string): string {
  return secret ? '(not shown)' : answer;
}

function sentence({ message, remedy }: Complaint): { message: string; remedy: string } {
  return { message, remedy };
}

/** Why the answers cannot be used, for people. */
export function refusalText({ question, answer, message, remedy }: Refused): string {
  return `${question.id} ${JSON.stringify(answer)} ${message}: ${remedy}`;
}

export function stuckText(problems: readonly Problem[]): string {
  return problems.map(describe).join(' ');
}
