// SPDX-License-Identifier: MIT
/** A console server that gives the bytes of a port over plain TCP. Its speed is set on the server. */
import { connect, type Socket } from 'node:net';
import { ConsoleError } from './errors.ts';
import type { Line, LineEvents } from './line.ts';

/** Milliseconds that a connection may take to come about. */
const CONNECT = 10_000;
/** A server that goes away without a word is noticed by this, in ms. */
const KEEPALIVE = 15_000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** @throws ConsoleError when nobody answers there */
export function connectTo({ host, port }: Address, name: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, keepAlive: true, keepAliveInitialDelay: KEEPALIVE, noDelay: true });
    const fail = (why: string) => {
      socket.destroy();
      reject(new ConsoleError(`Cannot connect to ${name}: ${why}.`));
    };
    const timer = setTimeout(() => fail(`no answer within ${CONNECT / 1000} s`), CONNECT);
    const refused = (error: Error) => {
      clearTimeout(timer);
      fail(error.message);
    };
    socket.once('error', refused);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', refused);
      // Until somebody listens; then the listener is told by 'close'.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

export async function openTcpLine(address: Address, name: string): Promise<Line> {
  return new TcpLine(await connectTo(address, name));
}

class TcpLine implements Line {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  listen({ data, end }: LineEvents): void {
    listenTo(this.#socket, data, end);
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeTo(this.#socket, bytes);
  }

  setSpeed(): Promise<boolean> {
    return Promise.resolve(false);
  }

  sendBreak(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }
}

export function listenTo(
  socket: Socket,
  data: (bytes: Uint8Array) => void,
  end: (error?: Error) => void,
): void {
  let error: Error | undefined;
  socket.on('data', data);
  socket.once('error', (reason) => {
    error = reason;
  });
  const closed = () => end(error ?? new Error('the other side closed the connection'));
  if (socket.closed) closed();
  else socket.once('close', closed);
}

export function writeTo(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
