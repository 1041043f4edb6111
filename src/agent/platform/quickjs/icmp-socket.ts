// SPDX-License-Identifier: MIT
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import { PROBE_MARK } from '../../../appliance/model.ts';
import { CODEL_HANDLE } from '../../apply/marks.ts';
import type { IcmpSocket } from '../../ports.ts';
import { encodeUtf8 } from '../../utf8.ts';

const AF_INET = 2;
const SOCK_RAW = 3;
const IPPROTO_ICMP = 1;
const IPPROTO_IP = 0;
const IP_TOS = 1;
/**
 * ECT(0): where a queue is long, CoDel marks such packets instead of dropping them, which it else does with three probes in a
 * row on a slow line under load. A probe is no load that had to yield.
 */
const ECN_CAPABLE = 2;
const SOL_SOCKET = 1;
const SO_PRIORITY = 12;
const SO_BINDTODEVICE = 25;
const SO_MARK = 36;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const ICMP_ECHO_REPLY_ONLY = 0xfffffffe | 0;
/**
 * Flows of the shaper's fq_codel that probes take in turn. A flow that was empty goes before those that have a backlog, but
 * only when the round over all of these is over since its last packet: at 1 Mbit/s that takes 12 ms for each of them,
 * so that on a busy line a probe in the flow of the one before had to wait for a round, and was late.
 */
const PROBE_FLOWS = 64;
/** Packets taken from one socket before others get their turn. */
const BURST = 16;

export function icmp(
  device: string,
  source: string,
  receive: (from: string, packet: Uint8Array) => void,
): IcmpSocket {
  const fd = native.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  try {
    native.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, encodeUtf8(`${device}\0`));
    native.setsockopt(fd, SOL_SOCKET, SO_MARK, PROBE_MARK);
    native.setsockopt(fd, SOL_RAW, ICMP_FILTER, ICMP_ECHO_REPLY_ONLY);
    native.setsockopt(fd, IPPROTO_IP, IP_TOS, ECN_CAPABLE);
    native.bind(fd, { address: source });
  } catch (error) {
    os.close(fd);
    throw error;
  }
  os.setReadHandler(fd, () => {
    for (let count = 0; count < BURST; count++) {
      const got = tryReceive(fd);
      if (got === null) return;
      receive(got.address, got.data);
    }
  });
  let probes = 0;
  return {
    send(to, message) {
      try {
        // Flows are counted from 1. Queueing disciplines with other handles do not look at it.
        native.setsockopt(fd, SOL_SOCKET, SO_PRIORITY, CODEL_HANDLE + 1 + (probes++ % PROBE_FLOWS));
        return native.send(fd, message, { address: to }) !== null;
      } catch {
        // No route, no carrier, no neighbour: the silence that follows says so.
        return false;
      }
    },
    close() {
      os.setReadHandler(fd, null);
      os.close(fd);
    },
  };
}

/** A raw socket also reports errors that ICMP brought back; they are no packets. */
function tryReceive(fd: number): native.Received | null {
  try {
    return native.recv(fd, 2048);
  } catch {
    return null;
  }
}
