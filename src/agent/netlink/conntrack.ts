// SPDX-License-Identifier: MIT
/** Connection tracking over netlink (linux/netfilter/nfnetlink_conntrack.h): entries that are to be forgotten. */
import { Writer } from './bytes.ts';
import { AF_INET } from './rtnl/ipv4.ts';

export const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_DELETE = 2;
export const CT_DELETE = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE;

const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_PROTO_NUM = 1;
const CTA_MARK = 8;
const CTA_MARK_MASK = 21;
const CTA_FILTER = 25;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
/** Which parts of the tuple count (net/netfilter/nf_internals.h); understood since Linux 6.8. */
const CTA_FILTER_F_CTA_PROTO_NUM = 1 << 3;

/** All IPv4 entries of a protocol whose mark, as far as the mask goes, is this. */
export interface FlowFilter {
  mark: number;
  mask: number;
  /** IP protocol: 17 is UDP. */
  protocol: number;
}

export function encodeForget({ mark, mask, protocol }: FlowFilter): Uint8Array {
  const be32 = (value: number) => (writer: Writer) => writer.be16(value >>> 16).be16(value & 0xffff);
  return new Writer()
    .u8(AF_INET)
    .zeros(3)
    .nest(CTA_TUPLE_ORIG, (tuple) =>
      tuple.nest(CTA_TUPLE_PROTO, (proto) => proto.attrU8(CTA_PROTO_NUM, protocol)),
    )
    .nest(CTA_FILTER, (filter) =>
      filter.attrU32(CTA_FILTER_ORIG_FLAGS, CTA_FILTER_F_CTA_PROTO_NUM).attrU32(CTA_FILTER_REPLY_FLAGS, 0),
    )
    .attr(CTA_MARK, be32(mark))
    .attr(CTA_MARK_MASK, be32(mask))
    .finish();
}
