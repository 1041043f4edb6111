// SPDX-License-Identifier: MIT
/** Keys of this box, and far ends of plait links. */
import { keyFile } from '../../../appliance/keys.ts';
import { readFloor } from '../../freshness.ts';
import { mustReadKey, mustReadPreshared, publicKeyOf, readKeyFile, writeKeyFile } from '../../key-files.ts';
import { withUdpModule } from '../../load-module.ts';
import type { UdpPeerChange } from '../../netlink/plait-udp.ts';
import {
  type Context,
  type Done,
  type KindOperations,
  nothing,
  type Of,
  tolerateGone,
  unlessGone,
} from '../operation.ts';

/** Made once. It is never taken away: other boxes know this one by it. */
export const key: KindOperations<'key'> = {
  add(context, { name }) {
    const { kernel, files } = context;
    const path = keyFile(name);
    if (readKeyFile(files, path) !== undefined) return nothing;
    return withUdpModule(context.processes, () => {
      const { privateKey } = kernel.newKey();
      writeKeyFile(files, path, privateKey);
      return () => {
        if (files.read(path)?.trim() === privateKey) files.remove(path, true);
      };
    });
  },
  remove: () => nothing,
};

export const peer: KindOperations<'peer'> = {
  add,
  remove(context, item) {
    const { kernel, devices, record } = context;
    const known = record.peers[item.link];
    const undo = unlessGone(
      () => kernel.deleteUdpPeer(devices.index(item.link)),
      async () => void (await add(context, item)),
    );
    delete record.peers[item.link];
    return async () => {
      await undo();
      if (known !== undefined) record.peers[item.link] = known;
    };
  },
  // Of what can be changed in place, protection and preshared key.
  change(context, from, to) {
    alter(context, from, to);
    return () => alter(context, to, from);
  },
};

type StatePeer = Of<'peer'>;

function add(context: Context, item: StatePeer): Done {
  return withUdpModule(context.processes, () => {
    const { kernel, files, devices, record } = context;
    const privateKey = mustReadKey(files, item.key);
    if (publicKeyOf(kernel, privateKey) === item.peer)
      throw new Error(
        `peer of tunnel ${item.link} is this box's own public key: write what "plaitctl key show" prints on the far end`,
      );
    const known = record.peers[item.link];
    const { presharedKey, preshared } = presharedOf(context, item);
    const floor = readFloor(files, item.link);
    kernel.setUdpPeer({
      index: devices.index(item.link),
      privateKey,
      peerKey: item.peer,
      ...(presharedKey === undefined ? {} : { presharedKey }),
      listen: item.listen ?? 0,
      protect: item.protect,
      ...(floor === undefined ? {} : { freshFloor: floor }),
    });
    record.peers[item.link] = { key: item.key, ...preshared, remotes: {} };
    return () => {
      tolerateGone(() => kernel.deleteUdpPeer(devices.index(item.link)));
      delete record.peers[item.link];
      if (known !== undefined) record.peers[item.link] = known;
    };
  });
}

function alter(context: Context, from: StatePeer, to: StatePeer): void {
  const { kernel, devices, record } = context;
  const change: UdpPeerChange = { index: devices.index(to.link) };
  const known = record.peers[to.link] ?? { key: to.key, remotes: {} };
  if (from.protect !== to.protect) change.protect = to.protect;
  if (from.preshared !== to.preshared || from.otherPreshared) {
    const { presharedKey = null, preshared } = presharedOf(context, to);
    const { preshared: _, ...rest } = known;
    change.presharedKey = presharedKey;
    kernel.setUdpPeer(change);
    record.peers[to.link] = { ...rest, ...preshared };
    return;
  }
  kernel.setUdpPeer(change);
}

/** The key for the kernel, and how the record knows it again. */
function presharedOf({ kernel, files }: Context, { preshared: name }: StatePeer) {
  if (name === undefined) return {};
  const presharedKey = mustReadPreshared(files, name);
  return { presharedKey, preshared: { preshared: { name, image: publicKeyOf(kernel, presharedKey) } } };
}
