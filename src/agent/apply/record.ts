// SPDX-License-Identifier: MIT
/**
 * What the agent set and the kernel cannot mark as ours: settings below /proc/sys with their values before, files,
 * tables of the firewall. Kept below /run, so that it lives exactly as long as the kernel state it tells of.
 */
import type { Table } from '../../appliance/nft/types.ts';
import { FIREWALL_TABLE } from '../../appliance/plan/firewall.ts';
import type { Files } from '../ports.ts';

export interface ApplyRecord {
  /** Path below /proc/sys → value before us. */
  sysctls: Record<string, string>;
  /** Files made by us. */
  files: string[];
  /** Tables of nf_tables as we made them, by `tableKey()`; whether they are still there the kernel says. */
  tables: Record<string, Table>;
  /** FOU ports were opened: only then is the module's family asked. */
  fou: boolean;
  /** Traffic is balanced: only then is that module's family asked. */
  balance: boolean;
  /** Packets take the fast path, of the same module. */
  fastPath: boolean;
  /** Far ends of links, by the names of the links; only when there are some is that module's family asked. */
  peers: Record<string, PeerRecord>;
}

/** What the kernel does not tell of a far end. */
export interface PeerRecord {
  /** Name of this box's key. */
  key: string;
  /** `image`: the preshared key as if it were a private one, and this its public one: it is told by nothing else. */
  preshared?: { name: string; image: string };
  /** Where legs were told to send to, by their names: the kernel follows a far end that moves. */
  remotes: Record<string, { remote: string; port: number }>;
}

/** `inet plait` */
export function tableKey({ family, name }: Pick<Table, 'family' | 'name'>): string {
  return `${family} ${name}`;
}

/** The firewall is in force, be it an older one. */
export function hasFirewall({ tables }: ApplyRecord): boolean {
  return Object.hasOwn(tables, tableKey({ family: 'inet', name: FIREWALL_TABLE }));
}

export function emptyRecord(): ApplyRecord {
  return { sysctls: {}, files: [], tables: {}, fou: false, balance: false, fastPath: false, peers: {} };
}

/** A record that cannot be read counts as none: the worst is that a thing is set once more. */
export function readRecord(files: Files, path: string): ApplyRecord {
  try {
    const text = files.read(path);
    if (text === undefined) return emptyRecord();
    const record = JSON.parse(text) as ApplyRecord;
    const valid =
      typeof record.sysctls === 'object' &&
      Array.isArray(record.files) &&
      typeof record.tables === 'object' &&
      typeof record.fou === 'boolean' &&
      typeof record.balance === 'boolean';
    return valid
      ? { ...record, fastPath: record.fastPath ?? false, peers: record.peers ?? {} }
      : emptyRecord();
  } catch {
    return emptyRecord();
  }
}

export function writeRecord(files: Files, path: string, record: ApplyRecord): void {
  files.write(path, `${JSON.stringify(record)}\n`, { mode: 0o600 });
}
