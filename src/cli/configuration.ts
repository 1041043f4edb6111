// SPDX-License-Identifier: MIT
/** A plait.yaml on this machine, for verbs that look at one before it gets to a board. */
import { text as everything } from 'node:stream/consumers';
import { parseConfig } from '../appliance/config.ts';
import { describe, type Problem } from '../appliance/problems.ts';
import type { Config } from '../appliance/schema.ts';
import { readInput } from './inputs.ts';

/** The text of a file, or of the standard input when it is called `-`. @throws UsageError */
export async function readConfiguration(file: string): Promise<string> {
  return file === '-' ? everything(process.stdin) : (await readInput('plait.yaml', file)).toString();
}

/** Everything that is wrong, on standard error as people read it; undefined then. */
export function checkedConfiguration(text: string): Config | undefined {
  const parsed = parseConfig(text);
  if (parsed.ok) tell(parsed.warnings, 'warning: ');
  else tell(parsed.problems);
  return parsed.ok ? parsed.config : undefined;
}

function tell(problems: readonly Problem[], before = ''): void {
  for (const problem of problems) console.error(`${before}${describe(problem)}`);
}

/** Every port that a configuration names; this machine knows no board that would have others. */
export function namedPorts({ lan, uplinks }: Config): string[] {
  return [...new Set([...lan.ports, ...Object.values(uplinks).map(({ port }) => port)])].sort();
}
