// SPDX-License-Identifier: MIT
/** How the target of a probe is written: `gateway`, `9.9.9.9`, `tcp:example.org:443`, `dns:9.9.9.9`, `http://…`. */
import { isUnicast, parseIp } from './ipv4.ts';
import { Complaint, type Reader } from './units.ts';

export type ProbeMethod =
  | { by: 'ping' }
  /** A connection that is accepted. */
  | { by: 'tcp'; port: number }
  /** A name server that answers a question about this name; that there is no such name is an answer, too. */
  | { by: 'dns'; name: string }
  /** A status of 200 to 299: a captive portal answers otherwise. */
  | { by: 'http'; port: number; path: string };

/** `host` is an address or a name. */
export type ProbeTarget = 'gateway' | { host: string; method: ProbeMethod };

const REMEDY =
  'write gateway, an address or name (ping), tcp:HOST:PORT, dns:ADDRESS, dns:ADDRESS/NAME or http://HOST/PATH';
const NAME = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i;

export const probeTarget: Reader<ProbeTarget> = (value) => {
  if (typeof value !== 'string') return new Complaint('is not a target of probes', REMEDY);
  if (value === 'gateway') return value;
  if (/^https:/i.test(value))
    return new Complaint('needs TLS, which probes do not speak', 'write tcp:HOST:443, or http://HOST/PATH');
  const [, kind = 'ping', rest = ''] = /^(?:(ping|tcp|dns|http):)?(.*)$/i.exec(value) ?? [];
  const read = READERS[kind.toLowerCase()]?.(rest);
  if (read === undefined) return new Complaint('is not a target of probes', REMEDY);
  const ip = parseIp(read.host);
  if (ip !== undefined && !isUnicast(ip))
    return new Complaint('is not the address of a machine', 'write a unicast IPv4 address');
  return read;
};

/** A machine by its address, or by a domain name of at least two labels. */
export const hostOrAddress: Reader<string> = (value) => {
  const ip = typeof value === 'string' ? parseIp(value) : undefined;
  if (ip !== undefined && !isUnicast(ip))
    return new Complaint('is not the address of a machine', 'write a unicast IPv4 address');
  if (typeof value === 'string' && isHost(value)) return value;
  return new Complaint('is neither an address nor a name', 'write such as 192.0.2.1 or ntp.example.org');
};

/** As it is written in plait.yaml. */
export function formatTarget(host: string, method: ProbeMethod): string {
  switch (method.by) {
    case 'ping':
      return host;
    case 'tcp':
      return `tcp:${host}:${method.port}`;
    case 'dns':
      return method.name === '' ? `dns:${host}` : `dns:${host}/${method.name}`;
    case 'http':
      return `http://${host}${method.port === HTTP_PORT ? '' : `:${method.port}`}${method.path}`;
  }
}

/** A domain name of at least two labels, without the last dot; its last label is no number. */
export function isDomainName(text: string): boolean {
  return NAME.test(text) && parseIp(text) === undefined;
}

const HTTP_PORT = 80;

const READERS: Record<string, (rest: string) => { host: string; method: ProbeMethod } | undefined> = {
  ping: (rest) => (isHost(rest) ? { host: rest, method: { by: 'ping' } } : undefined),
  tcp: (rest) => {
    const [, host = '', port = ''] = /^([^:]+):(\d{1,5})$/.exec(rest) ?? [];
    return isHost(host) && isPort(Number(port))
      ? { host, method: { by: 'tcp', port: Number(port) } }
      : undefined;
  },
  dns: (rest) => {
    const [, host = '', name = ''] = /^([^/]+)(?:\/(.+))?$/.exec(rest) ?? [];
    return parseIp(host) !== undefined && (name === '' || isDomainName(name))
      ? { host, method: { by: 'dns', name } }
      : undefined;
  },
  http: (rest) => {
    const match = /^\/\/([^/:]+)(?::(\d{1,5}))?(\/[!-~]{0,200})?$/.exec(rest);
    const [, host = '', port = String(HTTP_PORT), path = '/'] = match ?? [];
    return isHost(host) && isPort(Number(port))
      ? { host, method: { by: 'http', port: Number(port), path } }
      : undefined;
  },
};

function isHost(text: string): boolean {
  return parseIp(text) !== undefined || isDomainName(text);
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65535;
}
