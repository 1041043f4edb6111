// SPDX-License-Identifier: MIT
/** Writes a document as a person would write plait.yaml: blocks for mappings, brackets for lists of plain values. */

/** Texts that YAML reads as themselves and as nothing else. */
const PLAIN = /^[A-Za-z][A-Za-z0-9._/+=@-]*( [A-Za-z0-9._/+=@-]+)*$/;
/** Addresses and ranges: three dots and more make no number. */
const DOTTED = /^\d+\.\d+\.\d+\.\d+[\d./-]*$/;
/** Rates and durations. */
const WITH_UNIT = /^\d+(\.\d+)?(bit|kbit|mbit|gbit|ms|s|m|min|h|d)$/;
const NOT_TEXT = /^(true|false|null|yes|no|on|off|y|n|\.inf|\.nan)$/i;

type Mapping = Readonly<Record<string, unknown>>;

export function yamlText(document: Mapping): string {
  return block(document, '').join('');
}

function block(mapping: Mapping, indent: string): string[] {
  return Object.entries(mapping)
    .filter(([, value]) => value !== undefined)
    .flatMap(([key, value]) => {
      const name = `${indent}${scalar(key)}:`;
      if (isMapping(value) && Object.keys(value).length > 0)
        return [`${name}\n`, ...block(value, `${indent}  `)];
      return [`${name} ${inline(value)}\n`];
    });
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (!isMapping(value)) return scalar(value);
  const entries = Object.entries(value).map(([key, entry]) => `${scalar(key)}: ${inline(entry)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  const plain = (PLAIN.test(value) && !NOT_TEXT.test(value)) || DOTTED.test(value) || WITH_UNIT.test(value);
  // A JSON text is a YAML text in double quotes.
  return plain ? value : JSON.stringify(value);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
