// SPDX-License-Identifier: MIT
/** What the kernel says on its own: links that change, legs that join, leave, live and die, sessions with far ends. */
import type { Daemon } from './daemon.ts';
import type { Family } from './netlink/genl.ts';
import { NETLINK_GENERIC, NETLINK_ROUTE } from './netlink/kernel.ts';
import { splitMessages } from './netlink/message.ts';
import { decodeLegEvent, PLAIT_EVENTS, PLAIT_FAMILY } from './netlink/plait.ts';
import { decodeUdpEvent, PLAIT_UDP_EVENTS, PLAIT_UDP_FAMILY } from './netlink/plait-udp.ts';
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
  /** Of a family that is there only once its module is loaded, which the first tunnel does. */
  const listener = (name: string, groupName: string, take: (datagrams: readonly Uint8Array[]) => void) => {
    let joined: NetlinkSocket | undefined;
    return (): boolean => {
      if (joined !== undefined) return false;
      try {
        const group = kernel.family(name).groups[groupName];
        if (group === undefined) return false;
        const socket = sockets.netlink(NETLINK_GENERIC, 0);
        socket.join(group);
        socket.onReadable(() => take(drain(socket)));
        joined = socket;
        return true;
      } catch (error) {
        log('warning', `listening to events of ${name}: ${errorText(error)}`);
        return false;
      }
    };
  };
  const listenToLegs = listener(PLAIT_FAMILY, PLAIT_EVENTS, (datagrams) => tellLegEvents(datagrams, log));
  const listenToPeers = listener(PLAIT_UDP_FAMILY, PLAIT_UDP_EVENTS, (datagrams) => {
    const events = datagrams.flatMap(splitMessages).flatMap(({ payload }) => decodeUdpEvent(payload) ?? []);
    try {
      daemon.peersChanged(events);
    } catch (error) {
      log('warning', `reading legs: ${errorText(error)}`);
    }
  });
  daemon.onUse = () => {
    if (daemon.hasPlaitLinks()) listenToLegs();
    // What happened before somebody listened is to be seen all the same.
    if (daemon.hasPeers() && listenToPeers()) daemon.peersChanged([]);
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
