// SPDX-License-Identifier: MIT
/** A TCP server on one device. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { Server, TcpConnection, TcpEvents } from '../../ports.ts';
import { encodeUtf8 } from '../../utf8.ts';
import { acceptFrom, StreamConnection } from './streams.ts';

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BINDTODEVICE = 25;
const BACKLOG = 8;
/** Whoever floods the port with connections keeps the agent from nothing else. */
const ACCEPT_PAUSE = 20;
/** Taken at once; then others get their turn. */
const CHUNK = 64 * 1024;

export function listenTcp(
  device: string,
  address: string,
  port: number,
  accept: (connection: TcpConnection) => TcpEvents,
): Server {
  const fd = native.socket(AF_INET, SOCK_STREAM, 0);
  try {
    native.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    // Before it listens: not one connection from elsewhere.
    native.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, encodeUtf8(`${device}\0`));
    native.bind(fd, { address, port });
    native.listen(fd, BACKLOG);
  } catch (error) {
    os.close(fd);
    throw error;
  }
  const stop = acceptFrom(fd, ACCEPT_PAUSE, (accepted) => serve(accepted, accept));
  return {
    close() {
      stop();
      os.close(fd);
    },
  };
}

function serve(fd: number, accept: (connection: TcpConnection) => TcpEvents): void {
  const stream = new StreamConnection(fd, () => events.end());
  const events = accept({
    peer: native.peerAddress(fd),
    send: (data) => stream.send(data),
    close: () => stream.close(),
  });
  if (!stream.open) return;
  stream.onReadable(() => {
    const data = stream.receive(CHUNK);
    if (data === null) return;
    if (data.length > 0) {
      events.data(data);
      return;
    }
    stream.close();
    events.end();
  });
}
