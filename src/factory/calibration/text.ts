// SPDX-License-Identifier: MIT
/** A calibration as lines for people. */
import type { Calibration, Duration, Packet } from './calibration.ts';

export function calibrationText(calibration: Calibration): string {
  const { board, clock, cipher, x25519, packets } = calibration;
  const { cpu, kernel } = board;
  const { lateNs: late, ...timer } = clock.timer;
  const megahertz = cpu.megahertz === undefined ? '' : `, ${Math.round(cpu.megahertz)} MHz`;
  const shortest = timer.shortestNs === undefined ? '' : `, ${timer.shortestNs} ns ahead at the least`;
  return [
    `board       ${board.name}, Plait ${board.version}, Linux ${kernel.release}`,
    `CPU         ${cpu.name ?? 'unknown'}${megahertz}`,
    `clock       ${clock.source}, read in ${duration(clock.read)}, smallest step ${clock.stepNs} ns`,
    `timer       ${timer.device}, resolution ${timer.resolutionNs} ns${shortest}`,
    `            late by ${late.median} ns (median), ${late.p99} ns (99 of 100), ${late.most} ns at the most`,
    ...cipher.messages.map(
      ({ bytes, seal, open }) =>
        `cipher      ${bytes} bytes: sealed in ${duration(seal)}, opened in ${duration(open)}`,
    ),
    ...(cipher.seal === undefined
      ? []
      : [`            ${cipher.seal.cyclesPerByte} cycles a byte, and ${cipher.seal.fixedCycles} a message`]),
    `X25519      ${duration(x25519.agree)}; of a public key ${duration(x25519.publicKey)}`,
    ...packets.forwarded.map((one) => `forwarded   ${packet(one)}`),
    ...packets.plaited.map((one) => `plaited     ${packet(one)}`),
  ].join('\n');
}

function packet({ size, each, perSecond }: Packet): string {
  return `${size}: ${duration(each)}, ${perSecond} in a second without card and driver`;
}

function duration({ ns, cycles }: Duration): string {
  return `${ns} ns${cycles === undefined ? '' : ` (${Math.round(cycles)} cycles)`}`;
}
