// SPDX-License-Identifier: MIT
/**
 * A kernel in memory behind the kernel port. It refuses what the real one refuses and has its side effects, as far as
 * kernels.test.ts compares the two: devices take VLANs, addresses, routes and shapers with them, the last address takes
 * the device's routes, addresses bring a route to their subnet unless they are told not to.
 */
import { devicesOf as devicesOfItem } from '../../../src/agent/apply/items.ts';
import { type Kernel, KernelError } from '../../../src/agent/kernel.ts';
import type {
  BalanceFigures,
  BalanceSettings,
  BalanceState,
  FastPathSettings,
} from '../../../src/agent/netlink/balance.ts';
import type { FlowFilter } from '../../../src/agent/netlink/conntrack.ts';
import type { LegChange, LegEstimates, PlaitLink } from '../../../src/agent/netlink/plait.ts';
import type { LegRules, LegRulesState } from '../../../src/agent/netlink/plait-rules.ts';
import type { KeyPair, UdpLegChange, UdpPeer, UdpPeerChange } from '../../../src/agent/netlink/plait-udp.ts';
import type { Address } from '../../../src/agent/netlink/rtnl/address.ts';
import {
  IFF_RUNNING,
  IFF_UP,
  type Link,
  type LinkInfo,
  type LinkRequest,
} from '../../../src/agent/netlink/rtnl/link.ts';
import type { Qdisc } from '../../../src/agent/netlink/rtnl/qdisc.ts';
import { type Route, RT_SCOPE_LINK } from '../../../src/agent/netlink/rtnl/route.ts';
import type { Rule } from '../../../src/agent/netlink/rtnl/rule.ts';
import { tableText } from '../../../src/appliance/nft/text.ts';
import type { Family, Table } from '../../../src/appliance/nft/types.ts';
import { FakeRules } from './fake-rules.ts';
import { type Devices, FakeUdp, type LegSettings } from './fake-udp.ts';
import {
  broadcastOf,
  connectedRoute,
  devicesOf,
  fits,
  hopsOf,
  hostBits,
  ipNumber,
  isMeant,
  MAIN_TABLE,
  mask,
  type OwnAddress,
  sameAddress,
  sameRoute,
  sameSubnet,
  text,
} from './kernel-rules.ts';

export class FakeKernel implements Kernel {
  #links: Link[] = [];
  #addresses: OwnAddress[] = [];
  /** Those with a broadcast address, and a route to their subnet: while their device is up. */
  #connected = new Set<OwnAddress>();
  /** Devices by which a route leads in vain: a hop stays dead until its device comes up again. */
  #deadHops = new WeakMap<Route, Set<number>>();
  #routes: Route[] = [];
  #rules: Rule[] = [];
  #qdiscs: Qdisc[] = [];
  #fou: number[] = [];
  #tables = new Map<string, Table>();
  #balance: BalanceSettings | undefined;
  #fastPath: FastPathSettings | undefined;
  /** What the module tells of each uplink. */
  figures: Partial<BalanceFigures> = {};
  /** How often the module was asked. */
  balanceAsked = 0;
  #legs = new Map<number, LegSettings>();
  readonly #devices: Devices = {
    find: (index) => {
      const link = this.#links.find((one) => one.index === index);
      return link && { name: link.name, plait: link.info?.kind === 'plait' };
    },
    tick: (...devices) => this.#tick(...devices),
  };
  /** Far ends and legs that are no devices. */
  readonly udp = new FakeUdp(this.#devices);
  /** By which legs packets leave. */
  readonly ruled = new FakeRules(this.#devices);
  /** Of each link; what settings say of it is not looked at. */
  scheduler = 'weighted';
  /** What the scheduler tells of each leg. */
  estimates: LegEstimates | undefined;
  #nextIndex = 1;
  /** Calls that change something so far. */
  changes = 0;
  /** This change (counted from 0) fails; later ones do not. */
  failAt = -1;
  /** Told of every device that is made or goes. */
  onDevice: (name: string, exists: boolean, plait: boolean) => void = () => {};
  /** Changes that concern one of these devices fail. */
  broken = new Set<string>();

  constructor(ports: readonly string[]) {
    this.#push({ name: 'lo', flags: IFF_UP, arphrd: 772 });
    for (const name of ports) this.#push({ name, flags: 0, arphrd: 1 });
  }

  /** All state, by names: two kernels with equal text behave the same. */
  snapshot(): string {
    const name = (index: number | undefined) => this.#links.find((link) => link.index === index)?.name ?? '-';
    const links = this.#links.map(({ index, parent, master, info, ...link }) => ({
      ...link,
      parent: name(parent),
      master: name(master),
      info: info?.kind === 'ipip' ? { ...info, link: name(info.link) } : info,
      leg: this.#legs.get(index),
    }));
    const sets = [
      links,
      this.#addresses.map((address) => ({ ...address, index: name(address.index) })),
      this.#routes.map((route) => ({
        ...route,
        oif: name(route.oif),
        nexthops: route.nexthops?.map((hop) => ({ ...hop, oif: name(hop.oif) })),
      })),
      this.#rules,
      this.#qdiscs.map((qdisc) => ({ ...qdisc, index: name(qdisc.index) })),
      this.#fou,
      [...this.#tables.values()],
      this.udp.snapshot(),
      this.ruled.snapshot(),
      this.#balance === undefined ? [] : [nameDevices(this.#balance, name)],
      this.#fastPath === undefined ? [] : [{ ...this.#fastPath, devices: this.#fastPath.devices.map(name) }],
    ];
    return sets
      .map((set) =>
        set
          .map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)))
          .sort()
          .join('\n'),
      )
      .join('\n\n');
  }

  /** Pulls or plugs the cable of a device. */
  setCarrier(name: string, carrier: boolean): void {
    for (const link of this.#links.filter((one) => one.name === name)) {
      link.flags = carrier ? link.flags | IFF_RUNNING : link.flags & ~IFF_RUNNING;
    }
  }

  /** A port that is pulled out, with all that lies on it. */
  removePort(name: string): void {
    const link = this.#links.find((one) => one.name === name);
    if (link !== undefined) this.#forget(link.index);
  }

  /** A port that is plugged in: another device, though it has an old name. */
  addPort(name: string): void {
    if (!this.#links.some((link) => link.name === name)) this.#push({ name, flags: 0, arphrd: 1 });
  }

  links(): Link[] {
    return this.#links.map((link) => ({ ...link }));
  }

  createLink(request: LinkRequest): void {
    const { name = '', info, parent = 0, mtu = 1500 } = request;
    this.#tick(name, parent, info?.kind === 'ipip' ? info.link : 0);
    if (this.#links.some((link) => link.name === name))
      throw new KernelError('EEXIST', `${name} exists already`);
    if (info === undefined) throw new KernelError('EINVAL', 'no kind');
    if (info.kind === 'vlan' || info.kind === 'plait_direct') this.#mustExist(parent);
    if (info.kind === 'ipip') this.#mustExist(info.link);
    this.#push({
      name,
      flags: 0,
      arphrd: info.kind === 'ipip' ? 768 : 1,
      parent,
      mtu,
      info: withLimit(info),
    });
  }

  changeLink(request: LinkRequest & { index: number }): void {
    this.#tick(request.index);
    const link = this.#mustExist(request.index);
    if (request.master && !this.#links.some(({ index }) => index === request.master))
      throw new KernelError('EINVAL', `no device ${request.master} to be enslaved to`);
    if (request.mtu !== undefined) link.mtu = request.mtu;
    if (request.alias !== undefined) link.alias = request.alias;
    if (request.info !== undefined) link.info = withLimit(request.info, link.info);
    if (request.master !== undefined && request.master !== link.master) {
      link.master = request.master;
      const plaited = this.#links.find((one) => one.index === request.master)?.info?.kind === 'plait';
      if (plaited) this.#legs.set(link.index, { weight: 1, rate: 0, enabled: true, priority: 0 });
      else this.#legs.delete(link.index);
    }
    if (request.up === true) this.#setUp(link);
    if (request.up === false) this.#setDown(link);
  }

  deleteLink(index: number): void {
    this.#tick(index);
    const link = this.#mustExist(index);
    if (link.info === undefined) throw new KernelError('EOPNOTSUPP', `${link.name} cannot be deleted`);
    this.#forget(index);
  }

  addresses(): Address[] {
    return this.#addresses.map(({ secondary, ...address }) => address);
  }

  addAddress(address: Address): void {
    this.#tick(address.index);
    const { flags } = this.#mustExist(address.index);
    if (this.#addresses.some((other) => sameAddress(other, address)))
      throw new KernelError('EEXIST', 'address exists');
    const entry: OwnAddress = { ...address };
    if (this.#addresses.some((other) => sameSubnet(other, address))) entry.secondary = true;
    this.#addresses.push(entry);
    if (!(flags & IFF_UP)) return;
    this.#connect(entry);
    this.#reviveHops(address.index);
  }

  /** The first address of a subnet takes the others of it along. */
  deleteAddress(address: Address): void {
    this.#tick(address.index);
    this.#mustExist(address.index);
    const entry = this.#addresses.find((other) => sameAddress(other, address));
    if (entry === undefined) throw new KernelError('EADDRNOTAVAIL', 'no such address');
    const others = entry.secondary ? [] : this.#addresses.filter((other) => sameSubnet(other, entry));
    for (const gone of [...others.filter((other) => other !== entry), entry]) this.#dropAddress(gone);
  }

  #dropAddress(gone: OwnAddress): void {
    this.#addresses = this.#addresses.filter((other) => other !== gone);
    this.#connected.delete(gone);
    const connected = connectedRoute(gone);
    this.#routes = this.#routes.filter(
      (route) => connected === undefined || gone.secondary || text(route) !== text(connected),
    );
    // Routes of the main table lose their source, when no other device has the address.
    if (!this.#addresses.some((other) => other.local === gone.local))
      this.#routes = this.#routes.filter(({ src, table }) => src !== gone.local || table !== MAIN_TABLE);
    if (!this.#addresses.some((other) => other.index === gone.index)) this.#killHops(gone.index);
  }

  routes(): Route[] {
    return this.#routes.map((route) => structuredClone(route));
  }

  putRoute(given: Route, replace: boolean): void {
    this.#tick(...devicesOf(given));
    // No gateway at all: that is how the kernel reads it.
    const route = structuredClone(given);
    if (route.via === undefined && route.nexthops === undefined) delete route.onlink;
    if (route.via === '0.0.0.0') delete route.via;
    for (const hop of route.nexthops ?? []) if (hop.via === '0.0.0.0') delete hop.via;
    this.#mustBePossible(route);
    const index = this.#routes.findIndex((other) => sameRoute(other, route));
    if (index >= 0 && !replace) throw new KernelError('EEXIST', 'File exists');
    if (index >= 0) this.#routes[index] = route;
    else this.#routes.push(route);
  }

  deleteRoute(route: Route): void {
    this.#tick(...devicesOf(route));
    const [meant] = this.#routes.filter((other) => isMeant(other, route)).sort((a, b) => a.metric - b.metric);
    if (meant === undefined) throw new KernelError('ESRCH', 'no such route');
    this.#routes = this.#routes.filter((other) => other !== meant);
  }

  rules(): Rule[] {
    return this.#rules.map((rule) => structuredClone(rule));
  }

  addRule(rule: Rule): void {
    this.#tick();
    const whole = ({ from: _from, to: _to, ...rest }: Rule): Rule => rest;
    if (this.#rules.some((other) => fits(other, rule) && fits(whole(rule), whole(other))))
      throw new KernelError('EEXIST', 'rule exists');
    this.#rules.push(structuredClone(rule));
  }

  deleteRule(rule: Rule): void {
    this.#tick();
    const index = this.#rules.findIndex((other) => fits(other, rule));
    if (index < 0) throw new KernelError('ENOENT', 'no such rule');
    this.#rules.splice(index, 1);
  }

  qdiscs(): Qdisc[] {
    return this.#qdiscs.map((qdisc) => structuredClone(qdisc));
  }

  putQdisc(qdisc: Qdisc, change: boolean): void {
    this.#tick(qdisc.index);
    this.#mustExist(qdisc.index);
    const index = this.#qdiscs.findIndex((one) => one.index === qdisc.index && one.handle === qdisc.handle);
    if (change && index < 0) throw new KernelError('ENOENT', 'no such qdisc');
    if (index >= 0) this.#qdiscs[index] = structuredClone(qdisc);
    else this.#qdiscs.push(structuredClone(qdisc));
  }

  deleteQdisc(qdisc: Qdisc): void {
    this.#tick(qdisc.index);
    if (!this.#qdiscs.some((one) => one.index === qdisc.index))
      throw new KernelError('ENOENT', 'no such qdisc');
    this.#qdiscs = this.#qdiscs.filter((one) => one.index !== qdisc.index);
  }

  fouPorts(): number[] {
    return [...this.#fou];
  }

  addFouPort(port: number): void {
    this.#tick();
    if (this.#fou.includes(port)) throw new KernelError('EADDRINUSE', 'port in use');
    this.#fou.push(port);
  }

  deleteFouPort(port: number): void {
    this.#tick();
    if (!this.#fou.includes(port)) throw new KernelError('ENOENT', 'no such port');
    this.#fou = this.#fou.filter((other) => other !== port);
  }

  balance(): BalanceState | undefined {
    this.balanceAsked++;
    return (
      this.#balance && {
        ...structuredClone(this.#balance),
        uplinks: this.#balance.uplinks.map((uplink) => ({
          ...uplink,
          ...NO_FIGURES,
          live: uplink.alive,
          ...this.figures,
        })),
      }
    );
  }

  setBalance(settings: BalanceSettings): void {
    this.#tick(...settings.uplinks.map(({ index }) => index));
    for (const index of [...(settings.inputs ?? []), ...settings.uplinks.map((uplink) => uplink.index)]) {
      this.#mustExist(index);
    }
    this.#balance = structuredClone(settings);
  }

  clearBalance(): void {
    this.#tick();
    this.#balance = undefined;
  }

  fastPath(): FastPathSettings | undefined {
    return structuredClone(this.#fastPath);
  }

  /** As the real one does, it forgets the old settings before it looks at the new devices' hooks. */
  setFastPath(settings: FastPathSettings): void {
    this.#tick(...settings.devices);
    for (const index of settings.devices) this.#mustExist(index);
    if (new Set(settings.devices).size !== settings.devices.length)
      throw new KernelError('EINVAL', 'The device is named twice');
    this.#fastPath = settings.devices.length === 0 ? undefined : structuredClone(settings);
  }

  putTable(table: Table): void {
    this.#tick('nf_tables');
    for (const name of devicesOfItem({ kind: 'table', table })) {
      if (!this.#links.some((link) => link.name === name))
        throw new KernelError('ENOENT', `no device ${name}`);
    }
    this.#tables.set(`${table.family} ${table.name}`, structuredClone(table));
  }

  deleteTable(family: Family, name: string): void {
    this.#tick('nf_tables');
    this.#tables.delete(`${family} ${name}`);
  }

  hasTable(table: Table): boolean {
    return JSON.stringify(this.#tables.get(`${table.family} ${table.name}`)) === JSON.stringify(table);
  }

  tables(): Table[] {
    return structuredClone([...this.#tables.values()]);
  }

  /** What nft would print. */
  firewallText(): string {
    return this.tables().map(tableText).join('');
  }

  plaitLinks(): PlaitLink[] {
    return this.#links
      .filter((link) => link.info?.kind === 'plait')
      .map(({ index, name }) => ({
        index,
        name,
        scheduler: this.scheduler,
        legs: [
          ...this.#links
            .filter((leg) => leg.master === index)
            .map((leg) => this.#plaitLeg(leg, this.#legs.get(leg.index), true)),
          ...this.udp
            .settingsOf(index)
            .map(([leg, settings]) =>
              this.#plaitLeg({ index: 0, name: leg.name }, settings, leg.state === 'live'),
            ),
        ],
      }));
  }

  #plaitLeg({ index, name }: Pick<Link, 'index' | 'name'>, settings: LegSettings | undefined, up: boolean) {
    const { weight = 1, rate = 0, enabled = true, priority = 0 } = settings ?? {};
    const estimates = this.estimates === undefined ? {} : { estimates: this.estimates };
    const counters = { txPackets: 0, txBytes: 0, txDropped: 0, rxPackets: 0, rxBytes: 0 };
    return { index, name, weight, rate, enabled, priority, live: enabled && up, ...counters, ...estimates };
  }

  /** What connection tracking was told to forget, as `mark/protocol`. */
  readonly forgotten: string[] = [];

  forgetFlows({ mark, protocol }: FlowFilter): void {
    this.forgotten.push(`${mark}/${protocol}`);
  }

  setLegs(link: number, changes: readonly LegChange[]): void {
    this.#tick(...changes.map(({ leg }) => leg));
    this.#mustExist(link);
    for (const { leg, ...settings } of changes) {
      if (typeof leg === 'string') {
        this.udp.changeSettings(link, leg, settings);
        continue;
      }
      const before = this.#legs.get(leg);
      if (before === undefined) throw new KernelError('ENOENT', 'not a leg of this link');
      this.#legs.set(leg, { ...before, ...settings });
    }
  }

  legRules(link: number): LegRulesState | undefined {
    return this.ruled.of(link);
  }

  setLegRules(link: number, rules: LegRules): void {
    this.ruled.set(link, rules);
  }

  newKey(): KeyPair {
    return this.udp.newKey();
  }

  publicKeyOf(privateKey: string): string {
    return this.udp.publicKeyOf(privateKey);
  }

  udpPeers(): UdpPeer[] {
    return this.udp.installed ? this.udp.peers() : [];
  }

  setUdpPeer(change: UdpPeerChange): void {
    this.udp.setPeer(change);
  }

  deleteUdpPeer(link: number): void {
    this.udp.deletePeer(link);
  }

  setUdpLeg(link: number, change: UdpLegChange): void {
    this.udp.setLeg(link, change);
  }

  deleteUdpLeg(link: number, number: number): void {
    this.udp.deleteLeg(link, number);
  }

  /** Every change goes by here, with the devices that it concerns. */
  #tick(...devices: (number | string)[]): void {
    if (this.changes++ === this.failAt) throw new KernelError('EIO', 'injected failure');
    const names = devices.map((device) =>
      typeof device === 'string' ? device : this.#links.find(({ index }) => index === device)?.name,
    );
    const hit = names.find((name) => name !== undefined && this.broken.has(name));
    if (hit !== undefined) throw new KernelError('EIO', `${hit} is broken`);
  }

  /** What fib_create_info() and fib_check_nh() of the kernel refuse. */
  #mustBePossible(route: Route): void {
    const devices = devicesOf(route);
    if (route.unreachable && (devices.length > 0 || route.via !== undefined || route.src !== undefined)) {
      throw new KernelError(
        'EINVAL',
        'Gateway, device and multipath can not be specified for this route type',
      );
    }
    if (hostBits(route.dst, route.prefix) !== 0)
      throw new KernelError('EINVAL', 'Invalid prefix for given prefix length');
    const { onlink = false } = route;
    for (const { oif, via } of hopsOf(route)) {
      if (via !== undefined && route.scope >= RT_SCOPE_LINK)
        throw new KernelError('EINVAL', 'Nexthop has invalid scope');
      if (via === undefined && onlink)
        throw new KernelError('EINVAL', 'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set');
      if (via === undefined || onlink) this.#mustBeUp(oif);
      if (via === undefined) continue;
      if (onlink ? !this.#isUnicast(via) : this.#neighbour(route.table, oif, via) === 'broadcast')
        throw new KernelError('EINVAL', 'Nexthop has invalid gateway');
      if (!onlink) this.#mustBeUp(oif);
    }
    if (route.src !== undefined && !this.#addresses.some((address) => address.local === route.src)) {
      throw new KernelError('EINVAL', 'Invalid prefsrc address');
    }
  }

  #mustBeUp(device: number): void {
    if (!(this.#mustExist(device).flags & IFF_UP)) throw new KernelError('ENETDOWN', 'Network is down');
  }

  /** Not everybody's address, nor one of the box itself or of a subnet of it as a whole, by whatever device. */
  #isUnicast(ip: string): boolean {
    const first = Number(ip.split('.')[0]);
    if (first === 0 || (first >= 224 && first < 240) || ip === '255.255.255.255') return false;
    return !(
      this.#addresses.some(({ local }) => local === ip) ||
      [...this.#connected].some((address) => broadcastOf(address) === ip)
    );
  }

  /** A gateway must be the device's own address, or a route to it must lead there without another gateway. */
  #neighbour(table: number, device: number, ip: string): 'host' | 'broadcast' {
    const onDevice = (address: OwnAddress) => address.index === device;
    const tables = table === MAIN_TABLE ? [] : [table];
    const reached = (one: number) =>
      this.#routes.some(
        (route) =>
          route.table === one &&
          route.scope >= RT_SCOPE_LINK &&
          (ipNumber(ip) & mask(route.prefix)) >>> 0 === ipNumber(route.dst) &&
          devicesOf(route).includes(device) &&
          !this.#deadHops.get(route)?.has(device),
      );
    if (tables.some(reached)) return 'host';
    if (this.#addresses.some((address) => onDevice(address) && address.local === ip)) return 'host';
    if ([...this.#connected].some((address) => onDevice(address) && broadcastOf(address) === ip))
      return 'broadcast';
    if (reached(MAIN_TABLE)) return 'host';
    throw new KernelError('ENETUNREACH', 'Nexthop has invalid gateway');
  }

  #setUp(link: Link): void {
    if (link.flags & IFF_UP) return;
    link.flags |= IFF_UP | IFF_RUNNING;
    for (const address of this.#addresses.filter(({ index }) => index === link.index)) {
      this.#connect(address);
    }
    this.#reviveHops(link.index);
  }

  /** By a device that comes up, or that has an address again. */
  #reviveHops(device: number): void {
    for (const route of this.#routes) this.#deadHops.get(route)?.delete(device);
  }

  /** VLANs go down with their parent. */
  #setDown(link: Link): void {
    link.flags &= ~(IFF_UP | IFF_RUNNING);
    for (const address of this.#addresses.filter(({ index }) => index === link.index)) {
      this.#connected.delete(address);
    }
    this.#killHops(link.index);
    for (const child of this.#links) {
      if (child.info?.kind === 'vlan' && child.parent === link.index && child.flags & IFF_UP)
        this.#setDown(child);
    }
  }

  #connect(address: OwnAddress): void {
    this.#connected.add(address);
    const connected = connectedRoute(address);
    if (address.noPrefixRoute || address.secondary || connected === undefined) return;
    if (!this.#routes.some((other) => text(other) === text(connected))) this.#routes.push(connected);
  }

  /** Of a route by several devices the kernel keeps the rest. */
  #killHops(device: number): void {
    this.#routes = this.#routes.filter((route) => {
      const devices = devicesOf(route);
      if (!devices.includes(device)) return true;
      const dead = this.#deadHops.get(route) ?? new Set();
      this.#deadHops.set(route, dead.add(device));
      return devices.some((one) => !dead.has(one));
    });
  }

  #push(link: Pick<Link, 'name' | 'flags' | 'arphrd'> & Partial<Link>): void {
    this.#links.push({ index: this.#nextIndex++, mtu: 1500, parent: 0, master: 0, alias: '', ...link });
    this.onDevice(link.name, true, link.info?.kind === 'plait');
  }

  #mustExist(index: number): Link {
    const link = this.#links.find((one) => one.index === index);
    if (link === undefined) throw new KernelError('ENODEV', `no device ${index}`);
    return link;
  }

  #forget(index: number): void {
    const lies = (link: Link) => link.info?.kind === 'vlan' || link.info?.kind === 'plait_direct';
    for (const child of this.#links.filter((link) => lies(link) && link.parent === index)) {
      this.#forget(child.index);
    }
    const gone = this.#links.find((link) => link.index === index);
    this.#links = this.#links.filter((link) => link.index !== index);
    if (gone !== undefined) this.onDevice(gone.name, false, gone.info?.kind === 'plait');
    for (const link of this.#links.filter((one) => one.master === index)) {
      link.master = 0;
      this.#legs.delete(link.index);
    }
    this.#legs.delete(index);
    this.udp.forget(index);
    this.ruled.forget(index);
    for (const address of this.#addresses.filter((one) => one.index === index)) this.#dropAddress(address);
    this.#qdiscs = this.#qdiscs.filter((qdisc) => qdisc.index !== index);
    this.#dropRoutes(index);
  }

  #dropRoutes(index: number): void {
    this.#routes = this.#routes.filter((route) => !devicesOf(route).includes(index));
  }
}

const NO_FIGURES = {
  sessions: 0,
  assigned: 0,
  moved: 0,
  ended: 0,
  txPackets: 0,
  txBytes: 0,
  rxPackets: 0,
  rxBytes: 0,
  txRate: 0,
  txRateAverage: 0,
  rxRate: 0,
  rxRateAverage: 0,
  tcpSegments: 0,
  tcpRetransmitted: 0,
  retransmissionRate: 0,
};

function nameDevices(settings: BalanceSettings, name: (index: number) => string) {
  return {
    ...settings,
    inputs: settings.inputs?.map(name),
    uplinks: settings.uplinks.map(({ index, ...uplink }) => ({ ...uplink, dev: name(index) })),
  };
}

/** A plait device always has a limit of its MTU, 0 at first. */
function withLimit(info: LinkInfo, before?: LinkInfo): LinkInfo {
  if (info.kind !== 'plait') return info;
  const kept = before?.kind === 'plait' ? before.mtuLimit : undefined;
  return { kind: 'plait', mtuLimit: info.mtuLimit ?? kept ?? 0 };
}
