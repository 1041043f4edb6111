// SPDX-License-Identifier: MIT
/** Which uplinks and tunnels carry traffic, and which did so when the board was last proved good. */
import { CARRIED } from './paths.ts';
import type { Files } from './ports.ts';
import type { Status } from './status.ts';

/** Names as people read them: `uplink dsl`, `tunnel hq`. */
export function carryingNow({ uplinks, tunnels }: Pick<Status, 'uplinks' | 'tunnels'>): string[] {
  return [
    ...uplinks
      .filter(
        ({ state, health, counters }) =>
          state === 'up' && (health ? health.alive && health.received > 0 : (counters?.rxPackets ?? 0) > 0),
      )
      .map(({ name }) => `uplink ${name}`),
    ...tunnels
      .filter(({ legs }) =>
        legs.some(
          ({ live, health, rxPackets }) =>
            live && (health ? health.alive && health.received > 0 : rxPackets > 0),
        ),
      )
      .map(({ name }) => `tunnel ${name}`),
  ];
}

/** What carried traffic before, is still configured, and does not now. */
export function missingOf(before: readonly string[], status: Pick<Status, 'uplinks' | 'tunnels'>): string[] {
  const now = new Set(carryingNow(status));
  const configured = new Set([
    ...status.uplinks.map(({ name }) => `uplink ${name}`),
    ...status.tunnels.map(({ name }) => `tunnel ${name}`),
  ]);
  return before.filter((name) => configured.has(name) && !now.has(name));
}

export function readCarried(files: Files): string[] {
  try {
    const names: unknown = JSON.parse(files.read(CARRIED) ?? '[]');
    return Array.isArray(names) ? names.filter((name): name is string => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

/** Written only when it changes: a card is not worn out by a line that comes and goes (the caller asks seldom). */
export function writeCarried(files: Files, names: readonly string[]): void {
  if (JSON.stringify(readCarried(files)) === JSON.stringify(names)) return;
  files.makeFolder('/data/plait', 0o700);
  files.write(CARRIED, JSON.stringify(names), { mode: 0o600, durable: true });
}
