// SPDX-License-Identifier: MIT
/** The checks of uplinks as lines for people. */
import type { CheckLine } from './uplink-check.ts';
import { wrap } from './wrap.ts';

export function checkText(lines: readonly CheckLine[]): string {
  let uplink: string | undefined;
  let text = '';
  for (const line of lines) {
    if (line.uplink !== uplink) text += `Uplink ${line.uplink}:\n`;
    uplink = line.uplink;
    text += wrap(line.text, `  ${MARK[String(line.ok)]} `);
    if (line.remedy !== undefined) text += wrap(line.remedy, '    -> ');
  }
  return text;
}

const MARK: Readonly<Record<string, string>> = { true: 'ok  ', false: 'FAIL', undefined: '?   ' };
