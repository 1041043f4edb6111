// SPDX-License-Identifier: MIT
/** The Unix socket between plaitctl and plaitd: the server's side and the caller's. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { Caller, Connection, Server } from '../../ports.ts';
import { encodeUtf8 } from '../../utf8.ts';
import { CHUNK, concat } from './descriptors.ts';
import { lineSplitter } from './pipes.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const ACCEPT_PAUSE = 1000;
/** Between two tries of a caller whose question nobody takes, in milliseconds. */
const SEND_PAUSE = 20;

export function listen(
  path: string,
  accept: (connection: Connection) => { line(text: string): void; end(): void },
): Server {
  const fd = native.socket(AF_UNIX, SOCK_STREAM, 0);
  os.remove(path);
  const mask = native.umask(0o177);
  try {
    native.bind(fd, { path });
    native.listen(fd, 8);
  } catch (error) {
    os.close(fd);
    throw error;
  } finally {
    native.umask(mask);
  }
  let open = true;
  const take = () => {
    try {
      const accepted = native.accept(fd);
      if (accepted !== null) serve(accepted, accept);
    } catch {
      // Out of descriptors: who calls waits until some are free again.
      os.setReadHandler(fd, null);
      os.setTimeout(() => {
        if (open) os.setReadHandler(fd, take);
      }, ACCEPT_PAUSE);
    }
  };
  os.setReadHandler(fd, take);
  return {
    close() {
      open = false;
      os.setReadHandler(fd, null);
      os.close(fd);
      os.remove(path);
    },
  };
}

function serve(
  fd: number,
  accept: (connection: Connection) => { line(text: string): void; end(): void },
): void {
  let open = true;
  let closing = false;
  let queue: Uint8Array = new Uint8Array(0);
  const close = () => {
    if (!open) return;
    open = false;
    os.setReadHandler(fd, null);
    os.setWriteHandler(fd, null);
    os.close(fd);
  };
  const push = () => {
    while (open && queue.length > 0) {
      const sent = trySend(fd, queue);
      if (sent === undefined) {
        close();
        return;
      }
      if (sent === null) {
        os.setWriteHandler(fd, push);
        return;
      }
      queue = queue.subarray(sent);
    }
    if (!open) return;
    os.setWriteHandler(fd, null);
    if (closing) close();
  };
  const handlers = accept({
    writeLine(line) {
      const data = encodeUtf8(`${line}\n`);
      queue = concat([queue, data], queue.length + data.length);
      push();
    },
    close() {
      closing = true;
      push();
    },
  });
  const split = lineSplitter(handlers.line);
  const end = () => {
    close();
    handlers.end();
  };
  os.setReadHandler(fd, () => {
    let got: native.Received | null = null;
    try {
      got = native.recv(fd, CHUNK);
    } catch {
      end();
      return;
    }
    if (got === null) return;
    if (got.data.length === 0 || !split(got.data)) end();
  });
}

/** Bytes taken, null when it would block, undefined when the peer is gone. */
function trySend(fd: number, data: Uint8Array): number | null | undefined {
  try {
    return native.send(fd, data);
  } catch {
    return undefined;
  }
}

export function call(path: string): Caller {
  const fd = native.socket(AF_UNIX, SOCK_STREAM, 0);
  try {
    native.connect(fd, { path });
  } catch (error) {
    os.close(fd);
    throw error;
  }
  const answers: string[] = [];
  const split = lineSplitter((text) => answers.push(text));
  return {
    ask(line, timeout) {
      let data = encodeUtf8(`${line}\n`);
      const deadline = native.monotonic() + timeout;
      while (data.length > 0) {
        const sent = native.send(fd, data);
        if (sent !== null) data = data.subarray(sent);
        else if (native.monotonic() >= deadline) throw noAnswer(timeout);
        // Readable is only the end, which sending then tells.
        else native.waitReadable(fd, SEND_PAUSE);
      }
      for (;;) {
        const answer = answers.shift();
        if (answer !== undefined) return answer;
        if (!native.waitReadable(fd, Math.max(0, deadline - native.monotonic()))) {
          throw noAnswer(timeout);
        }
        const got = native.recv(fd, CHUNK);
        if (got === null) continue;
        if (got.data.length === 0) throw new Error('plaitd closed the connection without an answer');
        split(got.data);
      }
    },
    close: () => void os.close(fd),
  };
}

function noAnswer(timeout: number): Error {
  return Object.assign(new Error(`plaitd gave no answer within ${timeout / 1000} s`), { code: 'ETIMEDOUT' });
}
