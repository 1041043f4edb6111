// SPDX-License-Identifier: MIT
/**
 * How each kind of item is made, changed and taken down. Each operation either does nothing and throws, or is done
 * and gives its own undoing.
 */
import type { FirewallItem, LinkItem } from '../../appliance/plan-types.ts';
import type { Kernel } from '../kernel.ts';
import type { Address, Qdisc, Route, Rule } from '../netlink/rtnl.ts';
import {
  IFF_UP,
  type Link,
  type LinkInfo,
  parsePrefix,
  RT_SCOPE_LINK,
  RT_SCOPE_UNIVERSE,
} from '../netlink/rtnl.ts';
import { errorCode, type Files, type Processes } from '../ports.ts';
import type { Step } from './diff.ts';
import type { StateItem } from './items.ts';
import { CODEL_HANDLE, LINK_ALIAS, PROTOCOL, TBF_CLASS, TBF_HANDLE } from './marks.ts';
import type { ApplyRecord } from './record.ts';
import type { ServiceControl } from './services.ts';

export interface OperationPorts {
  kernel: Kernel;
  files: Files;
  processes: Processes;
  services: ServiceControl;
  /** Changed as operations are done and undone. */
  record: ApplyRecord;
}

export type Undo = () => Promise<void> | void;

type StateLink = LinkItem & { down?: true };
type Of<K extends StateItem['kind']> = Extract<StateItem, { kind: K }>;

const PROC_SYS = '/proc/sys/';
const HOSTNAME = '/proc/sys/kernel/hostname';
const RESTORE_TIMEOUT = 20_000;
const DEFAULT_WEIGHT = 1;
/** What the kernel says of a thing that is not there (any more): taking it down is done then. */
const GONE = new Set(['ENOENT', 'ESRCH', 'ENODEV', 'EADDRNOTAVAIL', 'ENXIO']);

const LINK_MODULES: Readonly<Partial<Record<LinkItem['type']['is'], string>>> = {
  bridge: 'bridge',
  vlan: '8021q',
  ipip: 'ipip',
  plait: 'plait_link',
};

export class Operations {
  #ports: OperationPorts;
  #indexes: Map<string, number> | undefined;

  constructor(ports: OperationPorts) {
    this.#ports = ports;
  }

  /** Does one step. */
  perform(step: Step): Promise<Undo> | Undo {
    switch (step.do) {
      case 'add':
        return this.#add(step.item);
      case 'remove':
        return this.#remove(step.item);
      case 'change':
        return this.#change(step.from, step.to);
    }
  }

  #add(item: StateItem): Promise<Undo> | Undo {
    const { kernel, files, services, record } = this.#ports;
    switch (item.kind) {
      case 'sysctl':
        return this.#setSysctl(item);
      case 'hostname':
        return this.#setHostname(item);
      case 'link':
        return item.type.is === 'physical' ? this.#adopt(item) : this.#createLink(item);
      case 'fou':
        return this.#openFouPort(item.port);
      case 'qdisc':
        return this.#addQdisc(item);
      case 'address': {
        const address = this.#address(item);
        kernel.addAddress(address);
        return () => tolerateGone(() => kernel.deleteAddress(address));
      }
      case 'route': {
        const route = this.#route(item);
        kernel.putRoute(route, false);
        return () => tolerateGone(() => kernel.deleteRoute(route));
      }
      case 'rule': {
        const rule = ruleOf(item);
        kernel.addRule(rule);
        return () => tolerateGone(() => kernel.deleteRule(rule));
      }
      case 'leg':
        this.#setLeg(item);
        return () => tolerateGone(() => this.#setLeg({ ...item, weight: DEFAULT_WEIGHT, enabled: true }));
      case 'firewall':
        return this.#loadFirewall(item);
      case 'file': {
        const before = files.read(item.path);
        const known = record.files.includes(item.path);
        makeFolderOf(files, item.path);
        files.write(item.path, item.content, { mode: item.mode });
        if (!known) record.files.push(item.path);
        return () => {
          if (before === undefined) files.remove(item.path);
          else files.write(item.path, before, { mode: item.mode });
          if (!known) record.files = record.files.filter((path) => path !== item.path);
        };
      }
      case 'service':
        services.start(item);
        return () => services.stop(item.name);
    }
  }

  #remove(item: StateItem): Promise<Undo> | Undo {
    const { kernel, files, services, record } = this.#ports;
    switch (item.kind) {
      case 'sysctl':
        return this.#resetSysctl(item);
      case 'hostname':
        return nothing;
      case 'link':
        return item.type.is === 'physical' ? this.#release(item) : this.#deleteLink(item);
      case 'fou':
        return unlessGone(
          () => kernel.deleteFouPort(item.port),
          () => kernel.addFouPort(item.port),
        );
      case 'qdisc':
        return unlessGone(
          () => kernel.deleteQdisc({ index: this.#index(item.dev), kind: 'tbf', handle: TBF_HANDLE }),
          () => void this.#addQdisc(item),
        );
      case 'address':
        return unlessGone(
          () => kernel.deleteAddress(this.#address(item)),
          () => kernel.addAddress(this.#address(item)),
        );
      case 'route':
        return unlessGone(
          () => kernel.deleteRoute(this.#route(item)),
          () => kernel.putRoute(this.#route(item), true),
        );
      case 'rule':
        return unlessGone(
          () => kernel.deleteRule(ruleOf(item)),
          () => kernel.addRule(ruleOf(item)),
        );
      case 'leg':
        // A leg's settings end with its membership, which its link's item tells of.
        return () => this.#setLeg(item);
      case 'firewall':
        return this.#loadFirewall(OPEN_FIREWALL);
      case 'file': {
        files.remove(item.path);
        record.files = record.files.filter((path) => path !== item.path);
        return () => {
          files.write(item.path, item.content, { mode: item.mode });
          record.files.push(item.path);
        };
      }
      case 'service':
        return services.stop(item.name).then(() => () => services.start(item));
    }
  }

  #change(from: StateItem, to: StateItem): Promise<Undo> | Undo {
    const { kernel, services } = this.#ports;
    if (from.kind === 'link' && to.kind === 'link') {
      this.#alterLink(from, to);
      return () => this.#alterLink(to, from);
    }
    if (from.kind === 'route' && to.kind === 'route') {
      kernel.putRoute(this.#route(to), true);
      return () => kernel.putRoute(this.#route(from), true);
    }
    if (from.kind === 'leg' && to.kind === 'leg') {
      this.#setLeg(to);
      return () => this.#setLeg(from);
    }
    if (from.kind === 'qdisc' && to.kind === 'qdisc') {
      kernel.putQdisc(this.#tbf(to), true);
      return () => kernel.putQdisc(this.#tbf(from), true);
    }
    if (from.kind === 'rule' && to.kind === 'rule') {
      // First the new one: there is always one in force.
      kernel.addRule(ruleOf(to));
      const undoAdd = () => tolerateGone(() => kernel.deleteRule(ruleOf(to)));
      try {
        kernel.deleteRule(ruleOf(from));
      } catch (error) {
        undoAdd();
        throw error;
      }
      return () => {
        kernel.addRule(ruleOf(from));
        undoAdd();
      };
    }
    if (from.kind === 'service' && to.kind === 'service') {
      return this.#restart(from, to, services);
    }
    return this.#add(to);
  }

  async #restart(from: Of<'service'>, to: Of<'service'>, services: ServiceControl): Promise<Undo> {
    await services.stop(from.name);
    try {
      services.start(to);
    } catch (error) {
      services.start(from);
      throw error;
    }
    return async () => {
      await services.stop(to.name);
      services.start(from);
    };
  }

  #setSysctl(item: Of<'sysctl'>): Undo {
    const { files, record } = this.#ports;
    const path = `${PROC_SYS}${item.path}`;
    const before = files.read(path)?.trim();
    if (before === undefined) throw new Error(`setting ${item.path}: the kernel has no such setting`);
    files.poke(path, item.value);
    const known = Object.hasOwn(record.sysctls, item.path);
    if (!known) record.sysctls[item.path] = before;
    return () => {
      if (!known) delete record.sysctls[item.path];
      // Settings of a device go with the device.
      if (files.read(path) !== undefined) files.poke(path, before);
    };
  }

  #resetSysctl(item: Of<'sysctl'>): Undo {
    const { files, record } = this.#ports;
    const path = `${PROC_SYS}${item.path}`;
    const original = record.sysctls[item.path];
    if (original !== undefined && files.read(path) !== undefined) files.poke(path, original);
    delete record.sysctls[item.path];
    return () => {
      if (original !== undefined) record.sysctls[item.path] = original;
      if (files.read(path) !== undefined) files.poke(path, item.value);
    };
  }

  #setHostname(item: Of<'hostname'>): Undo {
    const { files } = this.#ports;
    const before = files.read(HOSTNAME)?.trim();
    files.poke(HOSTNAME, item.name);
    return () => {
      if (before !== undefined) files.poke(HOSTNAME, before);
    };
  }

  #createLink(item: StateLink): Promise<Undo> | Undo {
    const create = (): Undo => {
      const { kernel } = this.#ports;
      kernel.createLink({
        name: item.name,
        info: this.#linkInfo(item),
        ...(item.mtu === undefined ? {} : { mtu: item.mtu }),
        ...(item.type.is === 'vlan' ? { parent: this.#index(item.type.parent) } : {}),
      });
      this.#indexes = undefined;
      const remove = () =>
        tolerateGone(() => {
          kernel.deleteLink(this.#index(item.name));
          this.#indexes = undefined;
        });
      try {
        this.#configure(item, this.#link(item.name));
      } catch (error) {
        remove();
        throw error;
      }
      return remove;
    };
    return this.#withModule(LINK_MODULES[item.type.is], 'EOPNOTSUPP', create);
  }

  /** The kernel loads most modules when it meets their name; the rest is loaded here, when `missing` tells of it. */
  #withModule(module: string | undefined, missing: string, act: () => Undo): Promise<Undo> | Undo {
    try {
      return act();
    } catch (error) {
      if (module === undefined || errorCode(error) !== missing) throw error;
      return this.#ports.processes.run(['modprobe', module]).then(act);
    }
  }

  #deleteLink(item: StateLink): Undo {
    const { kernel } = this.#ports;
    return unlessGone(
      () => {
        kernel.deleteLink(this.#index(item.name));
        this.#indexes = undefined;
      },
      async () => void (await this.#createLink(item)),
    );
  }

  /** A physical device: marked as ours, set as wanted; given back as it was found. */
  #adopt(item: StateLink): Undo {
    const before = this.#link(item.name);
    try {
      this.#configure(item, before);
    } catch (error) {
      this.#restore(before);
      throw error;
    }
    return () => this.#restore(before);
  }

  #release(item: StateLink): Undo {
    const { kernel } = this.#ports;
    return unlessGone(
      () => kernel.changeLink({ index: this.#index(item.name), up: false, master: 0, alias: '' }),
      () => this.#configure(item, this.#link(item.name)),
    );
  }

  #restore(before: Link): void {
    this.#ports.kernel.changeLink({
      index: before.index,
      up: (before.flags & IFF_UP) !== 0,
      mtu: before.mtu,
      master: before.master,
      alias: before.alias,
    });
  }

  /** Mark, master, MTU and state of a device that exists. */
  #configure(item: StateLink, link: Link): void {
    const { kernel } = this.#ports;
    const master = item.master === undefined ? 0 : this.#index(item.master);
    kernel.changeLink({
      index: link.index,
      alias: LINK_ALIAS,
      up: item.down !== true,
      ...(item.mtu === undefined || item.mtu === link.mtu ? {} : { mtu: item.mtu }),
      ...(master === link.master ? {} : { master }),
    });
  }

  /** In place: a tunnel keeps its device, and with it routes, counters and its place in the plait. */
  #alterLink(from: StateLink, to: StateLink): void {
    const { kernel } = this.#ports;
    const link = this.#link(to.name);
    if (to.type.is === 'ipip' && JSON.stringify(from.type) !== JSON.stringify(to.type)) {
      kernel.changeLink({ index: link.index, info: this.#linkInfo(to) });
    }
    this.#configure(to, link);
  }

  #openFouPort(port: number): Promise<Undo> | Undo {
    const { kernel, record } = this.#ports;
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
    return this.#withModule('fou', 'ENOENT', open);
  }

  #addQdisc(item: Of<'qdisc'>): Undo {
    const { kernel } = this.#ports;
    const tbf = this.#tbf(item);
    const remove = () => tolerateGone(() => kernel.deleteQdisc(tbf));
    kernel.putQdisc(tbf, false);
    try {
      kernel.putQdisc({ index: tbf.index, kind: 'fq_codel', handle: CODEL_HANDLE, parent: TBF_CLASS }, false);
    } catch (error) {
      remove();
      throw error;
    }
    return remove;
  }

  #tbf(item: Of<'qdisc'>): Qdisc {
    const tbf = { rate: Math.max(1, Math.round(item.rate / 8)), burst: item.burst };
    return { index: this.#index(item.dev), kind: 'tbf', handle: TBF_HANDLE, tbf };
  }

  #setLeg(item: Of<'leg'>): void {
    const change = { index: this.#index(item.dev), weight: item.weight, enabled: item.enabled };
    this.#ports.kernel.setLegs(this.#index(item.link), [change]);
  }

  async #loadFirewall(item: FirewallItem): Promise<Undo> {
    const { record } = this.#ports;
    const before = record.firewall;
    const saved = { ipv4: await this.#save('iptables-save'), ipv6: await this.#save('ip6tables-save') };
    try {
      await this.#restoreRules('iptables-restore', item.ipv4);
      await this.#restoreRules('ip6tables-restore', item.ipv6);
    } catch (error) {
      await this.#restoreRules('iptables-restore', withOpenTables(saved.ipv4, item.ipv4));
      await this.#restoreRules('ip6tables-restore', withOpenTables(saved.ipv6, item.ipv6));
      throw error;
    }
    if (item === OPEN_FIREWALL) delete record.firewall;
    else record.firewall = { ipv4: item.ipv4, ipv6: item.ipv6 };
    return async () => {
      await this.#restoreRules('iptables-restore', withOpenTables(saved.ipv4, item.ipv4));
      await this.#restoreRules('ip6tables-restore', withOpenTables(saved.ipv6, item.ipv6));
      if (before === undefined) delete record.firewall;
      else record.firewall = before;
    };
  }

  async #save(program: string): Promise<string> {
    const result = await this.#ports.processes.run([program], { timeout: RESTORE_TIMEOUT });
    if (result.code !== 0) throw new Error(`${program} failed: ${lastLine(result.stderr)}`);
    return result.stdout;
  }

  async #restoreRules(program: string, rules: string): Promise<void> {
    const result = await this.#ports.processes.run([program], { stdin: rules, timeout: RESTORE_TIMEOUT });
    if (result.code !== 0) throw new Error(`${program} refused the rules: ${lastLine(result.stderr)}`);
  }

  #linkInfo(item: StateLink): LinkInfo {
    const { type } = item;
    switch (type.is) {
      case 'vlan':
        return { kind: 'vlan', id: type.id };
      case 'ipip': {
        const { local, remote, ttl, fou } = type;
        const info = { kind: 'ipip', link: this.#index(type.parent), local, remote, ttl } as const;
        return fou === undefined ? info : { ...info, fou };
      }
      case 'bridge':
      case 'plait':
        return { kind: type.is };
      case 'physical':
        throw new Error(`${item.name} is a physical device and cannot be made`);
    }
  }

  #address(item: Of<'address'>): Address {
    const { address: local, prefix } = parsePrefix(item.address);
    const address: Address = { index: this.#index(item.dev), local, prefix };
    return item.peer === undefined ? address : { ...address, peer: item.peer };
  }

  #route(item: Of<'route'>): Route {
    const { address: dst, prefix } = parsePrefix(item.dst);
    const { via, src, nexthops } = item;
    return {
      table: item.table,
      protocol: PROTOCOL,
      scope: item.scope === 'link' ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
      dst,
      prefix,
      metric: item.metric ?? 0,
      ...(item.dev === undefined ? {} : { oif: this.#index(item.dev) }),
      ...(via === undefined ? {} : { via }),
      ...(src === undefined ? {} : { src }),
      ...(nexthops === undefined
        ? {}
        : {
            nexthops: nexthops.map((hop) => ({
              oif: this.#index(hop.dev),
              weight: hop.weight,
              ...(hop.via === undefined ? {} : { via: hop.via }),
            })),
          }),
    };
  }

  #link(name: string): Link {
    const link = this.#ports.kernel.links().find((candidate) => candidate.name === name);
    if (link === undefined) throw noDevice(name);
    return link;
  }

  #index(name: string): number {
    this.#indexes ??= new Map(this.#ports.kernel.links().map((link) => [link.name, link.index]));
    const index = this.#indexes.get(name);
    if (index === undefined) throw noDevice(name);
    return index;
  }
}

/** What stays when our rules are taken away: everything open, as before the agent came. */
const OPEN_FIREWALL: FirewallItem = {
  kind: 'firewall',
  ipv4: openTables(['raw', 'mangle', 'nat', 'filter']),
  ipv6: openTables(['filter']),
};

function openTables(tables: readonly string[]): string {
  const chains: Record<string, readonly string[]> = {
    raw: ['PREROUTING', 'OUTPUT'],
    mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
    nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
    filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  };
  return tables
    .map((table) => {
      const policies = (chains[table] ?? []).map((chain) => `:${chain} ACCEPT [0:0]\n`).join('');
      return `*${table}\n${policies}COMMIT\n`;
    })
    .join('');
}

/** The save programs leave out tables nobody has used yet; those of `loaded` must be emptied again. */
function withOpenTables(saved: string, loaded: string): string {
  const tables = [...loaded.matchAll(/^\*(\w+)$/gm)].map((match) => match[1] ?? '');
  const missing = tables.filter((table) => !new RegExp(`^\\*${table}$`, 'm').test(saved));
  return `${openTables(missing)}${saved}`;
}

function ruleOf(item: Of<'rule'>): Rule {
  return {
    priority: item.priority,
    protocol: PROTOCOL,
    table: item.table,
    ...(item.from === undefined ? {} : { from: parsePrefix(item.from) }),
    ...(item.to === undefined ? {} : { to: parsePrefix(item.to) }),
    ...(item.iif === undefined ? {} : { iif: item.iif }),
    ...(item.mark === undefined ? {} : { mark: item.mark }),
    ...(item.suppressPrefixLength === undefined ? {} : { suppressPrefixLength: item.suppressPrefixLength }),
  };
}

function makeFolderOf(files: Files, path: string): void {
  const slash = path.lastIndexOf('/');
  if (slash > 0) files.makeFolder(path.slice(0, slash), 0o755);
}

function noDevice(name: string): Error {
  return Object.assign(new Error(`there is no device ${name}`), { code: 'ENODEV' });
}

/** Takes down what is there; what is not there needs no undoing. */
function unlessGone(takeDown: () => void, undo: Undo): Undo {
  try {
    takeDown();
    return undo;
  } catch (error) {
    if (GONE.has(errorCode(error) ?? '')) return nothing;
    throw error;
  }
}

function tolerateGone(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!GONE.has(errorCode(error) ?? '')) throw error;
  }
}

function nothing(): void {}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines[lines.length - 1]?.trim() ?? 'it gave no reason';
}
