// SPDX-License-Identifier: MIT
/** Network devices, and the UDP ports of tunnels. */
import type { LinkItem } from '../../../appliance/plan-types.ts';
import { IFF_UP, type Link, type LinkInfo } from '../../netlink/rtnl/link.ts';
import { LINK_ALIAS } from '../marks.ts';
import {
  type Context,
  type Done,
  type KindOperations,
  type Of,
  tolerateGone,
  type Undo,
  unlessGone,
  withModule,
} from '../operation.ts';

const LINK_MODULES: Readonly<Partial<Record<LinkItem['type']['is'], string>>> = {
  bridge: 'bridge',
  vlan: '8021q',
  ipip: 'ipip',
  plait: 'plait_link',
  direct: 'plait_link',
};

/** Physical devices are there already: they are marked as ours, and given back as they were found. */
export const link: KindOperations<'link'> = {
  add: (context, item) => (item.type.is === 'physical' ? adopt(context, item) : create(context, item)),
  remove: (context, item) => (item.type.is === 'physical' ? release(context, item) : destroy(context, item)),
  change(context, from, to) {
    alter(context, from, to);
    return () => alter(context, to, from);
  },
};

export const fou: KindOperations<'fou'> = {
  add(context, { port }) {
    const { kernel, record } = context;
    const known = record.fou;
    const undo = () => {
      tolerateGone(() => kernel.deleteFouPort(port));
      record.fou = known;
    };
    const open = (): Undo => {
      kernel.addFouPort(port);
      record.fou = true;
      return undo;
    };
    return withModule(context, 'fou', 'ENOENT', open);
  },
  remove({ kernel }, { port }) {
    return unlessGone(
      () => kernel.deleteFouPort(port),
      () => kernel.addFouPort(port),
    );
  },
};

type StateLink = Of<'link'>;

function create(context: Context, item: StateLink): Done {
  const create = (): Undo => {
    const { kernel, devices } = context;
    kernel.createLink({
      name: item.name,
      info: linkInfo(context, item),
      ...(item.mtu === undefined ? {} : { mtu: item.mtu }),
      ...(item.type.is === 'vlan' || item.type.is === 'direct'
        ? { parent: devices.index(item.type.parent) }
        : {}),
    });
    devices.changed();
    const remove = () =>
      tolerateGone(() => {
        kernel.deleteLink(devices.index(item.name));
        devices.changed();
      });
    try {
      configure(context, item, devices.link(item.name));
    } catch (error) {
      remove();
      throw error;
    }
    return remove;
  };
  return withModule(context, LINK_MODULES[item.type.is], 'EOPNOTSUPP', create);
}

function destroy(context: Context, item: StateLink): Undo {
  const { kernel, devices } = context;
  return unlessGone(
    () => {
      kernel.deleteLink(devices.index(item.name));
      devices.changed();
    },
    async () => void (await create(context, item)),
  );
}

function adopt(context: Context, item: StateLink): Undo {
  const before = context.devices.link(item.name);
  try {
    configure(context, item, before);
  } catch (error) {
    restore(context, before);
    throw error;
  }
  return () => restore(context, before);
}

function release(context: Context, item: StateLink): Undo {
  const { kernel, devices } = context;
  return unlessGone(
    () => kernel.changeLink({ index: devices.index(item.name), up: false, master: 0, alias: '' }),
    () => configure(context, item, devices.link(item.name)),
  );
}

function restore(context: Context, before: Link): void {
  context.kernel.changeLink({
    index: before.index,
    up: (before.flags & IFF_UP) !== 0,
    mtu: before.mtu,
    master: before.master,
    alias: before.alias,
  });
}

/** Mark, master, MTU and state of a device that exists. */
function configure(context: Context, item: StateLink, link: Link): void {
  const { kernel, devices } = context;
  const master = item.master === undefined ? 0 : devices.index(item.master);
  kernel.changeLink({
    index: link.index,
    alias: LINK_ALIAS,
    up: item.down !== true,
    ...(item.mtu === undefined || item.mtu === link.mtu ? {} : { mtu: item.mtu }),
    ...(master === link.master ? {} : { master }),
  });
}

/** In place: a tunnel keeps its device, and with it routes, counters and its place in the plait. */
function alter(context: Context, from: StateLink, to: StateLink): void {
  const { kernel, devices } = context;
  const link = devices.link(to.name);
  if (
    (to.type.is === 'ipip' || to.type.is === 'plait') &&
    JSON.stringify(from.type) !== JSON.stringify(to.type)
  ) {
    kernel.changeLink({ index: link.index, info: linkInfo(context, to) });
  }
  configure(context, to, link);
}

function linkInfo({ devices }: Context, item: StateLink): LinkInfo {
  const { type } = item;
  switch (type.is) {
    case 'vlan':
      return { kind: 'vlan', id: type.id };
    case 'ipip': {
      const { local, remote, ttl, fou } = type;
      const info = { kind: 'ipip', link: devices.index(type.parent), local, remote, ttl } as const;
      return fou === undefined ? info : { ...info, fou };
    }
    case 'bridge':
      return { kind: 'bridge' };
    case 'plait':
      return type.mtuLimit === undefined ? { kind: 'plait' } : { kind: 'plait', mtuLimit: type.mtuLimit };
    case 'direct':
      return { kind: 'plait_direct' };
    case 'physical':
      throw new Error(`${item.name} is a physical device and cannot be made`);
  }
}
