// SPDX-License-Identifier: MIT
/** Very many TCP connections (guest/connections.c). */

export interface ConnectOptions {
  readonly from: string;
  readonly to: string;
  readonly address: string;
  /** Connections in all, and of them at the same time. */
  readonly count: number;
  readonly parallel: number;
  /** What each sends, and is answered with; at most 65536. */
  readonly bytes: number;
}

const PORT = 9100;

export function connectLines(
  name: string,
  { from, to, address, count, parallel, bytes }: ConnectOptions,
): string[] {
  return [
    `[ -e /run/steps/connections-${to} ] || begin connections-${to} ${to} connections serve ${PORT} ${parallel}`,
    // The server must listen; nothing tells when.
    'sleep 0.1',
    `step ${name} ${from} connections open ${address} ${PORT} ${count} ${parallel} ${bytes}`,
  ];
}
