// SPDX-License-Identifier: MIT
/** QEMU's machine protocol (docs/interop/qmp-spec): JSON lines on a unix socket, one command at a time. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MachineError } from './errors.ts';

/** Milliseconds within which the emulator must answer a command. */
const ANSWER = 15_000;

type Reply = { return?: unknown; error?: { desc: string }; event?: string; QMP?: unknown };

export class Qmp {
  readonly #socket: Socket;
  readonly #waiting: { resolve(reply: Reply): void; reject(error: Error): void }[] = [];
  #closed: MachineError | undefined;

  /**
   * Connects to the socket and takes the emulator out of its negotiation mode.
   * @throws MachineError when there is no connection within `patience` milliseconds, or before `signal` aborts
   */
  static async connect(path: string, patience: number, signal: AbortSignal): Promise<Qmp> {
    const socket = await connected(path, patience, signal);
    const qmp = new Qmp(socket);
    await qmp.#reply('greeting');
    await qmp.execute('qmp_capabilities');
    return qmp;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    let partial = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) this.#received(line);
    });
    const end = (error?: Error) => this.#ended(error?.message ?? 'the emulator has ended');
    socket.on('error', end);
    socket.on('close', () => end());
  }

  /**
   * Runs a command and gives what it returns.
   * @throws MachineError with the emulator's reason, or when there is no answer in time
   */
  async execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    if (this.#closed) throw this.#closed;
    const reply = this.#reply(command);
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    const { error, return: value } = await reply;
    if (error) throw new MachineError(`The emulator refused ${command}: ${error.desc}`);
    return value;
  }

  close(): void {
    this.#socket.destroy();
  }

  #reply(command: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const late = () =>
        reject(new MachineError(`The emulator did not answer ${command} within ${ANSWER / 1000} s.`));
      const timer = setTimeout(late, ANSWER);
      const settle = <T>(then: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          then(value);
        };
      };
      this.#waiting.push({ resolve: settle(resolve), reject: settle(reject) });
    });
  }

  #received(line: string): void {
    const reply = JSON.parse(line) as Reply;
    if (reply.event === undefined) this.#waiting.shift()?.resolve(reply);
  }

  #ended(why: string): void {
    this.#closed ??= new MachineError(`No connection to the emulator: ${why}.`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#closed);
  }
}

/** The socket's file is there before the emulator listens, and until it does a connection is refused. */
async function connected(path: string, patience: number, signal: AbortSignal): Promise<Socket> {
  const end = performance.now() + patience;
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      socket.destroy();
      if (!isNotYet(error) || signal.aborted || performance.now() > end)
        throw new MachineError(`No connection to the emulator: ${(error as Error).message}.`, {
          cause: error,
        });
      await sleep(20);
    }
  }
}

function isNotYet(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');
}
