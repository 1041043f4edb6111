// SPDX-License-Identifier: MIT
/** What the kernel says on its own: links that change, legs that join, leave, live and die. */
import type { Daemon } from './daemon.ts';
import type { Family } from './netlink/genl.ts';
import { NETLINK_GENERIC, NETLINK_ROUTE } from './netlink/kernel.ts';
import { splitMessages } from './netlink/message.ts';
import { decodeLegEvent, PLAIT_EVENTS, PLAIT_FAMILY } from './netlink/plait.ts';
import { RTMGRP_LINK } from './netlink/rtnl/link.ts';
import { errorCode, errorText, type NetlinkSocket, type Ports } from './ports.ts';

export function watchKernel(
  daemon: Daemon,
  kernel: { family(name: string): Family },
  { sockets, log }: Pick<Ports, 'sockets' | 'log'>,
): void {
  const links = sockets.netlink(NETLINK_ROUTE, RTMGRP_LINK);
  links.onReadable(() => {
    // What changed is read from the kernel itself, so that events lost in a crowd do no harm.
    drain(links);
    try {
      daemon.linksChanged();
    } catch (error) {
      log('warning', `reading links: ${errorText(error)}`);
    }
  });
  let legs: NetlinkSocket | undefined;
  // The family is there only once the module is loaded, which the first tunnel does.
  daemon.onUse = () => {
    if (legs !== undefined || !daemon.hasPlaitLinks()) return;
    try {
      const group = kernel.family(PLAIT_FAMILY).groups[PLAIT_EVENTS];
      if (group === undefined) return;
      const socket = sockets.netlink(NETLINK_GENERIC, 0);
      socket.join(group);
      socket.onReadable(() => tellLegEvents(drain(socket), log));
      legs = socket;
    } catch (error) {
      log('warning', `listening to leg events: ${errorText(error)}`);
    }
  };
}

function tellLegEvents(datagrams: readonly Uint8Array[], log: Ports['log']): void {
  for (const message of datagrams.flatMap(splitMessages)) {
    const event = decodeLegEvent(message.payload);
    if (event) log('info', `leg ${event.leg.name} of ${event.linkName}: ${event.what}`);
  }
}

function drain(socket: NetlinkSocket): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  for (;;) {
    try {
      const datagram = socket.receive(0);
      if (datagram === undefined) return datagrams;
      datagrams.push(datagram);
    } catch (error) {
      // Some were lost; the rest is still to be read.
      if (errorCode(error) !== 'ENOBUFS') throw error;
    }
  }
}
