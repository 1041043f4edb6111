// SPDX-License-Identifier: MIT
/** Asks a name server by one uplink alone. It is asked for the name servers of the root: no name of anybody's is needed. */
import { encodeQuestion, TYPE_NS } from '../dns-message.ts';
import type { Clock } from '../ports.ts';
import { DNS_PORT } from '../probes/dns.ts';
import type { SetupPorts } from './ports.ts';

const TRIES = 3;
const PAUSE = 1000;
const IS_ANSWER = 0x80;
const RCODE = 0x0f;

export interface NameServerQuery {
  device: string;
  /** The box's address on the uplink. */
  source: string;
  server: string;
}

/** Milliseconds until the answer; `refused`: it answers that it will not; undefined: silence. */
export function askNameServer(
  setup: Pick<SetupPorts, 'datagrams'>,
  clock: Clock,
  { device, source, server }: NameServerQuery,
): Promise<number | 'refused' | undefined> {
  const id = clock.monotonic() & 0xffff;
  return new Promise((resolve) => {
    const start = clock.monotonic();
    let tries = 0;
    const end = (result: number | 'refused' | undefined) => {
      timer?.cancel();
      socket.close();
      resolve(result);
    };
    const socket = setup.datagrams(device, source, (data) => {
      const code = readAnswer(data, id);
      if (code === 0) end(Math.max(1, Math.round(clock.monotonic() - start)));
      else if (code !== undefined) end('refused');
    });
    let timer = clock.after(0, send);
    function send(): void {
      if (tries++ === TRIES) {
        end(undefined);
        return;
      }
      try {
        socket.send(encodeQuestion(id, '', TYPE_NS), server, DNS_PORT);
      } catch {
        // No route yet, or no neighbour: the silence that follows says so.
      }
      timer = clock.after(PAUSE, send);
    }
  });
}

/** The response code; undefined: not the answer to our question. */
export function readAnswer(data: Uint8Array, id: number): number | undefined {
  if (data.length < 12 || data[0] !== id >> 8 || data[1] !== (id & 0xff)) return undefined;
  if (((data[2] ?? 0) & IS_ANSWER) === 0) return undefined;
  return (data[3] ?? 0) & RCODE;
}
