// SPDX-License-Identifier: MIT
/**
 * What `plaitctl factory <phase> --json` says. It goes through a file on the board and is compared by SHA-256, so that
 * no bit that flips on the serial line becomes a measurement.
 */
import { randomBytes } from 'node:crypto';
import type { BoardAnswer } from '../../agent/factory/answer.ts';
import { ConsoleError } from '../../serial/errors.ts';
import { quote, type Shell } from '../../serial/shell.ts';
import { readFile } from '../../serial/transfer.ts';
import type { BoardSeen } from './run-states.ts';

/** The board's answer is not what this station understands. */
export class AnswerError extends Error {
  override name = 'AnswerError';
}

/** The board did what it was asked, and says that it cannot: the message is the board's. */
export class BoardFailure extends Error {
  override name = 'BoardFailure';
}

export interface AskOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

type Parameters = Readonly<Record<string, string | number>>;

/** @throws AnswerError, BoardFailure, ConsoleTimeout, PortGone */
export async function askBoard(
  shell: Shell,
  phase: string,
  parameters: Parameters,
  options: AskOptions,
): Promise<BoardAnswer> {
  const file = `/tmp/plait-factory-${randomBytes(6).toString('hex')}`;
  const words = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const command = ['plaitctl', 'factory', phase, ...words, '--json'].map(quote).join(' ');
  const { output, exitCode } = await shell.run(`${command} >${file}`, options);
  try {
    const text = (await readFile(shell, file, options.signal)).toString();
    return answerIn(text, phase);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    throw new AnswerError(`${error.message} (exit code ${exitCode}${output === '' ? '' : `: ${output}`})`);
  } finally {
    // A board that starts anew meanwhile takes what is typed for keys of its firmware.
    if (!options.signal?.aborted)
      await shell.run(`rm -f ${file}`).catch((error) => {
        if (!(error instanceof ConsoleError)) throw error;
      });
  }
}

export function seenIn({ boot, macs, version }: BoardAnswer): BoardSeen {
  return { boot, macs, version };
}

function answerIn(text: string, phase: string): BoardAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AnswerError(`plaitctl factory ${phase} printed no JSON: ${JSON.stringify(text.slice(0, 60))}`);
  }
  const answer = value as Partial<BoardAnswer> & { error?: { message?: unknown } };
  if (typeof answer?.error?.message === 'string') throw new BoardFailure(answer.error.message);
  if (answer?.phase !== phase)
    throw new AnswerError(`plaitctl factory ${phase} answered for ${answer?.phase}`);
  if (typeof answer.boot !== 'string' || answer.boot === '')
    throw new AnswerError('the answer names no boot');
  if (typeof answer.version !== 'string') throw new AnswerError('the answer names no version');
  if (!isTexts(answer.macs)) throw new AnswerError('the answer names no MAC addresses');
  if (!isMeasurements(answer.measurements)) throw new AnswerError('the answer has no measurements');
  return answer as BoardAnswer;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isMeasurements(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (one) => ['string', 'boolean'].includes(typeof one) || (typeof one === 'number' && Number.isFinite(one)),
  );
}
