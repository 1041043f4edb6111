// SPDX-License-Identifier: MIT
/** From a port to a shell of a board: the speed, also when it changes while the board starts, and the login. */
import type { SerialConsole } from './console.ts';
import { ConsoleError, ConsoleTimeout, NoAnswer, OtherProduct } from './errors.ts';
import { findSpeed } from './find-speed.ts';
import { legibility } from './legible.ts';
import { Shell } from './shell.ts';

/** Milliseconds between looks at whether what comes can still be read. */
const LOOK = 500;
/** Milliseconds that a command may take on a slow board that applies a configuration. */
const COMMAND = 60_000;

export interface ReachOptions {
  readonly user: string;
  readonly password?: string;
  /** Absent: it is found. */
  readonly speed?: number;
  /** Milliseconds; a board that was just switched on is not up before half a minute. */
  readonly timeout: number;
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface Reached {
  readonly shell: Shell;
  /** `Plait 0.1.0 on alix`. */
  readonly release: string;
  /** The name of the board, and the version that runs. */
  readonly board: string;
  readonly version: string;
}

/** @throws NoAnswer, LoginRefused, OtherProduct, PortGone */
export async function reachBoard(console: SerialConsole, options: ReachOptions): Promise<Reached> {
  const shell = new Shell(console, { timeout: COMMAND });
  await logIn(shell, options);
  try {
    return { shell, ...(await releaseOf(shell, options.signal)) };
  } catch (error) {
    await shell.logout().catch(() => {});
    throw error;
  }
}

async function releaseOf(shell: Shell, aborted: AbortSignal | undefined): Promise<Omit<Reached, 'shell'>> {
  const { console } = shell;
  const signal = aborted && { signal: aborted };
  const { exitCode } = await shell.run('cat /etc/plait-release && command -v plaitctl', signal);
  if (exitCode === 0) return releaseIn((await shell.bytes('cat /etc/plait-release', signal)).toString());
  const kind = (await shell.run('uname -a', signal)).output;
  throw new OtherProduct(
    `A shell answers on ${console.path}, of no board with Plait. It is: ${kind || 'unknown'}.`,
  );
}

async function logIn(shell: Shell, options: ReachOptions): Promise<void> {
  const { console } = shell;
  const { user, password, say, signal } = options;
  const end = performance.now() + options.timeout;
  const left = () => Math.max(1, end - performance.now());
  let waiting = false;
  for (;;) {
    const found =
      options.speed === undefined
        ? await findSpeed(console, { timeout: 1, ...(signal && { signal }) })
        : undefined;
    if (found?.state === 'silent' || found?.state === 'rubbish') {
      if (left() <= 1) throw nobody(console, found.state);
      if (!waiting) say(`Nothing to read on ${console.path} yet: is the board on? Waiting.`);
      waiting = true;
      continue;
    }
    if (found?.state === 'found') say(`${console.path} speaks at ${found.speed} bits per second.`);
    const rubbish = whenRubbish(console);
    const signals = [rubbish.signal, ...(signal ? [signal] : [])];
    try {
      say('Logging in ...');
      await shell.login(user, password, { timeout: left(), signal: AbortSignal.any(signals) });
      return;
    } catch (error) {
      if (error instanceof ConsoleTimeout)
        throw new NoAnswer(`No login on ${console.path} in time. ${error.message}`);
      if (!(error instanceof ConsoleError) || !rubbish.signal.aborted || signal?.aborted || left() <= 1)
        throw error;
      if (options.speed !== undefined)
        throw new NoAnswer(
          `What comes on ${console.path} cannot be read at ${options.speed} bits per second.`,
        );
      say('The board has changed its speed.');
    } finally {
      rubbish.stop();
    }
  }
}

/** Aborts when what comes cannot be read: the kernel speaks at another speed than the BIOS. */
export function whenRubbish(console: SerialConsole): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const timer = setInterval(() => {
    if (legibility(console.unread) === 'rubbish') controller.abort();
  }, LOOK);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}

function nobody(console: SerialConsole, state: 'silent' | 'rubbish'): NoAnswer {
  return new NoAnswer(
    state === 'silent'
      ? `Nothing answers on ${console.path} at any speed: is the board on, and the cable a null-modem cable?`
      : `What comes on ${console.path} can be read at no speed: is it the port of the board, and the cable whole?`,
  );
}

/** What /etc/plait-release says. */
function releaseIn(text: string): Omit<Reached, 'shell'> {
  const value = (key: string) => new RegExp(`^${key}=(.*?)\\r?$`, 'm').exec(text)?.[1] ?? 'unknown';
  const [board, version] = [value('board'), value('version')];
  return { release: `Plait ${version} on ${board}`, board, version };
}
