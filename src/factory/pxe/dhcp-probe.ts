// SPDX-License-Identifier: MIT
/**
 * Does another DHCP server answer on a network? Asked is for offers only, of which none is taken. The socket that asks is bound to the
 * interface's own address, by which the kernel chooses where a broadcast leaves; answers come to all, and are known by their number.
 */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { dhcpOffer, dhcpQuestion } from '../../agent/setup/frames.ts';
import type { Bench } from './bench-interface.ts';

/** A question may be lost, and a switch does not forward at once. */
const QUESTIONS = 3;
/** Milliseconds for each. */
const PATIENCE = 2_000;
const [SERVER, CLIENT] = [67, 68];

/** The address of a server that offers something; undefined: none does. */
export async function otherDhcpServer(
  { address, mac }: Pick<Bench, 'address' | 'mac'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const id = randomInt(0x8000_0000);
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  const [asking, hearing] = [
    createSocket({ type: 'udp4', reuseAddr: true }),
    createSocket({ type: 'udp4', reuseAddr: true }),
  ];
  const heard = new AbortController();
  let server: string | undefined;
  try {
    hearing.on('message', (message, from) => {
      const offer = dhcpOffer(message, from.address, bytes, id)?.server;
      // The station's own, when it serves already.
      if (offer === undefined || offer === address) return;
      server ??= offer;
      heard.abort();
    });
    await bound(hearing, '0.0.0.0');
    await bound(asking, address);
    asking.setBroadcast(true);
    for (let count = 0; count < QUESTIONS && server === undefined; count++) {
      await ask(asking, Uint8Array.from(dhcpQuestion(bytes, id)));
      await sleep(PATIENCE, undefined, { signal: AbortSignal.any([signal, heard.signal]) }).catch(() => {});
      signal.throwIfAborted();
    }
    return server;
  } finally {
    asking.close();
    hearing.close();
  }
}

function bound(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port: CLIENT, address, exclusive: true }, resolve);
  });
}

function ask(socket: Socket, message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(message, SERVER, '255.255.255.255', (error) => (error ? reject(error) : resolve()));
  });
}
