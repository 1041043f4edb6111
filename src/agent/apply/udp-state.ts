// SPDX-License-Identifier: MIT
/** What is there of keys, far ends and UDP legs, as items. */
import { keyFile, presharedFile } from '../../appliance/keys.ts';
import type { Item } from '../../appliance/plan-types.ts';
import { publicKeyOf, readKeyFile } from '../key-files.ts';
import type { UdpPeer } from '../netlink/plait-udp.ts';
import type { Files } from '../ports.ts';
import type { StateItem } from './items.ts';
import type { PeerRecord } from './record.ts';
import type { StateSource } from './state-source.ts';

type Wanted = readonly (Item | StateItem)[];

/** Keys that are wanted and there. */
export function readKeys({ files }: StateSource, wanted: Wanted): StateItem[] {
  return wanted.flatMap((item): StateItem[] =>
    item.kind === 'key' && holdsKey(files, item.name) ? [item] : [],
  );
}

/** Making it tells what is wrong with a file that does not. */
function holdsKey(files: Files, name: string): boolean {
  try {
    return readKeyFile(files, keyFile(name)) !== undefined;
  } catch {
    return false;
  }
}

/** Of links of ours. */
export function ourPeers({ kernel, record }: StateSource, ours: ReadonlySet<number>): UdpPeer[] {
  if (Object.keys(record.peers).length === 0) return [];
  return kernel.udpPeers().filter(({ index }) => ours.has(index));
}

/** Keys are held against the files that the record or the plan names. */
export function peerItem(source: StateSource, peer: UdpPeer, wanted: Wanted): StateItem {
  const { record } = source;
  const planned = wanted.find((item) => item.kind === 'peer' && item.link === peer.name);
  const known: Pick<PeerRecord, 'key' | 'preshared'> = record.peers[peer.name] ?? {
    key: planned?.kind === 'peer' ? planned.key : peer.name,
  };
  const { preshared } = known;
  return {
    kind: 'peer',
    link: peer.name,
    key: known.key,
    peer: peer.peerKey,
    ...(preshared === undefined ? {} : { preshared: preshared.name }),
    ...(peer.listen === 0 ? {} : { listen: peer.listen }),
    protect: peer.protect,
    ...(publicOf(source, keyFile(known.key)) === peer.publicKey ? {} : { otherKey: true }),
    ...(preshared === undefined || publicOf(source, presharedFile(preshared.name)) === preshared.image
      ? {}
      : { otherPreshared: true }),
  };
}

/** Those that were set; those that came up since they were heard are the far end's. */
export function udpLegItems(
  { record }: StateSource,
  peer: UdpPeer,
  names: ReadonlyMap<number, string>,
): StateItem[] {
  return peer.legs
    .filter(({ heard }) => !heard)
    .map(({ number, name, uplink, local, remote, port, keepalive }) => ({
      kind: 'udp-leg',
      link: peer.name,
      name,
      number,
      uplink: names.get(uplink) ?? '',
      local,
      ...(record.peers[peer.name]?.remotes[name] ?? { remote, port }),
      keepalive,
    }));
}

function publicOf({ kernel, files }: StateSource, path: string): string | undefined {
  try {
    const key = readKeyFile(files, path);
    return key === undefined ? undefined : publicKeyOf(kernel, key);
  } catch {
    return undefined;
  }
}
