// SPDX-License-Identifier: MIT
/** Passwords before they are hashed: which are refused, and how one is made. Plain passwords go no further than here. */
import { Complaint } from '../units.ts';

const SHORTEST = 10;
const LONGEST = 128;
/** Asks for a password to be made. */
export const MAKE = 'make';
/** Bytes of chance for a password: 4 words of 2 syllables, 64 of them: 48 bits. */
export const CHANCE_BYTES = 8;

/** No letters that look or sound like another, and 64 syllables, so that each byte gives one without a bias. */
const CONSONANTS = 'bdfgklmnprstvwxz';
const VOWELS = 'aeiu';

/** Undefined: it will do. */
export function checkPassword(text: string): Complaint | undefined {
  if (!/^[ -~]*$/.test(text))
    return new Complaint('has characters beyond ASCII', 'use letters, digits and signs of a US keyboard');
  if (text.length < SHORTEST)
    return new Complaint('is too short', `use ${SHORTEST} characters or more, or let one be made: ${MAKE}`);
  if (text.length > LONGEST) return new Complaint('is too long', `use at most ${LONGEST} characters`);
  if (text.trim() !== text) return new Complaint('begins or ends with a blank', 'leave that blank out');
  return undefined;
}

/** Words that can be said on a telephone, from bytes of chance. */
export function makePassword(chance: Uint8Array): string {
  const syllables = [...chance.subarray(0, CHANCE_BYTES)].map(
    (byte) => `${CONSONANTS[byte & 15]}${VOWELS[(byte >> 4) & 3]}`,
  );
  const word = (at: number) => `${syllables[at]}${syllables[at + 1]}`;
  return [0, 2, 4, 6].map(word).join('-');
}

export function isHash(text: string): boolean {
  return /^\$[56]\$/.test(text);
}
