// SPDX-License-Identifier: MIT
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import type { NetlinkSocket } from '../../ports.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_NETFILTER = 12;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
/** A firewall is one message, and with all limits of plait.yaml used up larger than the kernel's usual 208 KiB. */
const WHOLE_FIREWALL = 4 * 1024 * 1024;
const DATAGRAM = 64 * 1024;

export function netlink(protocol: number, groups: number): NetlinkSocket {
  const fd = native.socket(AF_NETLINK, SOCK_RAW, protocol);
  native.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  native.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  if (protocol === NETLINK_NETFILTER) native.setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, WHOLE_FIREWALL);
  native.bind(fd, { groups });
  const take = (): Uint8Array | undefined => {
    for (;;) {
      const got = native.recv(fd, DATAGRAM);
      if (got === null) return undefined;
      // Only the kernel's word counts; any process may send to a netlink socket.
      if (got.port !== 0) continue;
      if (got.truncated)
        throw Object.assign(new Error(`a netlink message is longer than ${DATAGRAM} bytes`), {
          code: 'EMSGSIZE',
        });
      return got.data;
    }
  };
  return {
    send(data) {
      if (native.send(fd, data) === null)
        throw Object.assign(new Error('the kernel takes no netlink message now'), { code: 'EAGAIN' });
    },
    receive(timeout) {
      const waiting = take();
      if (waiting !== undefined || timeout === 0) return waiting;
      return native.waitReadable(fd, timeout) ? take() : undefined;
    },
    onReadable: (run) => os.setReadHandler(fd, run),
    join: (group) => native.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group),
    close() {
      os.setReadHandler(fd, null);
      os.close(fd);
    },
  };
}
