// SPDX-License-Identifier: MIT
/**
 * Bytes of netlink messages: a growing writer and bounds-checked readers. Integers are in host byte order, which is
 * little-endian on every board (x86); what travels on the wire in network order says so by `be`.
 */
import { encodeUtf8 } from '../utf8.ts';

/** Bytes that cannot be a message of the kind asked for. */
export class CodecError extends Error {
  override name = 'CodecError';
}

const ALIGN = 4;
const ATTR_HEADER = 4;
const TYPE_MASK = 0x3fff;
const NESTED = 0x8000;
const ATTR_MAX = 0xffff;

/** Grows as it is written to; `finish()` gives the bytes. */
export class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  be16(value: number): this {
    const at = this.#room(2);
    this.#view.setUint16(at, value, false);
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  be32(value: number): this {
    const at = this.#room(4);
    this.#view.setUint32(at, value, false);
    return this;
  }

  i32(value: number): this {
    const at = this.#room(4);
    this.#view.setInt32(at, value, true);
    return this;
  }

  /** Exact up to 2^53. */
  u64(value: number): this {
    return this.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));
  }

  bytes(value: Uint8Array): this {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  zeros(count: number): this {
    const at = this.#room(count);
    this.#bytes.fill(0, at, at + count);
    return this;
  }

  /** Up to the next multiple of four. */
  align(): this {
    return this.zeros((ALIGN - (this.#length % ALIGN)) % ALIGN);
  }

  /** One attribute whose payload `fill` writes. */
  attr(type: number, fill: (writer: this) => void): this {
    const start = this.#length;
    this.u16(0).u16(type);
    fill(this);
    const length = this.#length - start;
    if (length > ATTR_MAX)
      throw new CodecError(`attribute ${type} of ${length} bytes is longer than ${ATTR_MAX}`);
    this.#view.setUint16(start, length, true);
    return this.align();
  }

  nest(type: number, fill: (writer: this) => void): this {
    return this.attr(type | NESTED, fill);
  }

  attrU8(type: number, value: number): this {
    return this.attr(type, (w) => w.u8(value));
  }

  attrU16(type: number, value: number): this {
    return this.attr(type, (w) => w.u16(value));
  }

  attrBe16(type: number, value: number): this {
    return this.attr(type, (w) => w.be16(value));
  }

  attrU32(type: number, value: number): this {
    return this.attr(type, (w) => w.u32(value));
  }

  attrBe32(type: number, value: number): this {
    return this.attr(type, (w) => w.be32(value));
  }

  /** Exact up to 2^53. */
  attrBe64(type: number, value: number): this {
    return this.attr(type, (w) => w.be32(Math.floor(value / 2 ** 32)).be32(value % 2 ** 32));
  }

  attrBytes(type: number, value: Uint8Array): this {
    return this.attr(type, (w) => w.bytes(value));
  }

  /** With its closing zero, as the kernel's NLA_NUL_STRING wants it. */
  attrString(type: number, value: string): this {
    return this.attr(type, (w) => w.bytes(encodeUtf8(value)).u8(0));
  }

  /** Puts `value` over four bytes written before. */
  patchU32(at: number, value: number): this {
    this.#view.setUint32(at, value, true);
    return this;
  }

  patchU16(at: number, value: number): this {
    this.#view.setUint16(at, value, true);
    return this;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #room(count: number): number {
    const at = this.#length;
    const end = at + count;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = end;
    return at;
  }
}

/** Attributes of a message or a nest. A later attribute of the same type hides an earlier one, as in the kernel. */
export class Attrs {
  readonly list: readonly { type: number; data: Uint8Array }[];
  #last = new Map<number, Uint8Array>();

  constructor(bytes: Uint8Array) {
    const list: { type: number; data: Uint8Array }[] = [];
    let at = 0;
    while (at + ATTR_HEADER <= bytes.length) {
      const length = u16At(bytes, at);
      const type = u16At(bytes, at + 2) & TYPE_MASK;
      if (length < ATTR_HEADER || at + length > bytes.length) {
        throw new CodecError(`attribute of ${length} bytes where ${bytes.length - at} are left`);
      }
      const data = bytes.subarray(at + ATTR_HEADER, at + length);
      list.push({ type, data });
      this.#last.set(type, data);
      at += (length + ALIGN - 1) & ~(ALIGN - 1);
    }
    this.list = list;
  }

  bytes(type: number): Uint8Array | undefined {
    return this.#last.get(type);
  }

  has(type: number): boolean {
    return this.#last.has(type);
  }

  nest(type: number): Attrs | undefined {
    const data = this.#last.get(type);
    return data && new Attrs(data);
  }

  u8(type: number): number | undefined {
    return this.#sized(type, 1)?.[0];
  }

  u16(type: number): number | undefined {
    const data = this.#sized(type, 2);
    return data && u16At(data, 0);
  }

  be16(type: number): number | undefined {
    const data = this.#sized(type, 2);
    return data && ((data[0] ?? 0) << 8) + (data[1] ?? 0);
  }

  u32(type: number): number | undefined {
    const data = this.#sized(type, 4);
    return data && u32At(data, 0);
  }

  be32(type: number): number | undefined {
    const data = this.#sized(type, 4);
    return data && be32At(data, 0);
  }

  /** Exact up to 2^53. */
  be64(type: number): number | undefined {
    const data = this.#sized(type, 8);
    return data && be32At(data, 0) * 2 ** 32 + be32At(data, 4);
  }

  i32(type: number): number | undefined {
    const value = this.u32(type);
    return value === undefined ? undefined : value | 0;
  }

  /** Exact up to 2^53. */
  u64(type: number): number | undefined {
    const data = this.#sized(type, 8);
    return data && u32At(data, 0) + u32At(data, 4) * 2 ** 32;
  }

  string(type: number): string | undefined {
    const data = this.#last.get(type);
    return data && textOf(data);
  }

  /** Of all attributes of this type. */
  strings(type: number): string[] {
    return this.list.flatMap((attr) => (attr.type === type ? [textOf(attr.data)] : []));
  }

  ipv4(type: number): string | undefined {
    const data = this.#sized(type, 4);
    return data && ipv4Text(data);
  }

  #sized(type: number, size: number): Uint8Array | undefined {
    const data = this.#last.get(type);
    if (data !== undefined && data.length < size) {
      throw new CodecError(`attribute ${type} has ${data.length} bytes instead of ${size}`);
    }
    return data;
  }
}

export function u16At(bytes: Uint8Array, at: number): number {
  const low = bytes[at];
  const high = bytes[at + 1];
  if (low === undefined || high === undefined)
    throw new CodecError(`16 bits wanted at ${at} of ${bytes.length} bytes`);
  return low + (high << 8);
}

export function u32At(bytes: Uint8Array, at: number): number {
  return u16At(bytes, at) + u16At(bytes, at + 2) * 0x10000;
}

function be32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, false);
}

/** `a.b.c.d` of four bytes. */
export function ipv4Text(bytes: Uint8Array): string {
  if (bytes.length < 4) throw new CodecError(`IPv4 address of ${bytes.length} bytes`);
  return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
}

/** Four bytes of `a.b.c.d`. */
export function ipv4Bytes(text: string): Uint8Array {
  const parts = text.split('.');
  const bytes = new Uint8Array(4);
  if (parts.length !== 4) throw new CodecError(`"${text}" is not an IPv4 address`);
  for (const [i, part] of parts.entries()) {
    const value = /^\d{1,3}$/.test(part) ? Number(part) : 256;
    if (value > 255) throw new CodecError(`"${text}" is not an IPv4 address`);
    bytes[i] = value;
  }
  return bytes;
}

/** Text up to the first zero; bytes above 0x7f one character each, so that any input has a text. */
export function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    if (byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}
