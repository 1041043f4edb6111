// SPDX-License-Identifier: MIT
/**
 * What safe defaults keep of a configuration, also of one that this firmware cannot use as a whole: who may log in,
 * the host name, and which ports led where.
 */
import { parseConfig, readDocument } from './config.ts';
import type { Config } from './schema.ts';

export interface Salvaged {
  hostname?: string;
  admin?: Config['admin'];
  lanPorts: string[];
  uplinkPorts: string[];
}

export const NOTHING_SALVAGED: Salvaged = { lanPorts: [], uplinkPorts: [] };

/** Undefined: the text holds nothing that could be kept. Each value is one that `parseConfig()` accepts. */
export function salvage(text: string): Salvaged | undefined {
  const parsed = parseConfig(text);
  if (parsed.ok) return salvageConfig(parsed.config);
  const read = readDocument(text);
  return 'problem' in read ? undefined : salvageDocument(mapping(read.value));
}

function salvageConfig({ hostname, admin, lan, uplinks }: Config): Salvaged {
  const uplinkPorts = Object.values(uplinks).map(({ port }) => port);
  return { hostname, admin, lanPorts: lan.ports, uplinkPorts };
}

function salvageDocument({ hostname, admin, lan, uplinks }: Record<string, unknown>): Salvaged {
  const name = accepted({ hostname })?.hostname;
  const access = acceptedAdmin(mapping(admin));
  return {
    ...(hostname !== undefined && name !== undefined ? { hostname: name } : {}),
    ...(access === undefined ? {} : { admin: access }),
    lanPorts: texts(mapping(lan).ports),
    uplinkPorts: texts(Object.values(mapping(uplinks)).map((uplink) => mapping(uplink).port)),
  };
}

/** The password and each key for itself: one bad key takes away no other. */
function acceptedAdmin(admin: Record<string, unknown>): Config['admin'] | undefined {
  const hash = admin['password-hash'];
  const password = hash === undefined ? undefined : accepted({ admin: { 'password-hash': hash } });
  const keys = texts(admin['ssh-keys']).filter((key) => accepted({ admin: { 'ssh-keys': [key] } }));
  if (password === undefined && keys.length === 0) return undefined;
  return { ...password?.admin, 'ssh-keys': keys };
}

/** The smallest configuration with these values in it, if they are right. */
function accepted(values: Record<string, unknown>): Config | undefined {
  const smallest = { version: 1, lan: { ports: ['eth0'], address: '192.168.1.1/24' } };
  const parsed = parseConfig(JSON.stringify({ ...smallest, ...values }));
  return parsed.ok ? parsed.config : undefined;
}

function mapping(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
