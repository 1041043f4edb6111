// SPDX-License-Identifier: MIT
/** Answers so far, on the data partition: a power cut loses at most the one that is being typed. */
import type { Answers } from '../../appliance/setup/answers.ts';
import { SETUP_ANSWERS } from '../paths.ts';
import type { Files } from '../ports.ts';

const FORMAT = 1;
const MOST = 200;
const FOLDER = SETUP_ANSWERS.slice(0, SETUP_ANSWERS.lastIndexOf('/'));

/** None when there is nothing that can be read. */
export function keptAnswers(files: Files): Record<string, string> {
  try {
    const { format, answers } = JSON.parse(files.read(SETUP_ANSWERS) ?? '{}');
    if (format !== FORMAT || typeof answers !== 'object' || answers === null) return {};
    const texts = Object.entries(answers).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return Object.fromEntries(texts.slice(0, MOST));
  } catch {
    return {};
  }
}

/** Returns when the medium has them. A password is a hash by then, and still for root's eyes only. */
export function keepAnswers(files: Files, answers: Answers): void {
  files.makeFolder(FOLDER, 0o700);
  files.write(SETUP_ANSWERS, keptAnswersText(answers), { mode: 0o600, durable: true });
}

/** Also put onto a card before its first start. */
export function keptAnswersText(answers: Answers): string {
  return `${JSON.stringify({ format: FORMAT, answers })}\n`;
}

export function forgetAnswers(files: Files): void {
  files.remove(SETUP_ANSWERS, true);
}
