// SPDX-License-Identifier: MIT
/** What a receiver reads of bytes that were sent at another speed, bit by bit, 8N1. */

export interface Reception {
  readonly bytes: readonly number[];
  /** Characters whose stop bit was missing and whose bits were all 0: BREAKs. */
  readonly breaks: number;
}

/** Characters with a missing stop bit are dropped, as a Linux port with IGNPAR drops them, unless `keepBroken`. */
export function resample(
  sent: Iterable<number>,
  sender: number,
  receiver: number,
  keepBroken = false,
): Reception {
  const level = [1, 1];
  for (const byte of sent) level.push(0, ...bitsOf(byte), 1);
  level.push(...new Array<number>(12).fill(1));
  const duration = level.length / sender;
  const at = (time: number) => level[Math.floor(time * sender)] ?? 1;
  const bytes: number[] = [];
  let breaks = 0;
  const step = 1 / receiver / 16;
  for (let time = 0; time < duration; time += step) {
    if (at(time) !== 0) continue;
    const bit = (number: number) => at(time + (number + 0.5) / receiver);
    if (bit(0) !== 0) continue;
    let byte = 0;
    for (let number = 0; number < 8; number++) byte |= bit(1 + number) << number;
    const whole = bit(9) === 1;
    if (!whole && byte === 0) breaks++;
    if (whole || keepBroken) bytes.push(byte);
    time += 9.5 / receiver;
    // A line that stays low begins no new character.
    while (time < duration && at(time) === 0 && !whole) time += step;
  }
  return { bytes, breaks };
}

function bitsOf(byte: number): number[] {
  return Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1);
}
