// SPDX-License-Identifier: MIT
/**
 * A POSIX shell on a serial console: log in, run commands and get their output and exit code. Works with echo or
 * without, with any prompt and line editor, and with kernel messages breaking in: command output is found between
 * two markers, each unique and put together only by the shell (so the echo of the command does not hold them). What
 * services of the board print meanwhile stands between the markers too: value() and bytes() leave it out.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { SerialConsole } from './console.ts';
import { ConsoleError, ConsoleTimeout, LoginRefused, OtherProduct } from './errors.ts';

export interface ShellOptions {
  /** What the prompt looks like at the end of the text. Default: a line that ends with `# `, `$ ` or `> `. */
  readonly prompt?: RegExp;
  /** Milliseconds that a command may take when run() is not told otherwise. Default: 30 000. */
  readonly timeout?: number;
}

export interface RunOptions {
  /** Milliseconds the command may take. */
  readonly timeout?: number;
  /** Leave lines that look like kernel messages in the output (for dmesg). Default: false. */
  readonly keepKernelMessages?: boolean;
  readonly signal?: AbortSignal;
}

/** What a command printed (both streams as they came, line ends as `\n`, none at the end) and its exit code. */
export interface Result {
  readonly output: string;
  readonly exitCode: number;
}

/** The prompt of a shell, also the one for further lines, at the end of what was printed. */
export const SHELL_PROMPT = /(?:^|[\r\n])[^\r\n]*[#$>] $/;
/** What getty asks, at the end of what was printed. */
export const LOGIN_PROMPT = /login: ?$/;
/** At the beginning of its line: the message of the day may speak of a password, and text comes in pieces. */
export const PASSWORD_PROMPT = /(?:^|[\r\n])[Pp]assword: ?$/;
const REFUSED = /Login incorrect/;
/** `plaitctl setup` offers itself on a board that was never set up; Enter declines. */
export const SETUP_OFFER = /\[setup\] \[n\]: $/;
/** A question of `plaitctl setup` that somebody has left open; Ctrl-C leaves it, and its answers are kept. */
export const SETUP_PROMPT = /(?:^|[\r\n])\[[a-z][a-z0-9.-]*\](?: \[[^\]\r\n]*\])?: $/;
/** Ctrl-C: ends what runs, and leaves a line that was begun. */
export const LEAVE = '\x03';
/** How long a console may stay silent before Enter is pressed to make it show where it stands, in ms. */
const POKE = 2_000;
/** How long a command may take to end after Ctrl-C, in ms. */
const INTERRUPT = 5_000;
/** How long a shell may take to end, and init to ask for the next login, in ms. */
const LOGOUT = 30_000;
/** After so many ms without an answer the name counts as lost: getty throws away what came before it was ready. */
const NAME_LOST = 15_000;
/** Line editors of small shells cut longer lines (BusyBox: 1024 with the end mark). */
const LONGEST_LINE = 1_000;
/** How often is read what arrived damaged. */
const READS = 3;
/** How long to wait for the echo of a typed line before going on (there may be no echo), in ms. */
const ECHO = 500;

export class Shell {
  readonly console: SerialConsole;
  readonly #prompt: RegExp;
  readonly #timeout: number;

  constructor(console: SerialConsole, options: ShellOptions = {}) {
    this.console = console;
    this.#prompt = options.prompt ?? SHELL_PROMPT;
    this.#timeout = options.timeout ?? 30_000;
  }

  /**
   * Logs in from wherever the console stands: still booting, at the login prompt, logged in already, or at a question of
   * setup.
   * @throws ConsoleTimeout when no login prompt comes in `timeout` ms (default 60 000); LoginRefused; OtherProduct when
   * no shell answers after it
   */
  async login(
    user: string,
    password?: string,
    options: { timeout?: number; signal?: AbortSignal; nameLost?: number } = {},
  ): Promise<void> {
    const clock = deadline(options.timeout ?? 60_000);
    let where = await this.#poke([LOGIN_PROMPT, this.#prompt, SETUP_PROMPT], clock, options.signal);
    if (where === 2) {
      await this.console.send(LEAVE);
      where = await this.#poke([LOGIN_PROMPT, this.#prompt], clock, options.signal);
    }
    if (where === 0) {
      const afterName = [REFUSED, this.#prompt, PASSWORD_PROMPT, SETUP_OFFER];
      let answer = await this.#giveName(user, afterName, clock, options);
      if (answer === 2 && password === undefined) {
        // Letters get lost while getty sets the terminal up, and who is not known is asked for a password: once more.
        await this.console.sendLine();
        await this.#expect([LOGIN_PROMPT], clock, options.signal);
        await this.console.sendLine(user);
        answer = await this.#expect(afterName, clock, options.signal);
      }
      if (answer === 2) {
        if (password === undefined)
          throw new LoginRefused(`${this.console.path} asks for a password of ${user}, none was given.`);
        await this.console.sendLine(password);
        answer = await this.#expect(afterName, clock, options.signal);
      }
      if (answer === afterName.indexOf(SETUP_OFFER)) {
        await this.console.sendLine();
        answer = await this.#expect([REFUSED, this.#prompt], clock, options.signal);
      }
      if (answer === 0)
        throw new LoginRefused(`${this.console.path} refused the login of ${user}: "Login incorrect".`);
    }
    const probe = await this.run(':', {
      timeout: clock.left(),
      ...(options.signal && { signal: options.signal }),
    });
    if (probe.exitCode !== 0)
      throw new OtherProduct(`What answers on ${this.console.path} after the login is no shell.`);
  }

  /** The place of what answers the name in `afterName`. The name is given once more when nothing does. */
  async #giveName(
    user: string,
    afterName: readonly RegExp[],
    clock: Deadline,
    { signal, nameLost = NAME_LOST }: { signal?: AbortSignal; nameLost?: number },
  ): Promise<number> {
    await this.console.sendLine(user);
    try {
      return await this.#expect(afterName, deadline(Math.min(clock.left(), nameLost)), signal);
    } catch (error) {
      if (!(error instanceof ConsoleTimeout) || clock.left() <= 1) throw error;
    }
    await this.console.sendLine();
    const answer = await this.#expect([...afterName, LOGIN_PROMPT], clock, signal);
    if (answer < afterName.length) return answer;
    await this.console.sendLine(user);
    return await this.#expect(afterName, clock, signal);
  }

  /**
   * Ends the shell, so that the next person at the console has to log in.
   * @throws ConsoleTimeout when no login prompt comes after it
   */
  async logout(): Promise<void> {
    const clock = deadline(LOGOUT);
    await this.#poke([this.#prompt], clock, undefined);
    await this.console.sendLine('exit');
    await this.#poke([LOGIN_PROMPT], clock, undefined);
  }

  /** Presses Enter until the shell shows its prompt. */
  async waitForPrompt(options: { timeout?: number; signal?: AbortSignal } = {}): Promise<void> {
    await this.#poke([this.#prompt], deadline(options.timeout ?? this.#timeout), options.signal);
  }

  /**
   * Runs a command line (or several lines) in the shell itself, so `cd` and variables last.
   * @throws ConsoleTimeout after interrupting the command by Ctrl-C, as when the signal aborts; PortGone; RangeError for a
   * line too long to type
   */
  async run(command: string, options: RunOptions = {}): Promise<Result> {
    const id = randomBytes(4).toString('hex');
    const text = `{ printf '\\n%s%s\\n' '@<' '${id}>@'\n${command}\n}; printf '%s%s:%d:\\n' '@<' '/${id}>@' "$?"`;
    const end = new RegExp(`@</${id}>@:(\\d+):\\r*\\n`);
    const clock = deadline(options.timeout ?? this.#timeout);
    try {
      await this.#type(text, clock);
      await this.#expectText(`@<${id}>@`, clock, options);
      const done = await this.console.expect(end, {
        clean: !options.keepKernelMessages,
        timeout: clock.left(),
        ...signalOf(options),
      });
      return { output: tidy(done.before), exitCode: Number(done.groups[0]) };
    } catch (error) {
      const timedOut = error instanceof ConsoleTimeout;
      if (timedOut || options.signal?.aborted) await this.#interrupt();
      if (!timedOut) throw error;
      throw new ConsoleTimeout(`Command ${JSON.stringify(command)} did not end. ${error.message}`);
    }
  }

  /** Ctrl-C; then nothing is typed before the shell asks again, since it throws away what it has read until then. */
  async #interrupt(): Promise<void> {
    await this.console.send(LEAVE);
    await this.waitForPrompt({ timeout: INTERRUPT }).catch(() => {});
  }

  /** Runs a command that must end with exit code 0 and gives its output. */
  async ask(command: string, options: RunOptions = {}): Promise<string> {
    const { output, exitCode } = await this.run(command, options);
    if (exitCode !== 0)
      throw new ConsoleError(
        `Command ${JSON.stringify(command)} ended with exit code ${exitCode}:\n${output}`,
      );
    return output;
  }

  /**
   * As ask(), for what is used and not only shown: the output alone, byte for byte, whatever else is printed on this console
   * meanwhile (a service of the board writes there too). The output for errors is not part of it.
   * @throws ConsoleError when it arrived damaged three times
   */
  async value(command: string, options: RunOptions = {}): Promise<string> {
    await this.ask(`PLAIT_VALUE=$(\n${command}\n)`, options);
    return (await this.bytes(`printf %s "$PLAIT_VALUE"`, options)).toString();
  }

  /**
   * What a command prints, byte for byte, as value() does. The command must print the same when it runs again.
   * @throws ConsoleError when it arrived damaged three times
   */
  async bytes(command: string, options: RunOptions = {}): Promise<Buffer> {
    const id = randomBytes(4).toString('hex');
    const line = new RegExp(`^@${id} ([A-Za-z0-9+/]+=*)$`, 'gm');
    const sum = new RegExp(`^@${id}=([0-9a-f]{64}) `, 'm');
    const marked = [`base64 | sed 's/^/@${id} /'`, `sha256sum | sed 's/^/@${id}=/'`];
    for (let read = 0; read < READS; read++) {
      const output = await this.ask(marked.map((end) => `${command} | ${end}`).join('\n'), options);
      const bytes = Buffer.from([...output.matchAll(line)].map((found) => found[1]).join(''), 'base64');
      if (sum.exec(output)?.[1] === sha256(bytes)) return bytes;
    }
    throw new ConsoleError(
      `The output of ${JSON.stringify(command)} arrived damaged over ${this.console.path}, ${READS} times.`,
    );
  }

  /**
   * Writes a text file the way a person pastes one, by `cat` and a here-document, and compares checksums.
   * @param path absolute path on the other side
   * @throws ConsoleError when the text cannot be typed or arrived damaged
   */
  async writeFile(path: string, text: string, options: RunOptions = {}): Promise<void> {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these cannot be typed
    const control = /[\x00-\x09\x0b-\x1f\x7f]/.exec(text);
    if (control) {
      const line = text.slice(0, control.index).split('\n').length;
      throw new ConsoleError(
        `The text for ${path} has a control character in line ${line}, which cannot be typed on a console.`,
      );
    }
    const body = text.endsWith('\n') || text === '' ? text : `${text}\n`;
    let word = 'EOF';
    while (body.split('\n').includes(word)) word += '_';
    await this.ask(`cat > ${quote(path)} <<'${word}'\n${body}${word}`, options);
    await this.compare(path, Buffer.from(body), options);
  }

  /** @throws ConsoleError when the file on the other side does not hold these bytes */
  async compare(path: string, bytes: Uint8Array, options: RunOptions = {}): Promise<void> {
    const [seen] = (await this.value(`sha256sum < ${quote(path)}`, options)).split(' ');
    const sum = sha256(bytes);
    if (seen !== sum)
      throw new ConsoleError(
        `${path} arrived damaged over ${this.console.path}: SHA-256 ${seen}, should be ${sum}.`,
      );
  }

  /** Types lines one by one, each after the one before was answered, so that slow ports keep up. */
  async #type(text: string, clock: Deadline): Promise<void> {
    const lines = text.split('\n');
    const long = lines.find((line) => Buffer.byteLength(line) > LONGEST_LINE);
    if (long !== undefined) {
      throw new RangeError(
        `A line of ${Buffer.byteLength(long)} bytes cannot be typed, ${LONGEST_LINE} is the most: ${long.slice(0, 60)}…`,
      );
    }
    this.console.discard();
    for (const [index, line] of lines.entries()) {
      await this.console.sendLine(line);
      if (index < lines.length - 1) await this.#echo(clock);
    }
  }

  async #echo(clock: Deadline): Promise<void> {
    try {
      await this.console.expect('\n', { timeout: Math.min(ECHO, clock.left()) });
    } catch (error) {
      if (!(error instanceof ConsoleTimeout)) throw error;
    }
  }

  async #expectText(wanted: string, clock: Deadline, options: RunOptions): Promise<void> {
    await this.console.expect(new RegExp(`${wanted}\\r*\\n`), {
      clean: true,
      timeout: clock.left(),
      ...signalOf(options),
    });
  }

  async #expect(
    patterns: readonly RegExp[],
    clock: Deadline,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const match = await this.console.expect(patterns, {
      clean: true,
      timeout: clock.left(),
      ...(signal && { signal }),
    });
    return match.index;
  }

  /** Like #expect, pressing Enter whenever nothing comes for a while. */
  async #poke(
    patterns: readonly RegExp[],
    clock: Deadline,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    for (;;) {
      const last = clock.left() <= POKE;
      try {
        const timeout = Math.min(POKE, clock.left());
        const match = await this.console.expect(patterns, {
          clean: true,
          timeout,
          ...(signal && { signal }),
        });
        return match.index;
      } catch (error) {
        if (!(error instanceof ConsoleTimeout) || last) throw error;
        await this.console.sendLine();
      }
    }
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Quotes a word for a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

interface Deadline {
  /** Milliseconds that are left, at least 1. */
  left(): number;
}

function deadline(timeout: number): Deadline {
  const end = performance.now() + timeout;
  return { left: () => Math.max(1, end - performance.now()) };
}

function signalOf(options: { readonly signal?: AbortSignal }): { signal?: AbortSignal } {
  return options.signal ? { signal: options.signal } : {};
}

/** Line ends as `\n`, none at the end, as a shell's command substitution gives it. */
function tidy(output: string): string {
  return output.replace(/\r+\n/g, '\n').replace(/\n+$/, '');
}
