// SPDX-License-Identifier: MIT
/**
 * A board that the factory's station has started over the network, with its root in memory (docs/factory.md). Nothing of its
 * disk is in use: there is no running slot, and /data is in memory, too.
 */
import { CMDLINE } from './paths.ts';
import type { Files } from './ports.ts';

/** Of the kernel's command line: addresses of station and board, and the MAC address of the port that it came by. */
export const STATION_PARAMETER = 'plait.station';

/** TCP port at which the station serves what goes on the card. */
export const STATION_PORT = 8069;

export interface StationStart {
  readonly station: string;
  readonly address: string;
  readonly mac: string;
}

const IPV4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;
const MAC = '[0-9a-f]{2}(?::[0-9a-f]{2}){5}';
const LIKE = new RegExp(
  String.raw`(?:^|\s)${STATION_PARAMETER.replace('.', '\\.')}=(${IPV4}),(${IPV4}),(${MAC})(?:\s|$)`,
);

/** Undefined: it was started from its disk. */
export function stationStart(files: Files): StationStart | undefined {
  const [, station, address, mac] = LIKE.exec(files.read(CMDLINE) ?? '') ?? [];
  if (station === undefined || address === undefined || mac === undefined) return undefined;
  return { station, address, mac };
}
