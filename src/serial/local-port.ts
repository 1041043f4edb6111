// SPDX-License-Identifier: MIT
/** A serial port of this machine, or a pseudo-terminal. */
import { realpathSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SerialPort } from 'serialport';
import { ConsoleError } from './errors.ts';
import { BREAK, type Line, type LineEvents } from './line.ts';

/** Milliseconds between looks at whether the port is still there. */
const WATCH = 1_000;

/** @throws ConsoleError when there is no such port, or it may not be opened. */
export async function openLocalPort(path: string, baud: number): Promise<Line> {
  // An exclusive pseudo-terminal would stay exclusive for as long as its other side lives.
  const lock = !realPath(path).startsWith('/dev/pts/');
  const port = new SerialPort({ path, baudRate: baud, lock, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => {
      if (error) reject(new ConsoleError(`Cannot open serial port ${path}: ${reason(error, path)}.`));
      else resolve();
    });
  });
  return new LocalPort(path, port);
}

class LocalPort implements Line {
  readonly #path: string;
  readonly #port: SerialPort;
  #watch: NodeJS.Timeout | undefined;

  constructor(path: string, port: SerialPort) {
    this.#path = path;
    this.#port = port;
  }

  listen(events: LineEvents): void {
    const end = (error?: Error | null) => {
      clearInterval(this.#watch);
      events.end(error ?? undefined);
    };
    this.#port.on('data', (bytes: Buffer) => events.data(bytes));
    this.#port.once('close', end);
    this.#port.once('error', end);
    // Errors after the first say nothing new, and one without a listener would end the process.
    this.#port.on('error', () => {});
    // A port that is hung up while it is being read gives no error: serialport reads 0 bytes again and again.
    const device = deviceNumber(this.#path);
    this.#watch = setInterval(() => {
      if (deviceNumber(this.#path) !== device) end(new Error('the device is no longer there'));
    }, WATCH).unref();
  }

  write(bytes: Uint8Array): Promise<void> {
    return called((done) => this.#port.write(Buffer.from(bytes), done));
  }

  async setSpeed(baudRate: number): Promise<boolean> {
    await called((done) => this.#port.update({ baudRate }, done));
    return true;
  }

  async sendBreak(): Promise<boolean> {
    await called((done) => this.#port.set({ brk: true }, done));
    await sleep(BREAK);
    await called((done) => this.#port.set({ brk: false }, done));
    return true;
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    if (this.#port.isOpen) await new Promise<void>((resolve) => this.#port.close(() => resolve()));
  }
}

function called(act: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
}

function reason(error: Error, path: string): string {
  const text = error.message.replace(/^Error:? */, '');
  if (/permission denied/i.test(text)) return `${text}: you may not use it; its group (ls -l ${path}) may`;
  if (/lock|temporarily unavailable|busy/i.test(text)) return `${text}: another program has it open`;
  return text;
}

/** The device a path leads to; undefined when there is none. */
function deviceNumber(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.rdev;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
