// SPDX-License-Identifier: MIT
/** The configuration that setup starts from, as a document with the notation of the one who wrote it. */
import { readDocument } from '../config.ts';
import { legsOf } from '../legs.ts';
import type { Config } from '../schema.ts';
import { parsed } from './parsed.ts';

export type Mapping = Readonly<Record<string, unknown>>;

export interface Base {
  text: string;
  document: Mapping;
  config: Config;
  uplinks: readonly BaseUplink[];
}

export interface BaseUplink {
  name: string;
  document: Mapping;
  /** Tunnels that have a leg by it. */
  tunnels: readonly string[];
}

/** Undefined: there is none, or it is none that could be kept. */
export function readBase(text: string | undefined): Base | undefined {
  if (text === undefined) return undefined;
  const known = parsed(text);
  const read = readDocument(text);
  if (!known.ok || 'problem' in read) return undefined;
  const { config } = known;
  const document = mapping(read.value);
  const uplinks = Object.entries(mapping(document.uplinks)).map(([name, uplink]) => ({
    name,
    document: mapping(uplink),
    tunnels: Object.keys(config.tunnels).filter((tunnel) =>
      legsOf(config, tunnel).some((leg) => leg.uplink === name),
    ),
  }));
  return { text, document, config, uplinks };
}

export function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}

/** A value in the words of an answer; undefined when it is not there. */
export function words(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(String).join(' ');
  return value === undefined || value === null ? undefined : String(value);
}
