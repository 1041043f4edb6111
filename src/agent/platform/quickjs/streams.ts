// SPDX-License-Identifier: MIT
/** What servers of stream sockets share: taking connections, and sending as the other side takes it. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import { concat } from './descriptors.ts';

const OUT_OF_DESCRIPTORS_PAUSE = 1000;

/** Hands on each connection, with `pause` ms at least after each. Returns what ends it. */
export function acceptFrom(fd: number, pause: number, take: (connection: number) => void): () => void {
  let open = true;
  const rest = (ms: number) => {
    os.setReadHandler(fd, null);
    os.setTimeout(() => {
      if (open) os.setReadHandler(fd, accept);
    }, ms);
  };
  const accept = () => {
    let accepted: number | null;
    try {
      accepted = native.accept(fd);
    } catch {
      // Who calls waits until some are free again.
      rest(OUT_OF_DESCRIPTORS_PAUSE);
      return;
    }
    if (accepted === null) return;
    if (pause > 0) rest(pause);
    take(accepted);
  };
  os.setReadHandler(fd, accept);
  return () => {
    open = false;
    os.setReadHandler(fd, null);
  };
}

/** One accepted connection: sends in order, and closes once. */
export class StreamConnection {
  readonly #fd: number;
  readonly #gone: () => void;
  #open = true;
  #closing = false;
  #queue: Uint8Array = new Uint8Array(0);

  /** `gone`: the other side takes nothing any more; it is closed then. */
  constructor(fd: number, gone: () => void) {
    this.#fd = fd;
    this.#gone = gone;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Bytes that came, empty at the end of the stream or when it is broken; null: none wait. */
  receive(most: number): Uint8Array | null {
    try {
      const got = native.recv(this.#fd, most);
      return got === null ? null : got.data;
    } catch {
      return new Uint8Array(0);
    }
  }

  onReadable(run: () => void): void {
    os.setReadHandler(this.#fd, run);
  }

  send(data: Uint8Array): void {
    this.#queue = concat([this.#queue, data], this.#queue.length + data.length);
    this.#push();
  }

  /** After what is to be sent. */
  finish(): void {
    this.#closing = true;
    this.#push();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    os.setReadHandler(this.#fd, null);
    os.setWriteHandler(this.#fd, null);
    os.close(this.#fd);
  }

  readonly #push = (): void => {
    while (this.#open && this.#queue.length > 0) {
      const sent = this.#trySend();
      if (sent === undefined) {
        this.close();
        this.#gone();
        return;
      }
      if (sent === null) {
        os.setWriteHandler(this.#fd, this.#push);
        return;
      }
      this.#queue = this.#queue.subarray(sent);
    }
    if (!this.#open) return;
    os.setWriteHandler(this.#fd, null);
    if (this.#closing) this.close();
  };

  /** Bytes taken, null when it would block, undefined when the peer is gone. */
  #trySend(): number | null | undefined {
    try {
      return native.send(this.#fd, this.#queue);
    } catch {
      return undefined;
    }
  }
}
