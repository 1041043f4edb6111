// SPDX-License-Identifier: MIT
/** Legs of plait links that are no devices. */
import { KernelError } from '../../kernel.ts';
import type { UdpLeg, UdpLegChange } from '../../netlink/plait-udp.ts';
import { type Context, type KindOperations, type Of, tolerateGone, unlessGone } from '../operation.ts';

export const udpLeg: KindOperations<'udp-leg'> = {
  add,
  remove(context, item) {
    const known = context.record.peers[item.link]?.remotes[item.name];
    const undo = unlessGone(
      () => takeAway(context, item),
      () => void add(context, item),
    );
    forget(context, item);
    return async () => {
      await undo();
      if (known !== undefined) remember(context, { ...item, ...known });
    };
  },
  change(context, from, to) {
    alter(context, from, to);
    return () => alter(context, to, from);
  },
};

type Leg = Of<'udp-leg'>;

function add(context: Context, item: Leg): () => void {
  const { kernel, devices } = context;
  const { name, local, remote, port, keepalive } = item;
  const number = freeNumber(legsOf(context, item), item.number);
  const uplink = devices.index(item.uplink);
  kernel.setUdpLeg(devices.index(item.link), { number, name, uplink, local, remote, port, keepalive });
  remember(context, item);
  return () => {
    tolerateGone(() => takeAway(context, item));
    forget(context, item);
  };
}

/** What differs, and nothing else: the rest goes on as it is. */
function alter(context: Context, from: Leg, to: Leg): void {
  const { kernel, devices } = context;
  const { number } = mustFind(context, to);
  const change: UdpLegChange = { number };
  if (from.uplink !== to.uplink) change.uplink = devices.index(to.uplink);
  if (from.local !== to.local) change.local = to.local;
  if (from.remote !== to.remote) change.remote = to.remote;
  if (from.port !== to.port) change.port = to.port;
  if (from.keepalive !== to.keepalive) change.keepalive = to.keepalive;
  kernel.setUdpLeg(devices.index(to.link), change);
  remember(context, to);
}

function takeAway(context: Context, item: Leg): void {
  context.kernel.deleteUdpLeg(context.devices.index(item.link), mustFind(context, item).number);
}

function mustFind(context: Context, { link, name }: Leg): UdpLeg {
  const leg = legsOf(context, { link }).find((one) => one.name === name);
  if (leg === undefined) throw new KernelError('ENOENT', `there is no UDP leg ${name} of ${link}`);
  return leg;
}

function legsOf({ kernel, devices }: Context, { link }: Pick<Leg, 'link'>): readonly UdpLeg[] {
  const index = devices.index(link);
  return kernel.udpPeers().find((peer) => peer.index === index)?.legs ?? [];
}

/** The wanted one, unless another leg has kept it from a time when the file had another order. */
function freeNumber(legs: readonly UdpLeg[], wanted: number): number {
  const taken = new Set(legs.map(({ number }) => number));
  let number = wanted;
  if (taken.has(wanted)) for (number = 0; taken.has(number); number++);
  return number;
}

function remember({ record }: Context, { link, name, remote, port }: Leg): void {
  const peer = record.peers[link];
  if (peer !== undefined) peer.remotes[name] = { remote, port };
}

function forget({ record }: Context, { link, name }: Leg): void {
  delete record.peers[link]?.remotes[name];
}
