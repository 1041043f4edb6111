// SPDX-License-Identifier: MIT
/**
 * Does a DHCP server answer? Asked is by broadcast for offers only: a client would take a lease, and could not give it back
 * without having its address.
 */
import { macOf } from './mac-address.ts';
import type { Ports } from './ports.ts';
import { dhcpDiscover, heardFrom } from './setup/frames.ts';

/** A question may be lost, and a switch does not forward at once. */
const QUESTIONS = 3;
/** Milliseconds for each. */
const PATIENCE = 2000;

/** Throws when it cannot be asked on this device. */
export async function dhcpServerAnswers(
  { clock, files, sockets }: Pick<Ports, 'clock' | 'files' | 'sockets'>,
  device: string,
  index: number,
): Promise<boolean> {
  const mac = macOf(files, device);
  if (mac === undefined) throw new Error(`${device} has no MAC address`);
  const id = clock.monotonic() & 0x7fffffff;
  let heard = () => {};
  let answered = false;
  const socket = sockets.frames(index, (frame, vlan) => {
    if (vlan !== 0 || heardFrom(frame, vlan, mac, id)?.what !== 'dhcp') return;
    answered = true;
    heard();
  });
  try {
    for (let count = 0; count < QUESTIONS && !answered; count++) {
      socket.send(dhcpDiscover(mac, 0, id));
      await new Promise<void>((resolve) => {
        const timer = clock.after(PATIENCE, resolve);
        heard = () => {
          timer.cancel();
          resolve();
        };
        if (answered) heard();
      });
    }
    return answered;
  } finally {
    socket.close();
  }
}
