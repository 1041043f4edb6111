// SPDX-License-Identifier: MIT
/** What setup needs: the terminal, frames and datagrams of one device, a lock. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import * as std from 'quickjs-std';
import { ETH_P_ALL } from '../../setup/frames.ts';
import type { DatagramSocket, FrameSocket, SetupPorts, Terminal } from '../../setup/ports.ts';
import { encodeUtf8 } from '../../utf8.ts';
import { EAGAIN, openFile } from './descriptors.ts';

const STDIN = 0;
const AF_INET = 2;
const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const SOL_PACKET = 263;
const PACKET_AUXDATA = 8;
const LONGEST_FRAME = 2048;
const READ = 256;
/** Frames taken from one socket before others get their turn. */
const BURST = 64;

export const setupPorts: SetupPorts = { terminal, lock, frames, datagrams };

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

function frames(index: number, receive: (frame: Uint8Array, vlan: number) => void): FrameSocket {
  const fd = native.socket(AF_PACKET, SOCK_RAW, 0);
  try {
    native.setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, 1);
    native.bind(fd, { interface: index, protocol: ETH_P_ALL });
  } catch (error) {
    os.close(fd);
    throw error;
  }
  listen(fd, LONGEST_FRAME, ({ data, vlan }) => receive(data, vlan));
  return {
    send(frame) {
      try {
        native.send(fd, frame);
      } catch {
        // The cable was pulled: then nothing is heard either.
      }
    },
    close: () => closeSocket(fd),
  };
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
  listen(fd, LONGEST_FRAME, ({ data }) => receive(data));
  return {
    send: (data, address, port) => void native.send(fd, data, { address, port }),
    close: () => closeSocket(fd),
  };
}

function listen(fd: number, most: number, receive: (got: native.Received) => void): void {
  os.setReadHandler(fd, () => {
    for (let count = 0; count < BURST; count++) {
      const got = tryReceive(fd, most);
      if (got === null) return;
      receive(got);
    }
  });
}

/** Errors that the network brought back are no data. */
function tryReceive(fd: number, most: number): native.Received | null {
  try {
    return native.recv(fd, most);
  } catch {
    return null;
  }
}

function closeSocket(fd: number): void {
  os.setReadHandler(fd, null);
  os.close(fd);
}
