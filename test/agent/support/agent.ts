// SPDX-License-Identifier: MIT
/** A daemon on a board in memory, with time in the test's hand. */
import { Daemon } from '../../../src/agent/daemon.ts';
import { checksum } from '../../../src/agent/icmp.ts';
import type { Ports } from '../../../src/agent/ports.ts';
import type { SetupPorts } from '../../../src/agent/setup/ports.ts';
import { type FakeBoard, fakeBoard } from './board.ts';
import { FakeButton } from './fake-panel.ts';
import { FakeClock } from './fake-ports.ts';

Object.assign(globalThis, { PLAIT_VERSION: '0.0.0', PLAIT_BOARD: 'test' });

export interface FakeAgent {
  board: FakeBoard;
  clock: FakeClock;
  daemon: Daemon;
  ports: Ports;
  /** Addresses that answer no echo request. */
  silent: Set<string>;
  /** Somebody else's, on any port. */
  dhcpServer: { answers: boolean };
  /** Writes to the raw disk, by offset. */
  disk: Map<number, Uint8Array>;
  /** Its kernel tells of it once BUTTON_DEVICES is in `files`. */
  button: FakeButton;
  /** Another daemon on the same board, as after a crash (`/run` stays) or a power cut (`/run` is gone). */
  restart(what: 'crash' | 'power cut', ports?: readonly string[]): FakeAgent;
}

export function fakeAgent(
  files: Record<string, string> = {},
  board = fakeBoard(),
  clock = new FakeClock(),
): FakeAgent {
  for (const [path, text] of Object.entries(files)) board.files.content.set(path, text);
  const silent = new Set<string>();
  const dhcpServer = { answers: true };
  const disk = new Map<number, Uint8Array>();
  const button = new FakeButton(clock);
  const ports: Ports = {
    files: board.files,
    disks: {
      readAt: (_path, offset, length) => (disk.get(offset) ?? new Uint8Array(length)).slice(0, length),
      writeAt: (_path, offset, data) => void disk.set(offset, data),
      size: () => 0,
      resizePartition: () => undefined,
    },
    clock,
    processes: board.processes,
    sockets: {
      netlink: unexpected,
      listen: unexpected,
      call: unexpected,
      datagram: unexpected,
      connect: unexpected,
      listenTcp: unexpected,
      frames: (_index, receive) => ({
        send: (frame) => void (dhcpServer.answers && clock.after(2, () => receive(offerFor(frame), 0))),
        close: () => undefined,
      }),
      icmp: (_device, _source, receive) => ({
        send: (to, message) => {
          if (!silent.has(to)) clock.after(2, () => receive(to, replyTo(message)));
          return true;
        },
        close: () => undefined,
      }),
    },
    watchdog: () => undefined,
    key: (path, code, on) => button.open(path, code, on),
    log: board.log,
  };
  const daemon = new Daemon(ports, board.kernel);
  return {
    board,
    clock,
    daemon,
    ports,
    silent,
    dhcpServer,
    disk,
    button,
    restart(what, portNames) {
      clock.dropTimers();
      if (what === 'crash') return fakeAgent({}, board, clock);
      const kept = [...board.files.content].filter(([path]) => !path.startsWith('/run/'));
      const fresh = fakeBoard(portNames);
      fresh.files.content.clear();
      for (const [path, text] of [...fakeBoard().files.content, ...kept]) {
        if (!path.startsWith('/proc/') || !fresh.files.content.has(path)) fresh.files.content.set(path, text);
      }
      return fakeAgent({}, fresh, new FakeClock());
    },
  };
}

/** Of commands that have nothing to do with it. */
export const noSetup: SetupPorts = {
  terminal: unexpected,
  lock: unexpected,
  datagrams: unexpected,
};

function unexpected(): never {
  throw new Error('not used in this test');
}

/** What a server makes of a discovery: an untagged Ethernet frame with headers of IP and UDP. */
function offerFor(discovery: Uint8Array): Uint8Array {
  const frame = Uint8Array.from(discovery);
  const body = 14 + 20 + 8;
  frame.set([0, 67, 0, 68], body - 8);
  frame[body] = 2;
  frame[body + 236 + 4 + 2] = 2;
  return frame;
}

function replyTo(request: Uint8Array): Uint8Array {
  const packet = new Uint8Array(20 + request.length);
  packet[0] = 0x45;
  packet[9] = 1;
  packet.set(request, 20);
  const icmp = packet.subarray(20);
  icmp.set([0, 0, 0, 0], 0);
  const sum = checksum(icmp);
  icmp.set([sum >> 8, sum & 0xff], 2);
  return packet;
}
