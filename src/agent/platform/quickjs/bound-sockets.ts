// SPDX-License-Identifier: MIT
/** UDP and TCP sockets bound to a device and a source address, for probes. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import { PROBE_MARK } from '../../../appliance/model.ts';
import type { DatagramSocket, Stream, StreamEvents } from '../../ports.ts';
import { encodeUtf8 } from '../../utf8.ts';

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const SO_MARK = 36;
const LONGEST = 4096;
/** Datagrams taken from one socket before others get their turn. */
const BURST = 16;

export function datagram(
  device: string,
  source: string,
  receive: (from: string, port: number, data: Uint8Array) => void,
): DatagramSocket {
  const fd = boundSocket(SOCK_DGRAM, device, source);
  let open = true;
  os.setReadHandler(fd, () => {
    for (let count = 0; open && count < BURST; count++) {
      const got = received(fd);
      if (got === null || got === 'broken') return;
      receive(got.address, got.port, got.data);
    }
  });
  return {
    send(to, port, data) {
      try {
        return native.send(fd, data, { address: to, port }) !== null;
      } catch {
        return false;
      }
    },
    close() {
      if (!open) return;
      open = false;
      os.setReadHandler(fd, null);
      os.close(fd);
    },
  };
}

export function connect(
  device: string,
  source: string,
  address: string,
  port: number,
  on: StreamEvents,
): Stream {
  const fd = boundSocket(SOCK_STREAM, device, source);
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    os.setReadHandler(fd, null);
    os.setWriteHandler(fd, null);
    os.close(fd);
  };
  const end = () => {
    if (!open) return;
    close();
    on.end();
  };
  const read = () => {
    const got = received(fd);
    if (got === null) return;
    if (got === 'broken' || got.data.length === 0) end();
    else on.data(got.data);
  };
  try {
    native.connect(fd, { address, port });
  } catch (error) {
    os.close(fd);
    throw error;
  }
  // Writable: the connection stands, or has failed, which reading then says.
  os.setWriteHandler(fd, () => {
    os.setWriteHandler(fd, null);
    if (received(fd) === 'broken') {
      end();
      return;
    }
    os.setReadHandler(fd, read);
    on.open();
  });
  return {
    send(data) {
      try {
        if (open) native.send(fd, data);
      } catch {
        end();
      }
    },
    close,
  };
}

function boundSocket(type: number, device: string, source: string): number {
  const fd = native.socket(AF_INET, type, 0);
  try {
    native.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, encodeUtf8(`${device}\0`));
    native.setsockopt(fd, SOL_SOCKET, SO_MARK, PROBE_MARK);
    native.bind(fd, { address: source, port: 0 });
  } catch (error) {
    os.close(fd);
    throw error;
  }
  return fd;
}

function received(fd: number): native.Received | null | 'broken' {
  try {
    return native.recv(fd, LONGEST);
  } catch {
    return 'broken';
  }
}
