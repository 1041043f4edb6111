// SPDX-License-Identifier: MIT
/** Netlink framing (linux/netlink.h): headers, acknowledgements with their extended text, ends of dumps. */
import { Attrs, CodecError, textOf, u16At, u32At, Writer } from './bytes.ts';

export const HEADER = 16;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

export const NLM_F_REQUEST = 0x1;
export const NLM_F_MULTI = 0x2;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
export const NLM_F_DUMP_INTR = 0x10;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;

export interface Message {
  type: number;
  flags: number;
  seq: number;
  pid: number;
  payload: Uint8Array;
}

/** One message with its header. */
export function encodeMessage(message: Omit<Message, 'pid'>): Uint8Array {
  return new Writer()
    .u32(HEADER + message.payload.length)
    .u16(message.type)
    .u16(message.flags)
    .u32(message.seq)
    .u32(0)
    .bytes(message.payload)
    .align()
    .finish();
}

/** The messages of one datagram. Throws `CodecError` when a length is wrong. */
export function splitMessages(bytes: Uint8Array): Message[] {
  const messages: Message[] = [];
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const length = u32At(bytes, at);
    if (length < HEADER || length > bytes.length - at) {
      throw new CodecError(`netlink message of ${length} bytes where ${bytes.length - at} are left`);
    }
    messages.push({
      type: u16At(bytes, at + 4),
      flags: u16At(bytes, at + 6),
      seq: u32At(bytes, at + 8),
      pid: u32At(bytes, at + 12),
      payload: bytes.subarray(at + HEADER, at + length),
    });
    at += (length + 3) & ~3;
  }
  return messages;
}

export interface Ack {
  /** Positive errno; 0: done. */
  errno: number;
  /** The kernel's own sentence, when it gave one. */
  text?: string;
}

/** Reads an NLMSG_ERROR (or the status that NLMSG_DONE carries). */
export function decodeAck(message: Message): Ack {
  if (message.payload.length < 4) return { errno: 0 };
  const errno = -(u32At(message.payload, 0) | 0);
  if (
    message.type !== NLMSG_ERROR ||
    !(message.flags & NLM_F_ACK_TLVS) ||
    message.payload.length < 4 + HEADER
  ) {
    return { errno };
  }
  const original = message.flags & NLM_F_CAPPED ? HEADER : (u32At(message.payload, 4) + 3) & ~3;
  const text = new Attrs(message.payload.subarray(4 + Math.max(HEADER, original))).bytes(NLMSGERR_ATTR_MSG);
  return text === undefined ? { errno } : { errno, text: textOf(text) };
}
