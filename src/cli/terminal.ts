// SPDX-License-Identifier: MIT
/** A serial console on this process's own terminal, or fed from a pipe. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadStream } from 'node:tty';
import type { SerialConsole } from '../serial/console.ts';
import { PortGone } from '../serial/errors.ts';
import { LOGIN_PROMPT, PASSWORD_PROMPT, SETUP_OFFER, SETUP_PROMPT, SHELL_PROMPT } from '../serial/shell.ts';

/** Ctrl-], as in telnet. */
const ESCAPE = 0x1d;
/** Milliseconds that the other side may take to show a prompt. */
const PROMPT_TIMEOUT = 180_000;
/** Milliseconds between the end of a console and that of the machine behind it. */
const GONE = 5_000;

/**
 * Hands every key to the console until the escape key is pressed or `ended` resolves. What comes from the console
 * is shown by whoever opened it.
 */
export async function passThrough(
  console: SerialConsole,
  keys: ReadStream,
  ended: Promise<void>,
  say: (text: string) => void,
): Promise<void> {
  say('Ctrl-] switches it off.');
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const pressed = (bytes: Buffer) => {
    const at = bytes.indexOf(ESCAPE);
    // A key pressed while the port goes away is lost with it.
    console.send((at < 0 ? bytes : bytes.subarray(0, at)).toString()).catch(leave);
    if (at >= 0) leave();
  };
  keys.setRawMode(true);
  keys.on('data', pressed);
  try {
    await Promise.race([left, ended, console.gone]);
  } finally {
    keys.removeListener('data', pressed);
    keys.setRawMode(false);
    keys.pause();
    say('off.');
  }
}

/** What wants a line. The offer of setup is looked for first: it reads like one of setup's questions. */
const PROMPTS = [SETUP_OFFER, LOGIN_PROMPT, PASSWORD_PROMPT, SHELL_PROMPT, SETUP_PROMPT];

/**
 * Types the lines of `input`, each when a prompt is shown, and returns at the prompt after the last one, or when
 * `ended` resolves. A board that was never set up offers setup after the login: that is declined, since lines do not know of it.
 * @throws ConsoleTimeout when no prompt comes in time
 */
export async function converse(
  console: SerialConsole,
  input: Readable,
  ended: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let over = false;
  const end = ended.then(() => {
    over = true;
  });
  const shown = async (): Promise<void> => {
    const { index } = await console.expect(PROMPTS, { clean: true, timeout: PROMPT_TIMEOUT, signal });
    if (PROMPTS[index] !== SETUP_OFFER) return;
    await console.sendLine();
    await shown();
  };
  const prompt = () => Promise.race([shown(), end]);
  try {
    await prompt();
    for await (const line of createInterface({ input })) {
      if (over) return;
      await console.sendLine(line);
      await prompt();
    }
  } catch (error) {
    // A machine that is switched off takes its console with it, and that is no failure.
    await Promise.race([end, sleep(GONE, undefined, { ref: false })]);
    if (!over || !(error instanceof PortGone)) throw error;
  }
}
