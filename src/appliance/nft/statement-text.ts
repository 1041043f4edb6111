// SPDX-License-Identifier: MIT
/** Statements that stand by themselves in a rule, in the notation of nft. */
import { ICMPX_PORT_UNREACHABLE } from './names.ts';
import type { Expression } from './types.ts';

const UNITS: Readonly<Record<number, string>> = {
  1: 'second',
  60: 'minute',
  3600: 'hour',
  86400: 'day',
  604800: 'week',
};

export function statementText(expression: Expression): string {
  switch (expression.op) {
    case 'counter':
      return `counter packets ${expression.packets} bytes ${expression.bytes}`;
    case 'limit':
      return limitText(expression);
    case 'log':
      return `log prefix "${expression.prefix}"${expression.level === 4 ? '' : ` level ${expression.level}`}`;
    case 'reject':
      return rejectText(expression);
    case 'masq':
      return 'masquerade';
    case 'notrack':
      return 'notrack';
    case 'objref':
      return `ct helper set "${expression.name}"`;
    default:
      return `(${'name' in expression ? expression.name : expression.op})`;
  }
}

function limitText({ rate, seconds, burst, unit, over }: Extract<Expression, { op: 'limit' }>): string {
  const per = UNITS[seconds] ?? `${seconds} seconds`;
  const prefix = `limit rate ${over ? 'over ' : ''}`;
  if (unit === 'packets') return `${prefix}${rate}/${per}${burst === 5 ? '' : ` burst ${burst} packets`}`;
  const bytes = `${byteUnits(rate)}/${per}`;
  return `${prefix}${bytes}${burst === 0 ? '' : ` burst ${byteUnits(burst)}`}`;
}

function byteUnits(bytes: number): string {
  if (bytes > 0 && bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20} mbytes`;
  return bytes > 0 && bytes % 2 ** 10 === 0 ? `${bytes / 2 ** 10} kbytes` : `${bytes} bytes`;
}

function rejectText(expression: Extract<Expression, { op: 'reject' }>): string {
  if (expression.type === 'tcp-reset') return 'reject with tcp reset';
  const { type, code } = expression;
  return type === 'icmpx' && code === ICMPX_PORT_UNREACHABLE ? 'reject' : `reject with ${type} ${code}`;
}
