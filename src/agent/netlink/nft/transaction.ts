// SPDX-License-Identifier: MIT
/** nf_tables over NETLINK_NETFILTER: transactions, which the kernel does whole or not at all, and dumps. */
import type { Family, InlineSet, Table } from '../../../appliance/nft/types.ts';
import { errorCode } from '../../ports.ts';
import { Writer } from '../bytes.ts';
import type { NetlinkClient } from '../client.ts';
import { NLM_F_ACK, NLM_F_REQUEST } from '../message.ts';
import { NFT } from './numbers.ts';
import {
  isOfTable,
  query,
  queryElements,
  queryOf,
  queryTable,
  readChain,
  readElements,
  readHelper,
  readRule,
  readSet,
  readTable,
  type TableName,
} from './read-table.ts';
import { deleteTable, type Request, replaceTable } from './write-table.ts';

const SUBSYSTEM = 10;
const BATCH_BEGIN = 16;
const BATCH_END = 17;

export function putTable(client: NetlinkClient, table: Table): void {
  transact(client, replaceTable(table));
}

export function dropTable(client: NetlinkClient, family: Family, name: string): void {
  transact(client, deleteTable(family, name));
}

/** The last message asks for the acknowledgement: that of the frame itself is known to newer kernels only. */
function transact(client: NetlinkClient, requests: readonly Request[]): void {
  const last = requests.length - 1;
  client.transaction([
    { type: BATCH_BEGIN, flags: NLM_F_REQUEST, payload: frame(), what: 'change the firewall' },
    ...requests.map(({ type, flags, payload, what }, at) => ({
      type: messageType(type),
      flags: flags | NLM_F_REQUEST | (at === last ? NLM_F_ACK : 0),
      payload,
      what,
    })),
    { type: BATCH_END, flags: NLM_F_REQUEST, payload: frame(), what: 'change the firewall' },
  ]);
}

/** The comment of a table; undefined: there is no such table, or it has none. */
export function tableComment(client: NetlinkClient, family: Family, name: string): string | undefined {
  try {
    const [answer] = client.request(
      messageType(NFT.GETTABLE),
      0,
      queryTable(family, name),
      `ask for table ${name}`,
    );
    return answer && readTable(answer.payload)?.comment;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Tables of these names with all that is in them. */
export function dumpTables(client: NetlinkClient, isOurs: (name: string) => boolean): Table[] {
  return (['inet', 'netdev'] as const).flatMap((family) =>
    dump(client, NFT.GETTABLE, query(family))
      .flatMap((payload) => readTable(payload) ?? [])
      .filter((table) => table.family === family && isOurs(table.name))
      .map((table) => dumpTable(client, table)),
  );
}

function dumpTable(client: NetlinkClient, table: TableName): Table {
  const all = (type: number) =>
    dump(client, type, queryOf(table)).filter((payload) => isOfTable(payload, table));
  const sets = new Map<string, InlineSet>();
  for (const head of all(NFT.GETSET).flatMap((payload) => readSet(payload) ?? [])) {
    const payloads = dump(client, NFT.GETSETELEM, queryElements(table, head.name));
    sets.set(head.name, { type: head.type, elements: readElements(head, payloads) });
  }
  const rules = all(NFT.GETRULE).map((payload) => readRule(payload, (name) => sets.get(name)));
  return {
    ...table,
    helpers: all(NFT.GETOBJ).flatMap((payload) => readHelper(payload) ?? []),
    chains: all(NFT.GETCHAIN).map((payload) => {
      const chain = readChain(table.family, payload);
      return { ...chain, rules: rules.filter(({ chain: of }) => of === chain.name).map(({ rule }) => rule) };
    }),
  };
}

function dump(client: NetlinkClient, type: number, payload: Uint8Array): Uint8Array[] {
  return client.dump(messageType(type), payload, 'list the firewall').map((message) => message.payload);
}

function messageType(type: number): number {
  return (SUBSYSTEM << 8) | type;
}

/** `struct nfgenmsg` with the subsystem that the messages between are for. */
function frame(): Uint8Array {
  return new Writer().u8(0).u8(0).be16(SUBSYSTEM).finish();
}
