// SPDX-License-Identifier: MIT
/** The kernel port over rtnetlink and generic netlink sockets. */
import type { Table } from '../../appliance/nft/types.ts';
import { crc32Text } from '../crc32.ts';
import { type Kernel, KernelError } from '../kernel.ts';
import { errorCode, type Sockets } from '../ports.ts';
import {
  BALANCE_FAMILY,
  decodeBalance,
  decodeFastPath,
  encodeBalanceClear,
  encodeBalanceGet,
  encodeBalanceSet,
  encodeFastPathSet,
} from './balance.ts';
import { Writer } from './bytes.ts';
import { NetlinkClient } from './client.ts';
import { CT_DELETE, encodeForget, NETLINK_NETFILTER } from './conntrack.ts';
import {
  decodeFamily,
  decodeFouPort,
  encodeFouPort,
  encodeGenl,
  encodeGetFamily,
  type Family,
  FOU_CMD_ADD,
  FOU_CMD_DEL,
  FOU_CMD_GET,
  GENL_ID_CTRL,
} from './genl.ts';
import { type Message, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE } from './message.ts';
import { dropTable, dumpTables, putTable, tableComment } from './nft/transaction.ts';
import { decodePlaitLink, encodeLegSet, encodePlaitGet, PLAIT_FAMILY } from './plait.ts';
import { decodeRules, encodeRulesGet, encodeRulesSet } from './plait-rules.ts';
import {
  decodeKey,
  decodeUdpPeer,
  encodeKey,
  encodePeerDel,
  encodePeerGet,
  encodePeerSet,
  encodeUdpLegDel,
  encodeUdpLegSet,
  PLAIT_UDP_FAMILY,
} from './plait-udp.ts';
import { decodeAddress, encodeAddress, RTM_DELADDR, RTM_GETADDR, RTM_NEWADDR } from './rtnl/address.ts';
import { AF_INET } from './rtnl/ipv4.ts';
import { decodeLink, encodeLink, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK } from './rtnl/link.ts';
import { decodeQdisc, encodeQdisc, RTM_DELQDISC, RTM_GETQDISC, RTM_NEWQDISC } from './rtnl/qdisc.ts';
import {
  decodeRoute,
  encodeRoute,
  type Route,
  RTM_DELROUTE,
  RTM_GETROUTE,
  RTM_NEWROUTE,
} from './rtnl/route.ts';
import { decodeRule, encodeRule, RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE, type Rule } from './rtnl/rule.ts';

/** Names of our tables begin with it. */
const OURS = 'plait';

export const NETLINK_ROUTE = 0;
export const NETLINK_GENERIC = 16;

/** Opens the sockets at once; families of modules not loaded yet are looked up when first needed. */
export function netlinkKernel(sockets: Sockets): Kernel & { family(name: string): Family } {
  const rtnl = new NetlinkClient(sockets.netlink(NETLINK_ROUTE, 0));
  const genl = new NetlinkClient(sockets.netlink(NETLINK_GENERIC, 0));
  let netfilterClient: NetlinkClient | undefined;
  const netfilter = () => (netfilterClient ??= new NetlinkClient(sockets.netlink(NETLINK_NETFILTER, 0)));
  const families = new Map<string, Family>();

  const family = (name: string): Family => {
    let found = families.get(name);
    if (found === undefined) {
      const [answer] = genl.request(GENL_ID_CTRL, 0, encodeGetFamily(name), `generic netlink family ${name}`);
      found = answer && decodeFamily(answer.payload);
      if (found === undefined)
        throw new KernelError('EPROTO', `generic netlink family ${name}: unreadable answer`);
      families.set(name, found);
    }
    return found;
  };

  /** A module loaded anew has another family number: forget it and ask once more. */
  const withFamily = <T>(name: string, act: (id: number) => T): T => {
    const known = families.has(name);
    try {
      return act(family(name).id);
    } catch (error) {
      if (!known || errorCode(error) !== 'ENOENT') throw error;
      families.delete(name);
      return act(family(name).id);
    }
  };

  /** Undefined without the module, as when the answer holds nothing of what is asked for. */
  const askBalance = <T>(what: string, decode: (payload: Uint8Array) => T | undefined): T | undefined => {
    try {
      const [answer] = withFamily(BALANCE_FAMILY, (id) => genl.request(id, 0, encodeBalanceGet(), what));
      return answer && decode(answer.payload);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  };

  const udp = (payload: Uint8Array, what: string): Message[] =>
    withFamily(PLAIT_UDP_FAMILY, (id) => genl.request(id, 0, payload, what));

  const askForKey = (privateKey: string | undefined, what: string) => {
    const [answer] = udp(encodeKey(privateKey), what);
    const key = answer && decodeKey(answer.payload);
    if (key === undefined) throw new KernelError('EPROTO', `${what}: unreadable answer`);
    return key;
  };

  const create = NLM_F_CREATE | NLM_F_EXCL;

  return {
    family,

    links: () => decodeAll(rtnl.dump(RTM_GETLINK, new Writer().zeros(16).finish(), 'list links'), decodeLink),
    createLink: (request) => {
      rtnl.request(
        RTM_NEWLINK,
        create,
        encodeLink(request),
        `create ${request.name} (${request.info?.kind})`,
      );
    },
    changeLink: (request) => {
      rtnl.request(RTM_NEWLINK, 0, encodeLink(request), `change device ${request.index}`);
    },
    deleteLink: (index) => {
      rtnl.request(RTM_DELLINK, 0, encodeLink({ index }), `delete device ${index}`);
    },

    addresses: () => decodeAll(rtnl.dump(RTM_GETADDR, inetHeader(8), 'list addresses'), decodeAddress),
    addAddress: (address) => {
      rtnl.request(
        RTM_NEWADDR,
        create,
        encodeAddress(address),
        `add address ${address.local}/${address.prefix}`,
      );
    },
    deleteAddress: (address) => {
      rtnl.request(
        RTM_DELADDR,
        0,
        encodeAddress(address),
        `remove address ${address.local}/${address.prefix}`,
      );
    },

    routes: () => decodeAll(rtnl.dump(RTM_GETROUTE, inetHeader(12), 'list routes'), decodeRoute),
    putRoute: (route, replace) => {
      const flags = NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL);
      rtnl.request(RTM_NEWROUTE, flags, encodeRoute(route), `add ${routeText(route)}`);
    },
    deleteRoute: (route) => {
      rtnl.request(RTM_DELROUTE, 0, encodeRoute(route), `remove ${routeText(route)}`);
    },

    rules: () => decodeAll(rtnl.dump(RTM_GETRULE, inetHeader(12), 'list rules'), decodeRule),
    addRule: (rule) => {
      rtnl.request(RTM_NEWRULE, create, encodeRule(rule), `add ${ruleText(rule)}`);
    },
    deleteRule: (rule) => {
      rtnl.request(RTM_DELRULE, 0, encodeRule(rule), `remove ${ruleText(rule)}`);
    },

    qdiscs: () =>
      decodeAll(rtnl.dump(RTM_GETQDISC, new Writer().zeros(20).finish(), 'list qdiscs'), decodeQdisc),
    putQdisc: (qdisc, change) => {
      const flags = change ? 0 : NLM_F_CREATE | NLM_F_REPLACE;
      rtnl.request(RTM_NEWQDISC, flags, encodeQdisc(qdisc), `set ${qdisc.kind} on device ${qdisc.index}`);
    },
    deleteQdisc: (qdisc) => {
      rtnl.request(RTM_DELQDISC, 0, encodeQdisc(qdisc), `remove ${qdisc.kind} from device ${qdisc.index}`);
    },

    fouPorts: () =>
      withFamily('fou', (id) =>
        decodeAll(genl.dump(id, encodeGenl(FOU_CMD_GET, 1), 'list FOU ports'), decodeFouPort),
      ),
    addFouPort: (port) => {
      withFamily('fou', (id) =>
        genl.request(id, 0, encodeFouPort(FOU_CMD_ADD, port), `open FOU port ${port}`),
      );
    },
    deleteFouPort: (port) => {
      withFamily('fou', (id) =>
        genl.request(id, 0, encodeFouPort(FOU_CMD_DEL, port), `close FOU port ${port}`),
      );
    },

    balance: () => askBalance('ask for the balancing', decodeBalance),
    setBalance: (settings) => {
      withFamily(BALANCE_FAMILY, (id) =>
        genl.request(id, 0, encodeBalanceSet(settings), `balance by ${settings.strategy}`),
      );
    },
    clearBalance: () => {
      withFamily(BALANCE_FAMILY, (id) => genl.request(id, 0, encodeBalanceClear(), 'end the balancing'));
    },

    fastPath: () => askBalance('ask for the fast path', decodeFastPath),
    setFastPath: (settings) => {
      withFamily(BALANCE_FAMILY, (id) =>
        genl.request(id, 0, encodeFastPathSet(settings), 'set the fast path'),
      );
    },

    forgetFlows: (flows) => {
      netfilter().request(CT_DELETE, 0, encodeForget(flows), `forget flows of mark ${flows.mark}`);
    },

    putTable: (table) => putTable(netfilter(), { ...table, comment: fingerprint(table) }),
    deleteTable: (family, name) => dropTable(netfilter(), family, name),
    hasTable: (table) => tableComment(netfilter(), table.family, table.name) === fingerprint(table),
    tables: () => dumpTables(netfilter(), (name) => name === OURS || name.startsWith(`${OURS}_`)),

    plaitLinks: () =>
      withFamily(PLAIT_FAMILY, (id) =>
        decodeAll(genl.dump(id, encodePlaitGet(), 'list plait links'), decodePlaitLink),
      ),
    setLegs: (link, changes) => {
      withFamily(PLAIT_FAMILY, (id) =>
        genl.request(id, 0, encodeLegSet(link, changes), `set legs of device ${link}`),
      );
    },

    legRules: (link) => {
      try {
        const [answer] = withFamily(PLAIT_FAMILY, (id) =>
          genl.request(id, 0, encodeRulesGet(link), `ask for the rules of device ${link}`),
        );
        const state = answer && decodeRules(answer.payload);
        return state?.rules.length === 0 ? undefined : state;
      } catch (error) {
        if (errorCode(error) === 'EOPNOTSUPP' || errorCode(error) === 'ENODEV') return undefined;
        throw error;
      }
    },
    setLegRules: (link, rules) => {
      withFamily(PLAIT_FAMILY, (id) =>
        genl.request(id, 0, encodeRulesSet(link, rules), `set the rules of device ${link}`),
      );
    },

    newKey: () => {
      const { privateKey, publicKey } = askForKey(undefined, 'make a key');
      if (privateKey === undefined) throw new KernelError('EPROTO', 'make a key: unreadable answer');
      return { privateKey, publicKey };
    },
    publicKeyOf: (privateKey) => askForKey(privateKey, 'ask for a public key').publicKey,

    udpPeers: () => {
      try {
        return withFamily(PLAIT_UDP_FAMILY, (id) =>
          decodeAll(genl.dump(id, encodePeerGet(), 'list far ends'), decodeUdpPeer),
        );
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return [];
        throw error;
      }
    },
    setUdpPeer: (change) => {
      udp(encodePeerSet(change), `set the far end of device ${change.index}`);
    },
    deleteUdpPeer: (link) => {
      udp(encodePeerDel(link), `remove the far end of device ${link}`);
    },
    setUdpLeg: (link, change) => {
      udp(encodeUdpLegSet(link, change), `set UDP leg ${change.number} of device ${link}`);
    },
    deleteUdpLeg: (link, number) => {
      udp(encodeUdpLegDel(link, number), `remove UDP leg ${number} of device ${link}`);
    },
  };
}

const fingerprints = new WeakMap<Table, string>();

/**
 * Kept with the table: whoever finds it sees what it was made from. Asked for the same tables each time that the state is
 * read, and dear on a slow CPU: remembered.
 */
function fingerprint(table: Table): string {
  const known = fingerprints.get(table);
  if (known !== undefined) return known;
  const made = `made by plaitd, ${crc32Text(JSON.stringify(table))}`;
  fingerprints.set(table, made);
  return made;
}

function decodeAll<T>(messages: readonly Message[], decode: (payload: Uint8Array) => T | undefined): T[] {
  const all: T[] = [];
  for (const message of messages) {
    const one = decode(message.payload);
    if (one !== undefined) all.push(one);
  }
  return all;
}

function inetHeader(size: number): Uint8Array {
  const header = new Uint8Array(size);
  header[0] = AF_INET;
  return header;
}

function routeText(route: Route): string {
  return `route ${route.prefix === 0 ? 'default' : `${route.dst}/${route.prefix}`} in table ${route.table}`;
}

function ruleText(rule: Rule): string {
  return `rule ${rule.priority} to table ${rule.table}`;
}
