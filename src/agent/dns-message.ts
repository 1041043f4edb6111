// SPDX-License-Identifier: MIT
/** DNS questions and answers (RFC 1035), as far as probes and the names of their targets need them. */

export const TYPE_A = 1;
export const TYPE_NS = 2;
const CLASS_IN = 1;
const HEADER = 12;
const RESPONSE = 0x8000;
const RECURSION_DESIRED = 0x0100;
export const NOERROR = 0;
export const NXDOMAIN = 3;
/** Records of an answer that are read. */
const MOST_RECORDS = 64;

export interface DnsAnswer {
  id: number;
  rcode: number;
  name: string;
  type: number;
  /** Of A records, also behind aliases. */
  addresses: string[];
  /** Seconds; the smallest of the records. */
  ttl: number;
}

/** `name` without a last dot; empty: the root. */
export function encodeQuestion(id: number, name: string, type: number): Uint8Array {
  const labels = name === '' ? [] : name.split('.');
  const bytes = new Uint8Array(HEADER + labels.reduce((sum, label) => sum + label.length + 1, 1) + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, RECURSION_DESIRED);
  view.setUint16(4, 1);
  let at = HEADER;
  for (const label of labels) {
    bytes[at++] = label.length;
    for (let i = 0; i < label.length; i++) bytes[at++] = label.charCodeAt(i);
  }
  view.setUint16(at + 1, type);
  view.setUint16(at + 3, CLASS_IN);
  return bytes;
}

/** Undefined for anything that is no answer to one question. */
export function decodeAnswer(bytes: Uint8Array): DnsAnswer | undefined {
  if (bytes.length < HEADER) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  if ((flags & RESPONSE) === 0 || view.getUint16(4) !== 1) return undefined;
  const question = readName(bytes, HEADER);
  if (question === undefined || question.next + 4 > bytes.length) return undefined;
  const answer: DnsAnswer = {
    id: view.getUint16(0),
    rcode: flags & 0xf,
    name: question.name,
    type: view.getUint16(question.next),
    addresses: [],
    ttl: Number.POSITIVE_INFINITY,
  };
  let at = question.next + 4;
  const records = Math.min(view.getUint16(6), MOST_RECORDS);
  for (let count = 0; count < records; count++) {
    const owner = readName(bytes, at);
    if (owner === undefined || owner.next + 10 > bytes.length) break;
    const data = owner.next + 10;
    const length = view.getUint16(owner.next + 8);
    if (data + length > bytes.length) break;
    answer.ttl = Math.min(answer.ttl, view.getUint32(owner.next + 4));
    if (view.getUint16(owner.next) === TYPE_A && length === 4)
      answer.addresses.push(bytes.subarray(data, data + 4).join('.'));
    at = data + length;
  }
  if (answer.ttl === Number.POSITIVE_INFINITY) answer.ttl = 0;
  return answer;
}

/** A name, also a compressed one, and where the message goes on behind it. */
function readName(bytes: Uint8Array, start: number): { name: string; next: number } | undefined {
  const labels: string[] = [];
  let at = start;
  let next: number | undefined;
  // A name has at most 127 labels; pointers may lead in a circle.
  for (let step = 0; step < 128; step++) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return { name: labels.join('.').toLowerCase(), next: next ?? at + 1 };
    if ((length & 0xc0) === 0xc0) {
      const low = bytes[at + 1];
      if (low === undefined) return undefined;
      next ??= at + 2;
      at = ((length & 0x3f) << 8) | low;
    } else if ((length & 0xc0) !== 0 || at + 1 + length > bytes.length) {
      return undefined;
    } else {
      labels.push(String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length)));
      at += 1 + length;
    }
  }
  return undefined;
}
