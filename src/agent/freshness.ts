// SPDX-License-Identifier: MIT
/**
 * Handshakes of a link carry a number that only grows (12 bytes, a time where the clock is right), and the far end takes none
 * that is not above the last one. A board without a battery for its clock starts in the past: so what was used is
 * written down with room to grow, and given to the kernel when the link gets its far end.
 */
import type { Kernel } from './kernel.ts';
import type { UdpPeer } from './netlink/plait-udp.ts';
import { FRESHNESS } from './paths.ts';
import { errorText, type Files, type Ports, type Timer } from './ports.ts';

/** Seconds that what is written is ahead of what was used; written again when half of it is used up. */
const AHEAD = 2 * 3600;
/** Milliseconds: a small file an hour, by what is ahead, and a clock that was set is noticed soon. */
const LOOK = 10 * 60_000;
const NUMBER = /^[0-9a-f]{24}$/;
/** Hexadecimal digits of the seconds, before those of their fraction. */
const SECONDS = 16;

/** Hexadecimal digits of 12 bytes; undefined: none is known, or the file is damaged. */
export function readFloor(files: Files, link: string): string | undefined {
  try {
    const text = files.read(`${FRESHNESS}/${link}`)?.trim() ?? '';
    return NUMBER.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

export class Freshness {
  #ports: Pick<Ports, 'clock' | 'files' | 'log'>;
  #kernel: Pick<Kernel, 'udpPeers'>;
  #used: () => boolean;
  #timer: Timer | undefined;
  /** Links of which it was said that nothing can be written. */
  #told = new Set<string>();

  /** `used`: there are links with a far end; without, the kernel is not asked. */
  constructor(
    ports: Pick<Ports, 'clock' | 'files' | 'log'>,
    kernel: Pick<Kernel, 'udpPeers'>,
    used: () => boolean,
  ) {
    this.#ports = ports;
    this.#kernel = kernel;
    this.#used = used;
  }

  /** Looks now, and again every ten minutes. */
  watch(): void {
    this.#timer?.cancel();
    this.#timer = this.#ports.clock.after(LOOK, () => this.watch());
    if (!this.#used()) return;
    try {
      for (const peer of this.#kernel.udpPeers()) if (peer.session === 'established') this.#keep(peer);
    } catch (error) {
      this.#ports.log('warning', `looking at handshakes: ${errorText(error)}`);
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #keep({ name, freshUsed }: UdpPeer): void {
    const { files, log } = this.#ports;
    if (!NUMBER.test(freshUsed) || (readFloor(files, name) ?? '') >= later(freshUsed, AHEAD / 2)) return;
    try {
      files.makeFolder(FRESHNESS, 0o700);
      files.write(`${FRESHNESS}/${name}`, `${later(freshUsed, AHEAD)}\n`, { mode: 0o600, durable: true });
      this.#told.delete(name);
    } catch (error) {
      // A full card: the board goes on, and after a restart with a wrong clock it may have to wait for NTP.
      if (!this.#told.has(name))
        log('warning', `what handshakes of ${name} have used is not kept: ${errorText(error)}`);
      this.#told.add(name);
    }
  }
}

/** So many seconds more; at most the largest number. */
function later(number: string, seconds: number): string {
  const digits = [...number.slice(0, SECONDS)];
  let carry = seconds;
  for (let at = SECONDS - 1; at >= 0 && carry > 0; at--) {
    const sum = Number.parseInt(digits[at] ?? '0', 16) + (carry % 16);
    digits[at] = (sum % 16).toString(16);
    carry = Math.floor(carry / 16) + Math.floor(sum / 16);
  }
  return carry > 0 ? 'f'.repeat(number.length) : digits.join('') + number.slice(SECONDS);
}
