// SPDX-License-Identifier: MIT
/** The Unix socket between plaitctl and plaitd: the server's side and the caller's. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { Caller, Connection, Server } from '../../ports.ts';
import { encodeUtf8 } from '../../utf8.ts';
import { CHUNK } from './descriptors.ts';
import { lineSplitter } from './pipes.ts';
import { acceptFrom, StreamConnection } from './streams.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
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
  const stop = acceptFrom(fd, 0, (accepted) => serve(accepted, accept));
  return {
    close() {
      stop();
      os.close(fd);
      os.remove(path);
    },
  };
}

function serve(
  fd: number,
  accept: (connection: Connection) => { line(text: string): void; end(): void },
): void {
  const stream = new StreamConnection(fd, () => undefined);
  const handlers = accept({
    writeLine: (line) => stream.send(encodeUtf8(`${line}\n`)),
    close: () => stream.finish(),
  });
  const split = lineSplitter(handlers.line);
  stream.onReadable(() => {
    const data = stream.receive(CHUNK);
    if (data === null || (data.length > 0 && split(data))) return;
    stream.close();
    handlers.end();
  });
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
