// SPDX-License-Identifier: MIT

/** Debian's format of control data: fields by name; the value of one that goes on over several lines has all of them. */
export function fieldsOf(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const match of stanza.matchAll(/^([^\s:]+):(.*(?:\n[ \t].*)*)/gm)) {
    fields.set(match[1] ?? '', (match[2] ?? '').trim());
  }
  return fields;
}

/** The words of a line of a multi-line field, as in `Checksums-Sha256`; lines without words are left out. */
export function rowsOf(field: string | undefined): string[][] {
  return (field ?? '')
    .split('\n')
    .map((line) => line.split(/\s+/).filter((word) => word !== ''))
    .filter((words) => words.length > 0);
}
