// SPDX-License-Identifier: MIT
/**
 * The family `plait_udp` in memory: far ends, keys and UDP legs of plait links. It refuses what src/kmod/uapi/plait_udp.h
 * says is refused, and what only the far end could do (a session, states of legs) the test does.
 */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { KernelError } from '../../../src/agent/kernel.ts';
import type {
  KeyPair,
  UdpLeg,
  UdpLegChange,
  UdpPeer,
  UdpPeerChange,
} from '../../../src/agent/netlink/plait-udp.ts';
import { keyBytes, keyText } from '../../../src/appliance/keys.ts';

const LEGS_MAX = 32;
const NAME_MAX = 15;
const [KEEPALIVE_MIN, KEEPALIVE_MAX, KEEPALIVE_DEFAULT] = [200, 600_000, 1000];
const NO_KEY = keyText(new Uint8Array(32));

type Peer = Omit<UdpPeer, 'name'> & { privateKey: string; presharedKey: string; freshFloor: string };
/** What the family `plait` knows of a leg. */
export interface LegSettings {
  weight: number;
  rate: number;
  enabled: boolean;
  priority: number;
}

/** The devices that there are. */
export interface Devices {
  /** Undefined: there is no such device. */
  find(index: number): { name: string; plait: boolean } | undefined;
  /** Counts a change that concerns these, which may be told to fail. */
  tick(...devices: (number | string)[]): void;
}

export class FakeUdp {
  #devices: Devices;
  #peers = new Map<number, Peer>();
  #settings = new Map<string, LegSettings>();
  #made = 0;
  /** The module can be had. */
  installed = true;
  /** Ports of somebody else. */
  readonly taken = new Set<number>();
  /** Requests that change something, without secrets: `PEER_SET hq peerKey listen`, `LEG_SET hq 0 local`. */
  readonly requests: string[] = [];

  constructor(devices: Devices) {
    this.#devices = devices;
  }

  newKey(): KeyPair {
    this.#mustBeInstalled();
    const secret = createHash('sha256')
      .update(`fake key ${this.#made++}`)
      .digest();
    const privateKey = keyText(Uint8Array.from(secret));
    return { privateKey, publicKey: publicOf(privateKey) };
  }

  publicKeyOf(privateKey: string): string {
    this.#mustBeInstalled();
    return publicOf(privateKey);
  }

  /** As PEER_GET tells of them: no private and no preshared key. */
  peers(): UdpPeer[] {
    return [...this.#peers.values()].map(({ privateKey, presharedKey, freshFloor, ...peer }) => ({
      ...structuredClone(peer),
      name: this.#devices.find(peer.index)?.name ?? '',
    }));
  }

  setPeer(change: UdpPeerChange): void {
    this.#mustBeInstalled();
    this.#request('PEER_SET', change.index, change);
    const before = this.#peers.get(change.index);
    const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const { presharedKey, ...rest } = { ...(before ?? NEW_PEER), ...named, index: change.index };
    const peer = { ...rest, presharedKey: presharedKey ?? NO_KEY };
    if (peer.privateKey === '' || peer.peerKey === '')
      throw new KernelError('EINVAL', 'at first both keys are needed');
    if (peer.listen < 0 || peer.listen > 65535) throw new KernelError('ERANGE', 'no port');
    peer.publicKey = publicOf(peer.privateKey);
    if (peer.peerKey === NO_KEY) throw new KernelError('EINVAL', 'not a key');
    if (peer.peerKey === peer.publicKey)
      throw new KernelError('EINVAL', 'our own key as that of the far end');
    if (!/^[0-9a-f]{24}$/.test(peer.freshFloor)) throw new KernelError('ERANGE', 'not 12 bytes');
    this.#mustFit(peer);
    const ended = (['privateKey', 'peerKey', 'presharedKey', 'protect'] as const).some(
      (key) => before !== undefined && before[key] !== peer[key],
    );
    if (ended) Object.assign(peer, { session: 'asking', agreed: undefined, sessionAge: undefined });
    this.#peers.set(peer.index, peer);
    this.#settle(peer);
  }

  deletePeer(index: number): void {
    this.#mustBeInstalled();
    this.#request('PEER_DEL', index, {});
    if (!this.#peers.delete(index)) throw new KernelError('ENOENT', 'the link has no far end');
    this.#forgetSettings(index);
  }

  setLeg(link: number, change: UdpLegChange): void {
    this.#mustBeInstalled();
    this.#request('LEG_SET', link, change, change.number);
    const peer = this.#mustHavePeer(link);
    const { number, name, uplink, keepalive } = change;
    if (!(number >= 0 && number < LEGS_MAX)) throw new KernelError('ERANGE', 'no such number');
    if (keepalive !== undefined && !(keepalive >= KEEPALIVE_MIN && keepalive <= KEEPALIVE_MAX))
      throw new KernelError('ERANGE', 'keepalive out of range');
    if (name !== undefined && (name.length < 1 || name.length > NAME_MAX))
      throw new KernelError('ERANGE', 'name out of range');
    if (uplink !== undefined && uplink !== 0 && this.#devices.find(uplink) === undefined)
      throw new KernelError('ENODEV', `no device ${uplink}`);
    const before = peer.legs.find((leg) => leg.number === number);
    if (before === undefined && (!name || change.remote === undefined || change.port === undefined))
      throw new KernelError('EINVAL', 'at first name, remote and port are needed');
    if (peer.legs.some((leg) => leg !== before && leg.name === name))
      throw new KernelError('EEXIST', 'another leg has this name');
    if (before === undefined && peer.legs.length === LEGS_MAX) throw new KernelError('ENOSPC', 'full');
    const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const leg: UdpLeg = { ...(before ?? NEW_LEG), ...named, heard: false };
    if (before === undefined) {
      peer.legs = [...peer.legs, leg].sort((a, b) => a.number - b.number);
      this.#settings.set(`${link} ${leg.name}`, { ...AS_IT_JOINS });
    } else {
      const settings = this.#settings.get(`${link} ${before.name}`);
      this.#settings.delete(`${link} ${before.name}`);
      if (settings !== undefined) this.#settings.set(`${link} ${leg.name}`, settings);
      Object.assign(before, leg);
    }
    this.#settle(peer);
  }

  deleteLeg(link: number, number: number): void {
    this.#mustBeInstalled();
    this.#request('LEG_DEL', link, {}, number);
    const peer = this.#mustHavePeer(link);
    const gone = peer.legs.find((leg) => leg.number === number);
    if (gone === undefined) throw new KernelError('ENOENT', 'no such leg');
    peer.legs = peer.legs.filter((leg) => leg !== gone);
    this.#settings.delete(`${link} ${gone.name}`);
  }

  /** The link is gone. */
  forget(index: number): void {
    this.#peers.delete(index);
    this.#forgetSettings(index);
  }

  /** Settings of UDP legs by their names, as the family `plait` has them. */
  settingsOf(link: number): [leg: UdpLeg, settings: LegSettings][] {
    const legs = this.#peers.get(link)?.legs ?? [];
    return legs.map((leg) => [leg, this.#settings.get(`${link} ${leg.name}`) ?? AS_IT_JOINS]);
  }

  changeSettings(link: number, name: string, change: Partial<LegSettings>): void {
    const settings = this.#settings.get(`${link} ${name}`);
    if (settings === undefined) throw new KernelError('ENOENT', 'not a leg of this link');
    Object.assign(settings, change);
  }

  /** What the far end brings about, by the name of the link. */
  happen(link: string, change: Partial<Omit<UdpPeer, 'index' | 'legs'>>): void {
    Object.assign(this.#named(link), change);
  }

  happenToLeg(link: string, name: string, change: Partial<UdpLeg>): void {
    const leg = this.#named(link).legs.find((one) => one.name === name);
    if (leg === undefined) throw new Error(`there is no leg ${name} of ${link}`);
    Object.assign(leg, change);
  }

  /** A leg comes up since it is heard. */
  hear(link: string, leg: Pick<UdpLeg, 'number' | 'name' | 'remote' | 'port'> & Partial<UdpLeg>): void {
    const peer = this.#named(link);
    peer.legs = [...peer.legs, { ...NEW_LEG, ...leg, state: 'live', heard: true }];
    this.#settings.set(`${peer.index} ${leg.name}`, { ...AS_IT_JOINS });
  }

  /** All of it but keys by random: what two boards must have in common. */
  snapshot(): string[] {
    return [...this.#peers.values()].map((peer) =>
      JSON.stringify({
        ...peer,
        index: this.#devices.find(peer.index)?.name,
        legs: peer.legs.map((leg) => ({ ...leg, uplink: this.#devices.find(leg.uplink)?.name })),
        settings: this.settingsOf(peer.index).map(([{ name }, settings]) => ({ name, ...settings })),
      }),
    );
  }

  #named(link: string): Peer {
    const peer = [...this.#peers.values()].find(({ index }) => this.#devices.find(index)?.name === link);
    if (peer === undefined) throw new Error(`${link} has no far end`);
    return peer;
  }

  /** Who has an address asks; who has not, waits. */
  #settle(peer: Peer): void {
    if (peer.session === 'established') return;
    peer.session = peer.legs.length > 0 ? 'asking' : 'idle';
  }

  #mustFit({ index, listen, publicKey, peerKey }: Peer): void {
    if (listen === 0) return;
    if (this.taken.has(listen)) throw new KernelError('EADDRINUSE', `port ${listen} is in use`);
    const others = [...this.#peers.values()].filter((one) => one.index !== index && one.listen === listen);
    if (others.some((one) => one.publicKey !== publicKey))
      throw new KernelError('EINVAL', "another box's private key than that of a link of the same port");
    if (others.some((one) => one.peerKey === peerKey))
      throw new KernelError('EEXIST', 'another link of this port has this far end');
  }

  #mustHavePeer(link: number): Peer {
    const peer = this.#peers.get(link);
    if (peer === undefined) throw new KernelError('ENOENT', 'the link has no far end');
    return peer;
  }

  #mustBeInstalled(): void {
    if (!this.installed) throw new KernelError('ENOENT', 'generic netlink family plait_udp: no such thing');
  }

  #request(what: string, link: number, fields: object, number?: number): void {
    this.#devices.tick(link);
    const device = this.#devices.find(link);
    if (device === undefined) throw new KernelError('ENODEV', `no device ${link}`);
    if (!device.plait) throw new KernelError('EOPNOTSUPP', `${device.name} is no plait link`);
    const names = Object.keys(fields).filter((name) => name !== 'index' && name !== 'number');
    this.requests.push([what, device.name, ...(number === undefined ? [] : [number]), ...names].join(' '));
  }

  #forgetSettings(link: number): void {
    for (const name of [...this.#settings.keys()])
      if (name.startsWith(`${link} `)) this.#settings.delete(name);
  }
}

const AS_IT_JOINS: LegSettings = { weight: 1, rate: 0, enabled: true, priority: 0 };

const NEW_PEER: Peer = {
  index: 0,
  privateKey: '',
  publicKey: '',
  peerKey: '',
  presharedKey: NO_KEY,
  listen: 0,
  protect: 'encrypt',
  freshFloor: '0'.repeat(24),
  session: 'idle',
  freshUsed: '0'.repeat(24),
  badPackets: 0,
  replayed: 0,
  held: 0,
  lost: 0,
  expired: 0,
  late: 0,
  legs: [],
};

const NEW_LEG: UdpLeg = {
  number: 0,
  name: '',
  uplink: 0,
  local: '0.0.0.0',
  remote: '0.0.0.0',
  port: 0,
  keepalive: KEEPALIVE_DEFAULT,
  heard: false,
  state: 'down',
  lossPpm: 0,
  addressChanges: 0,
  pathMtuProbes: 0,
};

/** DER of a private X25519 key (RFC 8410), up to its 32 bytes. */
const PRIVATE_KEY_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The real function, so that a key means what it means on a board. */
function publicOf(privateKey: string): string {
  const bytes = keyBytes(privateKey);
  if (bytes === undefined) throw new KernelError('ERANGE', 'not a key');
  const key = createPrivateKey({
    key: Buffer.concat([PRIVATE_KEY_HEAD, bytes]),
    format: 'der',
    type: 'pkcs8',
  });
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return keyText(Uint8Array.from(der.subarray(der.length - 32)));
}
