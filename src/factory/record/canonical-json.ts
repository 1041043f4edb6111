// SPDX-License-Identifier: MIT
/** JSON in the one form that RFC 8785 (JCS) gives a value, so that equal values have equal bytes. */

/** Of what a parser reads; deeper ones are hostile. */
const MAX_DEPTH = 64;

/**
 * The canonical text of a value. Keys whose value is undefined are left out, as by JSON.stringify. @throws TypeError for
 * what JSON cannot say: functions, NaN, undefined in a list, lone surrogates
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw new TypeError(`canonical JSON: deeper than ${MAX_DEPTH} levels`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'string') return canonicalString(value);
  if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one, depth + 1)).join(',')}]`;
  if (typeof value === 'object') {
    // Array.prototype.sort() compares UTF-16 code units, as section 3.2.3 wants it.
    const keys = Object.keys(value).filter((key) => (value as Record<string, unknown>)[key] !== undefined);
    const members = keys
      .sort()
      .map(
        (key) =>
          `${canonicalString(key)}:${canonicalJson((value as Record<string, unknown>)[key], depth + 1)}`,
      );
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`canonical JSON: ${typeof value} has no form in JSON`);
}

/** ECMAScript's own form of a number is the canonical one (section 3.2.2.3). */
function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`canonical JSON: ${value} has no form in JSON`);
  return JSON.stringify(value);
}

function canonicalString(value: string): string {
  if (/\p{Cs}/u.test(value))
    throw new TypeError('canonical JSON: a text holds a lone surrogate, which is no character');
  return JSON.stringify(value);
}
