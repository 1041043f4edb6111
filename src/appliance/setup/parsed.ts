// SPDX-License-Identifier: MIT
/** Texts that were read already: the way through the questions is found anew at each, and a small board reads slowly. */
import { type Parsed, parseConfig } from '../config.ts';

const MOST = 100;
const known = new Map<string, Parsed>();

export function parsed(text: string): Parsed {
  const before = known.get(text);
  if (before !== undefined) return before;
  const fresh = parseConfig(text);
  if (known.size >= MOST) known.clear();
  known.set(text, fresh);
  return fresh;
}
