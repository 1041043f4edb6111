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
    return resultIn(text) ?? failed(text, output, exitCode);
  } finally {
    await shell.run(`rm -rf ${quote(folder)}`).catch(() => {});
  }
}

/** The board says in JSON why it failed; when even that is not there, what was printed beside it is all that is known. */
function failed(text: string, output: string, exitCode: number): never {
  const { error } = (parse(text) ?? {}) as { error?: { message?: unknown } };
  const reason = typeof error?.message === 'string' ? error.message : `no result; it printed: ${output}`;
  throw new ConsoleError(`plaitctl setup on the board ended with exit code ${exitCode}: ${reason}`);
}

function resultIn(text: string): SetupResult | undefined {
  const result = parse(text);
  return result !== undefined && 'ok' in result && typeof result.ok === 'boolean'
    ? (result as SetupResult)
    : undefined;
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
