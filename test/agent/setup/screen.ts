// SPDX-License-Identifier: MIT
/** What any terminal shows as it is: printable ASCII, line ends, the bell, and one step back. */
const PLAIN = ['\n', '\r', '\x07', '\b'];

/** Characters that a plain terminal may not show as they are. */
export function oddCharacters(screen: string): string[] {
  return [...new Set(screen)].filter((char) => !PLAIN.includes(char) && (char < ' ' || char > '~'));
}
