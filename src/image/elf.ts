// SPDX-License-Identifier: MIT

/** A section of an ELF file; sizes and offsets in bytes. */
export interface Section {
  readonly name: string;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  /** Holds machine code that is loaded. */
  readonly executable: boolean;
}

export interface Elf {
  /** An object to be linked or loaded with relocations, as kernel modules are: its branch targets are not final. */
  readonly relocatable: boolean;
  readonly sections: readonly Section[];
}

const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

export function isElf(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(magic);
}

/** Reads the section table of an x86 ELF file, 32 or 64 bits. Throws when it is none or is cut short. */
export function readElf(bytes: Buffer): Elf {
  if (!isElf(bytes) || bytes.length < 52) throw new Error('not an ELF file');
  const wide = bytes[4] === 2;
  if (bytes[5] !== 1) throw new Error('not a little-endian ELF file');
  const word = (at: number) => (wide ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at));
  const table = word(wide ? 0x28 : 0x20);
  const [entrySize, count, namesIndex] = [0, 2, 4].map((n) =>
    bytes.readUInt16LE((wide ? 0x3a : 0x2e) + n),
  ) as [number, number, number];
  const field = (index: number, narrowAt: number, wideAt: number) =>
    word(table + index * entrySize + (wide ? wideAt : narrowAt));
  const names = field(namesIndex, 0x10, 0x18);
  const sections = Array.from({ length: count }, (_, index): Section => {
    const nameAt = names + bytes.readUInt32LE(table + index * entrySize);
    const type = bytes.readUInt32LE(table + index * entrySize + 4);
    const flags = field(index, 0x08, 0x08);
    return {
      name: bytes.toString('latin1', nameAt, bytes.indexOf(0, nameAt)),
      address: field(index, 0x0c, 0x10),
      offset: field(index, 0x10, 0x18),
      size: field(index, 0x14, 0x20),
      executable: type === programBits && (flags & allocated) !== 0 && (flags & executableFlag) !== 0,
    };
  });
  return { relocatable: bytes.readUInt16LE(0x10) === 1, sections };
}

/** Names of the shared libraries that an ELF file asks for when it is loaded (DT_NEEDED). */
export function neededLibraries(bytes: Buffer): string[] {
  const { sections } = readElf(bytes);
  const dynamic = sections.find(({ name }) => name === '.dynamic');
  const strings = sections.find(({ name }) => name === '.dynstr');
  if (!dynamic || !strings) return [];
  const wide = bytes[4] === 2;
  const entrySize = wide ? 16 : 8;
  const needed: string[] = [];
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += entrySize) {
    if (bytes.readUInt32LE(at) !== neededTag) continue;
    const begin = strings.offset + bytes.readUInt32LE(at + entrySize / 2);
    needed.push(bytes.toString('latin1', begin, bytes.indexOf(0, begin)));
  }
  return needed;
}

const neededTag = 1;
const programBits = 1;
const allocated = 0x2;
const executableFlag = 0x4;
