// SPDX-License-Identifier: MIT
/** The kinds of sockets. */
import type { Sockets } from '../../ports.ts';
import { connect, datagram } from './bound-sockets.ts';
import { call, listen } from './control-socket.ts';
import { frames } from './frame-socket.ts';
import { icmp } from './icmp-socket.ts';
import { netlink } from './netlink-socket.ts';
import { listenTcp } from './tcp-server.ts';

export const sockets: Sockets = { netlink, icmp, datagram, frames, connect, listenTcp, listen, call };
