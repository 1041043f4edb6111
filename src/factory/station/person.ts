// SPDX-License-Identifier: MIT
/** The person at the bench, as far as the station needs hands and eyes. */

export interface Person {
  /** A line about the board at a port. */
  tell(port: string, text: string): void;
  /**
   * The answer, without blanks around it. Asked again while `problem` finds one. @throws NobodyAnswers in time, or ever;
   * StoppedByPerson when the answer is q
   */
  ask(port: string, question: Question): Promise<string>;
}

export interface Question {
  readonly text: string;
  /** What is wrong with an answer, as a sentence; undefined: nothing. */
  readonly problem: (answer: string) => string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

export class NobodyAnswers extends Error {
  override name = 'NobodyAnswers';
}

export class StoppedByPerson extends Error {
  override name = 'StoppedByPerson';
}

/** A question with the answers y and n. */
export async function askYesNo(
  person: Person,
  port: string,
  text: string,
  timeout: number,
): Promise<boolean> {
  const problem = (answer: string) => (/^[yn]$/i.test(answer) ? undefined : 'Type y or n.');
  return /^y$/i.test(await person.ask(port, { text: `${text} [y/n]`, problem, timeout }));
}
