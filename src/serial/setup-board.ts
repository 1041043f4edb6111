// SPDX-License-Identifier: MIT
/** Sets a board up from its shell: `plaitctl setup` gets the file of answers, and says what came of it. */
import type { SetupResult } from '../agent/setup/answers-front.ts';
import { ConsoleError } from './errors.ts';
import { quote, type Shell } from './shell.ts';
import { readFile, sendFile, type TransferOptions } from './transfer.ts';

/** In memory on the board, for its owner alone, and gone afterwards: a password may be in it. */
const FOLDER = 'mktemp -d /tmp/plait-setup-XXXXXX';
/** Milliseconds: hashing, applying, and looking at uplinks that wait for a lease. */
const SETUP = 180_000;

export interface SetupOptions extends TransferOptions {
  /** Keep it although an uplink does not pass. */
  readonly keep: boolean;
  readonly say: (text: string) => void;
}

/** @throws ConsoleError when setup did not come to a result */
export async function setUpBoard(
  shell: Shell,
  answers: Uint8Array,
  { keep, say, ...transfer }: SetupOptions,
): Promise<SetupResult> {
  const signal = transfer.signal && { signal: transfer.signal };
  const folder = await shell.value(FOLDER, signal);
  const [file, result] = [`${folder}/answers.yaml`, `${folder}/result.json`];
  try {
    say('Sending the answers ...');
    await sendFile(shell, file, answers, transfer);
    say('The board applies them and looks at its uplinks ...');
    const words = ['plaitctl', 'setup', '--json', ...(keep ? ['--keep'] : []), '--answers', file];
    const command = `${words.map(quote).join(' ')} >${result}`;
    const { output, exitCode } = await shell.run(command, { timeout: SETUP, ...signal });
    const text = (await readFile(shell, result, transfer.signal)).toString();
    return resultIn(text) ?? failed(output, exitCode);
  } finally {
    await shell.run(`rm -rf ${quote(folder)}`).catch(() => {});
  }
}

function failed(output: string, exitCode: number): never {
  throw new ConsoleError(`plaitctl setup ended with exit code ${exitCode} and no result: ${output}`);
}

function resultIn(text: string): SetupResult | undefined {
  try {
    const result: unknown = JSON.parse(text);
    const whole = typeof result === 'object' && result !== null && 'ok' in result;
    return whole && typeof result.ok === 'boolean' ? (result as SetupResult) : undefined;
  } catch {
    return undefined;
  }
}
