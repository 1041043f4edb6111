// SPDX-License-Identifier: MIT
/** Shapers (linux/pkt_sched.h). */
import { Attrs, CodecError, u32At, Writer } from '../bytes.ts';

export const RTM_NEWQDISC = 36;
export const RTM_DELQDISC = 37;
export const RTM_GETQDISC = 38;

const TCA = { KIND: 1, OPTIONS: 2 } as const;
const TBF = { PARMS: 1, RATE64: 4, BURST: 6 } as const;
const TC_H_ROOT = 0xffffffff;
const LINKLAYER_ETHERNET = 1;
/** The scheduler counts time in units of 64 ns (PSCHED_SHIFT). */
const NS_PER_TICK = 64;
/** What `tbf` would queue by itself before `fq_codel` takes its place. */
const TBF_LIMIT = 64 * 1024;

/** A token bucket at the root or an fq_codel below it. */
export interface Qdisc {
  index: number;
  kind: string;
  handle: number;
  /** Absent: root. */
  parent?: number;
  /** Of kind `tbf`: bytes per second and bytes. The kernel keeps the burst as time, so it reads back rounded. */
  tbf?: { rate: number; burst: number };
}

export function encodeQdisc(qdisc: Qdisc): Uint8Array {
  const w = new Writer()
    .u8(0)
    .u8(0)
    .u16(0)
    .i32(qdisc.index)
    .u32(qdisc.handle)
    .u32(qdisc.parent ?? TC_H_ROOT)
    .u32(0)
    .attrString(TCA.KIND, qdisc.kind);
  const { tbf } = qdisc;
  if (tbf !== undefined) {
    const ticks = Math.min(0xffffffff, Math.round((tbf.burst * 1e9) / tbf.rate / NS_PER_TICK));
    w.nest(TCA.OPTIONS, (v) => {
      v.attr(TBF.PARMS, (p) => {
        p.u8(0).u8(LINKLAYER_ETHERNET).u16(0).u16(0).u16(0).u32(Math.min(tbf.rate, 0xffffffff));
        p.zeros(12).u32(TBF_LIMIT).u32(ticks).u32(0);
      });
      v.attrU32(TBF.BURST, tbf.burst);
      if (tbf.rate > 0xffffffff) v.attr(TBF.RATE64, (p) => p.u64(tbf.rate));
    });
  }
  return w.finish();
}

export function decodeQdisc(payload: Uint8Array): Qdisc | undefined {
  if (payload.length < 20) throw new CodecError(`qdisc message of ${payload.length} bytes`);
  const attrs = new Attrs(payload.subarray(20));
  const kind = attrs.string(TCA.KIND);
  if (kind === undefined) return undefined;
  const qdisc: Qdisc = { index: u32At(payload, 4) | 0, kind, handle: u32At(payload, 8) };
  const parent = u32At(payload, 12);
  if (parent !== TC_H_ROOT) qdisc.parent = parent;
  const options = kind === 'tbf' ? attrs.nest(TCA.OPTIONS) : undefined;
  const parms = options?.bytes(TBF.PARMS);
  if (options !== undefined && parms !== undefined) {
    if (parms.length < 36) throw new CodecError(`tbf parameters of ${parms.length} bytes`);
    const rate = options.u64(TBF.RATE64) ?? u32At(parms, 8);
    qdisc.tbf = { rate, burst: Math.round((u32At(parms, 28) * NS_PER_TICK * rate) / 1e9) };
  }
  return qdisc;
}
