// SPDX-License-Identifier: MIT
/** A person at a serial console: keys go to the board, Ctrl-] gives them to this program. The terminal is given back whatever happens. */
import type { ReadStream } from 'node:tty';
import type { SerialConsole } from '../serial/console.ts';
import { findSpeed } from '../serial/find-speed.ts';
import { whenRubbish } from '../serial/reach-board.ts';
import { EscapeKeys } from './escape-keys.ts';

/** Milliseconds for the first search: two rounds. */
const SEARCH = 4_000;

export interface InteractiveOptions {
  /** Look for the speed, at once and whenever rubbish comes. */
  readonly find: boolean;
  readonly signal: AbortSignal;
  say(text: string): void;
  /** Whether what comes is shown. */
  show(on: boolean): void;
}

/** Returns when the person leaves or the signal comes, with the console closed. @throws PortGone */
export async function interactive(
  console: SerialConsole,
  keys: ReadStream,
  { find, signal, say, show }: InteractiveOptions,
): Promise<void> {
  const keyboard = new EscapeKeys();
  let searching = false;
  let leave = () => {};
  const left = new Promise<undefined>((resolve) => {
    leave = () => resolve(undefined);
  });
  const stop = AbortSignal.any([signal, aborted(left)]);

  const search = async (silently: boolean) => {
    if (searching) return;
    searching = true;
    show(false);
    try {
      const found = await findSpeed(console, { timeout: SEARCH, signal: stop, silently });
      say(SAYS[found.state](found.state === 'found' ? found.speed : 0));
    } catch {
      // Left, or the port is gone: both are told elsewhere.
    } finally {
      searching = false;
      show(true);
      console.discard();
    }
  };
  const commands: Readonly<Record<string, () => void>> = {
    q: leave,
    '.': leave,
    b: () => void console.sendBreak().then((sent) => say(sent ? 'BREAK' : 'this line has no BREAK'), leave),
    s: () => void search(false),
  };
  const pressed = (bytes: Buffer) => {
    for (const action of keyboard.feed(bytes)) {
      // A key pressed while the port goes away is lost with it.
      if (action.kind === 'send') console.send(action.bytes).catch(leave);
      else (commands[action.key] ?? (() => say(HELP)))();
    }
  };
  let rubbish = whenRubbish(console);
  const watch = setInterval(() => {
    if (!rubbish.signal.aborted) return;
    rubbish.stop();
    if (find) void search(true);
    else say('This looks like another speed: Ctrl-] s finds it.');
    rubbish = whenRubbish(console);
  }, 500);

  keys.setRawMode(true);
  keys.on('data', pressed);
  signal.addEventListener('abort', leave, { once: true });
  try {
    say(HELP);
    if (find) void search(false);
    const gone = await Promise.race([left, console.gone]);
    if (gone) throw gone;
  } finally {
    clearInterval(watch);
    rubbish.stop();
    keys.removeListener('data', pressed);
    keys.setRawMode(false);
    keys.pause();
    await console.close();
    say('console closed.');
  }
}

const HELP = 'Ctrl-] and then: q leaves, b sends a BREAK, s looks for the speed, Ctrl-] sends itself.';

const SAYS = {
  found: (speed: number) => `speed ${speed}`,
  fixed: () => 'the speed is set on the console server',
  silent: () => 'nothing to read at any speed yet: is the board on? Ctrl-] s looks again.',
  rubbish: () => 'nothing that comes can be read: is it the right port? Ctrl-] s looks again.',
} as const;

function aborted(when: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void when.then(() => controller.abort());
  return controller.signal;
}
