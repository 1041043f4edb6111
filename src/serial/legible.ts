// SPDX-License-Identifier: MIT
/** Whether what a console prints is text, or the rubbish of a line that is read at another speed. */
import { LOGIN_PROMPT, SETUP_PROMPT, SHELL_PROMPT } from './shell.ts';

/**
 * `silent`: too little to say anything. `text`: it can be read, and says what a console says. `legible`: it can be read.
 * `rubbish`: another speed.
 */
export type Legibility = 'silent' | 'text' | 'legible' | 'rubbish';

/** As many characters tell rubbish from text without a known word. */
const ENOUGH = 24;
/** Fewer, as an echo or the noise of a plug, tell nothing. */
const FEW = 4;
/** Share of characters that can be read. */
const READABLE = 0.9;
/** A reader who comes in late, or the bytes of a change of speed, spoil the beginning. */
const LOOKED_AT = 400;

/** What BIOS, boot loader, kernel and login say. */
const WORDS =
  /\b(?:login|password|incorrect|Plait|Linux|GRUB|tinyBIOS|PC Engines|SeaBIOS|coreboot|BIOS|boot|Booting|starting|kernel|Welcome|memory|setup)\b/i;

/** Text as it was decoded from UTF-8: what was none is U+FFFD there. */
export function legibility(printed: string): Legibility {
  const text = printed.slice(-LOOKED_AT);
  const seen = [...text].filter((char) => char !== '\r' && char !== '\n');
  if (seen.length < FEW && !SHELL_PROMPT.test(text)) return 'silent';
  const readable = seen.filter(isReadable).length;
  if (readable < seen.length * READABLE) return seen.length < FEW ? 'silent' : 'rubbish';
  if ([WORDS, LOGIN_PROMPT, SHELL_PROMPT, SETUP_PROMPT].some((said) => said.test(text))) return 'text';
  return seen.length >= ENOUGH ? 'legible' : 'silent';
}

/** ASCII, the characters of frames and accents; not controls, and not what a wrong speed makes of them. */
function isReadable(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  return (
    (code >= 0x20 && code < 0x7f) ||
    code === 0x09 ||
    code === 0x1b ||
    code === 0x08 ||
    (code >= 0xa0 && code !== 0xfffd)
  );
}
