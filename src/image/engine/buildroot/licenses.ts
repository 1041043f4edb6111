// SPDX-License-Identifier: MIT

/**
 * Buildroot's words for a licence as an SPDX expression: `GPL-2.0+, MIT (library)` → `GPL-2.0-or-later AND MIT`. A
 * word that SPDX does not know becomes a reference of our own, `LicenseRef-Public-domain`. `known` are SPDX's words.
 */
export function spdxExpression(licenses: string, known: ReadonlySet<string>): string {
  const parts = withoutRemarks(licenses)
    .split(/,/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const terms = parts.map((part) => {
    const choices = part.split(/\s+or\s+/).map((word) => spdxWord(word.trim(), known));
    return choices.length > 1 ? `(${choices.join(' OR ')})` : (choices[0] ?? '');
  });
  const unique = [...new Set(terms)];
  const only = unique.length === 1 ? unique[0]?.replace(/^\((.*)\)$/, '$1') : undefined;
  return only ?? unique.join(' AND ');
}

/** Remarks stand in brackets, and may hold commas. */
function withoutRemarks(text: string): string {
  return text.replace(/\s*\([^()]*\)/g, '');
}

function spdxWord(word: string, known: ReadonlySet<string>): string {
  const gnu = /^((?:A|L)?GPL|GFDL)-(\d\.\d)(\+?)$/.exec(word);
  const spdx = gnu ? `${gnu[1]}-${gnu[2]}-${gnu[3] ? 'or-later' : 'only'}` : word;
  return known.has(spdx) ? spdx : `LicenseRef-${word.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^-|-$/g, '')}`;
}
