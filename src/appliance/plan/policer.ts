// SPDX-License-Identifier: MIT
/**
 * Takes no more than `rate.down` from an uplink, on the average of a second, so that senders slow down before the line is
 * full. Answers to probes are let through: a full line is not a dead one.
 *
 * The device counts; which connection a packet belongs to is known later only. So what is too much is marked there, and
 * dropped behind connection tracking, unless a probe began its connection; by the fast path at once, since probes are none of what
 * it forwards.
 */

import { OVER_RATE_MARK, PROBE_MARK, type Uplink } from '../model.ts';
import {
  accept,
  baseChain,
  ctMarkIs,
  drop,
  frameWithIcmp,
  jump,
  markIs,
  overByteRate,
  rule,
  setCtMark,
  setMark,
} from '../nft/build.ts';
import { PRIORITIES } from '../nft/names.ts';
import type { Chain } from '../nft/types.ts';
import type { TableItem } from '../plan-types.ts';
import type { Scene } from './scene.ts';
import { tableItem } from './table.ts';

const BEFORE_FAST_PATH = PRIORITIES.filter - 1;
/** Before marks are recalled, and before sessions are given to uplinks. */
const BEFORE_MARKS = PRIORITIES.mangle - 2;

export function policer({ name, device, config }: Uplink): TableItem[] {
  const bits = config.rate?.down;
  if (bits === undefined) return [];
  const base = {
    type: 'filter',
    hook: 'ingress',
    priority: BEFORE_FAST_PATH,
    policy: 'accept',
    device,
  } as const;
  const chains = [
    baseChain('download', base, [
      rule(frameWithIcmp('echo-reply'), accept),
      rule(overByteRate(Math.floor(bits / 8)), setMark(OVER_RATE_MARK, OVER_RATE_MARK)),
    ]),
  ];
  return [tableItem({ family: 'netdev', name: `plait_${name}`, chains })];
}

/** For all uplinks together: what a policer has marked. */
export function overRate({ uplinks }: Scene): TableItem[] {
  if (!uplinks.some((uplink) => uplink.config.rate?.down !== undefined)) return [];
  const hooked = (hook: 'output' | 'prerouting', priority: number) =>
    ({ type: 'filter', hook, priority, policy: 'accept' }) as const;
  const chains: Chain[] = [
    { name: 'over_rate', rules: [rule(ctMarkIs(PROBE_MARK, PROBE_MARK), accept), rule(drop)] },
    baseChain('police', hooked('prerouting', BEFORE_MARKS), [
      rule(markIs(OVER_RATE_MARK, OVER_RATE_MARK), jump('over_rate')),
    ]),
    baseChain('probes', hooked('output', PRIORITIES.mangle), [
      rule(markIs(PROBE_MARK, PROBE_MARK), setCtMark(PROBE_MARK, PROBE_MARK)),
    ]),
  ];
  return [tableItem({ family: 'inet', name: 'plait_over_rate', chains })];
}
