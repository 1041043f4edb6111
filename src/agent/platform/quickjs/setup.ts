// SPDX-License-Identifier: MIT
/** What setup needs: the terminal, datagrams by one device, a lock. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import * as std from 'quickjs-std';
import type { DatagramSocket, SetupPorts, Terminal } from '../../setup/ports.ts';
import { encodeUtf8 } from '../../utf8.ts';
import { EAGAIN, openFile } from './descriptors.ts';
import { closeSocket, listen } from './receiving.ts';

const STDIN = 0;
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const LONGEST = 2048;
const READ = 256;

export const setupPorts: SetupPorts = { terminal, lock, datagrams };

function terminal(): Terminal | undefined {
  const before = native.rawTerminal(STDIN);
  if (before === null) return undefined;
  const buffer = new ArrayBuffer(READ);
  return {
    listen(take, ended) {
      os.setReadHandler(STDIN, () => {
        const got = os.read(STDIN, buffer, 0, READ);
        if (got > 0) {
          take(new Uint8Array(buffer.slice(0, got)));
        } else if (got !== EAGAIN) {
          os.setReadHandler(STDIN, null);
          ended();
        }
      });
    },
    write(text) {
      std.out.puts(text);
      std.out.flush();
    },
    close() {
      os.setReadHandler(STDIN, null);
      try {
        native.restoreTerminal(STDIN, before);
      } catch {
        // It is gone, and its settings with it.
      }
    },
  };
}

function lock(path: string): boolean {
  return native.lock(openFile(path, os.O_RDWR | os.O_CREAT, 0o600));
}

function datagrams(device: string, source: string, receive: (data: Uint8Array) => void): DatagramSocket {
  const fd = native.socket(AF_INET, SOCK_DGRAM, 0);
  try {
    native.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, encodeUtf8(`${device}\0`));
    native.bind(fd, { address: source, port: 0 });
  } catch (error) {
    os.close(fd);
    throw error;
  }
  listen(fd, LONGEST, ({ data }) => receive(data));
  return {
    send: (data, address, port) => void native.send(fd, data, { address, port }),
    close: () => closeSocket(fd),
  };
}
