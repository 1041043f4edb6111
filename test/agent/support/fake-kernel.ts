// SPDX-License-Identifier: MIT
/**
 * A kernel in memory behind the kernel port, with the side effects of the real one that undoing must cope with:
 * devices take VLANs, addresses, routes and shapers with them, the last address takes the device's routes.
 */
import { type Kernel, KernelError } from '../../../src/agent/kernel.ts';
import type { BalanceFigures, BalanceSettings, BalanceState } from '../../../src/agent/netlink/balance.ts';
import type { LegChange, LegEstimates, PlaitLink } from '../../../src/agent/netlink/plait.ts';
import type { Address } from '../../../src/agent/netlink/rtnl/address.ts';
import { IFF_RUNNING, IFF_UP, type Link, type LinkRequest } from '../../../src/agent/netlink/rtnl/link.ts';
import type { Qdisc } from '../../../src/agent/netlink/rtnl/qdisc.ts';
import type { Route } from '../../../src/agent/netlink/rtnl/route.ts';
import type { Rule } from '../../../src/agent/netlink/rtnl/rule.ts';

export class FakeKernel implements Kernel {
  #links: Link[] = [];
  #addresses: Address[] = [];
  #routes: Route[] = [];
  #rules: Rule[] = [];
  #qdiscs: Qdisc[] = [];
  #fou: number[] = [];
  #balance: BalanceSettings | undefined;
  /** What the module tells of each uplink. */
  figures: Partial<BalanceFigures> = {};
  /** How often the module was asked. */
  balanceAsked = 0;
  #legs = new Map<number, { weight: number; rate: number; enabled: boolean }>();
  /** What the scheduler tells of each leg. */
  estimates: LegEstimates | undefined;
  #nextIndex = 1;
  /** Calls that change something so far. */
  changes = 0;
  /** This change (counted from 0) fails; later ones do not. */
  failAt = -1;

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
      this.#balance === undefined ? [] : [nameDevices(this.#balance, name)],
    ];
    return sets
      .map((set) =>
        set
          .map((entry) => JSON.stringify(entry))
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

  links(): Link[] {
    return this.#links.map((link) => ({ ...link }));
  }

  createLink(request: LinkRequest): void {
    this.#tick();
    const { name = '', info, parent = 0, mtu = 1500 } = request;
    if (this.#links.some((link) => link.name === name))
      throw new KernelError('EEXIST', `${name} exists already`);
    if (info === undefined) throw new KernelError('EINVAL', 'no kind');
    if (info.kind === 'vlan' || info.kind === 'plait_direct') this.#mustExist(parent);
    if (info.kind === 'ipip') this.#mustExist(info.link);
    this.#push({ name, flags: 0, arphrd: info.kind === 'ipip' ? 768 : 1, parent, mtu, info });
  }

  changeLink(request: LinkRequest & { index: number }): void {
    this.#tick();
    const link = this.#mustExist(request.index);
    if (request.master) this.#mustExist(request.master);
    if (request.mtu !== undefined) link.mtu = request.mtu;
    if (request.alias !== undefined) link.alias = request.alias;
    if (request.info !== undefined) link.info = request.info;
    if (request.master !== undefined && request.master !== link.master) {
      link.master = request.master;
      const plaited = this.#links.find((one) => one.index === request.master)?.info?.kind === 'plait';
      if (plaited) this.#legs.set(link.index, { weight: 1, rate: 0, enabled: true });
      else this.#legs.delete(link.index);
    }
    if (request.up === true) link.flags |= IFF_UP | IFF_RUNNING;
    if (request.up === false) {
      link.flags &= ~(IFF_UP | IFF_RUNNING);
      this.#dropRoutes(link.index);
    }
  }

  deleteLink(index: number): void {
    this.#tick();
    const link = this.#mustExist(index);
    if (link.info === undefined) throw new KernelError('EOPNOTSUPP', `${link.name} cannot be deleted`);
    this.#forget(index);
  }

  addresses(): Address[] {
    return this.#addresses.map((address) => ({ ...address }));
  }

  addAddress(address: Address): void {
    this.#tick();
    this.#mustExist(address.index);
    if (this.#addresses.some((other) => sameAddress(other, address)))
      throw new KernelError('EEXIST', 'address exists');
    this.#addresses.push({ ...address });
  }

  deleteAddress(address: Address): void {
    this.#tick();
    if (!this.#addresses.some((other) => sameAddress(other, address))) {
      throw new KernelError('EADDRNOTAVAIL', 'no such address');
    }
    this.#addresses = this.#addresses.filter((other) => !sameAddress(other, address));
    this.#routes = this.#routes.filter((route) => route.src !== address.local);
    if (!this.#addresses.some((other) => other.index === address.index)) this.#dropRoutes(address.index);
  }

  routes(): Route[] {
    return this.#routes.map((route) => structuredClone(route));
  }

  putRoute(route: Route, replace: boolean): void {
    this.#tick();
    for (const oif of devicesOf(route)) {
      if (!(this.#mustExist(oif).flags & IFF_UP)) throw new KernelError('ENETDOWN', 'device is down');
    }
    if (route.src !== undefined && !this.#addresses.some((address) => address.local === route.src)) {
      throw new KernelError('EINVAL', `preferred source ${route.src} is no local address`);
    }
    const index = this.#routes.findIndex((other) => sameRoute(other, route));
    if (index >= 0 && !replace) throw new KernelError('EEXIST', 'route exists');
    if (index >= 0) this.#routes[index] = structuredClone(route);
    else this.#routes.push(structuredClone(route));
  }

  deleteRoute(route: Route): void {
    this.#tick();
    if (!this.#routes.some((other) => sameRoute(other, route)))
      throw new KernelError('ESRCH', 'no such route');
    this.#routes = this.#routes.filter((other) => !sameRoute(other, route));
  }

  rules(): Rule[] {
    return this.#rules.map((rule) => structuredClone(rule));
  }

  addRule(rule: Rule): void {
    this.#tick();
    if (this.#rules.some((other) => text(other) === text(rule)))
      throw new KernelError('EEXIST', 'rule exists');
    this.#rules.push(structuredClone(rule));
  }

  deleteRule(rule: Rule): void {
    this.#tick();
    if (!this.#rules.some((other) => text(other) === text(rule)))
      throw new KernelError('ENOENT', 'no such rule');
    this.#rules = this.#rules.filter((other) => text(other) !== text(rule));
  }

  qdiscs(): Qdisc[] {
    return this.#qdiscs.map((qdisc) => structuredClone(qdisc));
  }

  putQdisc(qdisc: Qdisc, change: boolean): void {
    this.#tick();
    this.#mustExist(qdisc.index);
    const index = this.#qdiscs.findIndex((one) => one.index === qdisc.index && one.handle === qdisc.handle);
    if (change && index < 0) throw new KernelError('ENOENT', 'no such qdisc');
    if (index >= 0) this.#qdiscs[index] = structuredClone(qdisc);
    else this.#qdiscs.push(structuredClone(qdisc));
  }

  deleteQdisc(qdisc: Qdisc): void {
    this.#tick();
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
    this.#tick();
    for (const index of [...(settings.inputs ?? []), ...settings.uplinks.map((uplink) => uplink.index)]) {
      this.#mustExist(index);
    }
    this.#balance = structuredClone(settings);
  }

  clearBalance(): void {
    this.#tick();
    this.#balance = undefined;
  }

  plaitLinks(): PlaitLink[] {
    return this.#links
      .filter((link) => link.info?.kind === 'plait')
      .map(({ index, name }) => ({
        index,
        name,
        scheduler: 'weighted',
        legs: this.#links
          .filter((leg) => leg.master === index)
          .map((leg) => {
            const { weight = 1, rate = 0, enabled = true } = this.#legs.get(leg.index) ?? {};
            const estimates = this.estimates === undefined ? {} : { estimates: this.estimates };
            const counters = { txPackets: 0, txBytes: 0, txDropped: 0, rxPackets: 0, rxBytes: 0 };
            const settings = { index: leg.index, name: leg.name, weight, rate, enabled, live: enabled };
            return { ...settings, ...counters, ...estimates };
          }),
      }));
  }

  setLegs(link: number, changes: readonly LegChange[]): void {
    this.#tick();
    this.#mustExist(link);
    for (const change of changes) {
      const leg = this.#legs.get(change.index);
      if (leg === undefined) throw new KernelError('ENOENT', 'not a leg of this link');
      this.#legs.set(change.index, {
        weight: change.weight ?? leg.weight,
        rate: change.rate ?? leg.rate,
        enabled: change.enabled ?? leg.enabled,
      });
    }
  }

  #tick(): void {
    if (this.changes++ === this.failAt) throw new KernelError('EIO', 'injected failure');
  }

  #push(link: Pick<Link, 'name' | 'flags' | 'arphrd'> & Partial<Link>): void {
    this.#links.push({ index: this.#nextIndex++, mtu: 1500, parent: 0, master: 0, alias: '', ...link });
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
    this.#links = this.#links.filter((link) => link.index !== index);
    for (const link of this.#links.filter((one) => one.master === index)) {
      link.master = 0;
      this.#legs.delete(link.index);
    }
    this.#legs.delete(index);
    this.#addresses = this.#addresses.filter((address) => address.index !== index);
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

function devicesOf(route: Route): number[] {
  return [...(route.oif === undefined ? [] : [route.oif]), ...(route.nexthops ?? []).map((hop) => hop.oif)];
}

function sameAddress(a: Address, b: Address): boolean {
  return a.index === b.index && a.local === b.local && a.prefix === b.prefix;
}

function sameRoute(a: Route, b: Route): boolean {
  return a.table === b.table && a.dst === b.dst && a.prefix === b.prefix && a.metric === b.metric;
}

function text(value: unknown): string {
  return JSON.stringify(value);
}
