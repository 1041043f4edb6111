// SPDX-License-Identifier: MIT
/** All frames of one device (AF_PACKET). */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { FrameSocket } from '../../ports.ts';
import { ETH_P_ALL } from '../../setup/frames.ts';
import { closeSocket, listen } from './receiving.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOL_PACKET = 263;
const PACKET_AUXDATA = 8;
const LONGEST_FRAME = 2048;

export function frames(index: number, receive: (frame: Uint8Array, vlan: number) => void): FrameSocket {
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
