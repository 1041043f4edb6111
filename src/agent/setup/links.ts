// SPDX-License-Identifier: MIT
/** Ports with a link, and being told when they change. */
import type { Context } from '../commands/context.ts';
import { NETLINK_ROUTE } from '../netlink/kernel.ts';
import { IFF_RUNNING, RTMGRP_LINK } from '../netlink/rtnl/link.ts';
import { errorCode } from '../ports.ts';

/** Autonegotiation makes a link come and go: a change counts when it has been quiet for so long. */
const SETTLE = 700;
/** In case the kernel's word was lost. */
const LOOK = 2000;

export function linkedPorts(context: Context, names: readonly string[]): Set<string> {
  const links = context.kernel().links();
  return new Set(
    links
      .filter(({ name, flags }) => names.includes(name) && (flags & IFF_RUNNING) !== 0)
      .map(({ name }) => name),
  );
}

/** Calls `changed` after each change of a link that has settled, and now and then besides. */
export function watchLinks({ ports }: Context, changed: () => void): { stop(): void } {
  const socket = ports.sockets.netlink(NETLINK_ROUTE, RTMGRP_LINK);
  let timer = ports.clock.after(LOOK, look);
  socket.onReadable(() => {
    drain(() => socket.receive(0));
    timer.cancel();
    timer = ports.clock.after(SETTLE, look);
  });
  function look(): void {
    timer = ports.clock.after(LOOK, look);
    changed();
  }
  return {
    stop() {
      timer.cancel();
      socket.close();
    },
  };
}

function drain(receive: () => Uint8Array | undefined): void {
  for (;;) {
    try {
      if (receive() === undefined) return;
    } catch (error) {
      if (errorCode(error) !== 'ENOBUFS') throw error;
    }
  }
}
