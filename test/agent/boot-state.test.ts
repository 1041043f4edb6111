// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type BootState,
  confirmed,
  confirmSlot,
  formatBlock,
  newest,
  parseBlock,
  SECTOR,
} from '../../src/agent/boot-state.ts';
import type { Disks } from '../../src/agent/ports.ts';

const STATE: BootState = { seq: 1, active: 'b', tries: { a: 0, b: 2 } };
const SECTORS = [40, 44] as const;

const blocks = suite('boot state blocks');

blocks('are read back as written', () => {
  const state = fc.record({
    seq: fc.nat(2),
    active: fc.constantFrom('a' as const, 'b' as const),
    tries: fc.record({ a: fc.nat(3), b: fc.nat(3) }),
  });
  fc.assert(
    fc.property(state, (value) => assert.equal(parseBlock(formatBlock(value)), structuredClone(value))),
  );
});

blocks('are as long as GRUB wants them and have their values in one sector', () => {
  assert.is(formatBlock(STATE).length, 1024);
  assert.equal(parseBlock(formatBlock(STATE).slice(0, SECTOR)), STATE);
});

blocks('may have their lines in another order, as GRUB may write them', () => {
  const text = '# GRUB Environment Block\nlock=2\ntries_b=1\ntries_a=3\nactive=a\nseq=2\n####';
  assert.equal(parseBlock(text), { seq: 2, active: 'a', tries: { a: 3, b: 1 } });
});

for (const [what, from, to] of [
  ['sequence and lock differ', 'lock=1', 'lock=2'],
  ['a value is missing', 'tries_a=0\n', ''],
  ['tries are more than there can be', 'tries_b=2', 'tries_b=4'],
  ['the slot is none', 'active=b', 'active=c'],
  ['the header is gone', '# GRUB', '# grub'],
] as const) {
  blocks(`do not count when ${what}`, () => {
    const text = formatBlock(STATE).replace(from, to);
    assert.is.not(text, formatBlock(STATE));
    assert.is(parseBlock(text), undefined);
  });
}

blocks('of arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseBlock(text);
      parseBlock(`# GRUB Environment Block\n${text}`);
    }),
  );
});

blocks.run();

const choosing = suite('newest block');

for (const [older, newer] of [
  [0, 1],
  [1, 2],
  [2, 0],
] as const) {
  choosing(`of sequence ${older} and ${newer} is ${newer}, wherever it stands`, () => {
    const old = { ...STATE, seq: older };
    const young = { ...STATE, seq: newer };
    assert.equal(newest([old, young]), { state: young, writeNext: 0 });
    assert.equal(newest([young, old]), { state: young, writeNext: 1 });
  });
}

choosing('is the whole one of a whole and a broken one', () => {
  assert.equal(newest([undefined, STATE]), { state: STATE, writeNext: 0 });
  assert.equal(newest([STATE, undefined]), { state: STATE, writeNext: 1 });
});

choosing('of two broken ones starts anew with slot a', () => {
  assert.equal(newest([undefined, undefined]).state, { seq: 0, active: 'a', tries: { a: 3, b: 3 } });
});

choosing.run();

const confirming = suite('confirming a slot');

confirming('gives its tries back and makes it the active one', () => {
  assert.equal(confirmed(STATE, 'a'), { seq: 2, active: 'a', tries: { a: 3, b: 2 } });
});

confirming('writes nothing when there is nothing to say', () => {
  assert.is(confirmed({ ...STATE, tries: { a: 0, b: 3 } }, 'b'), undefined);
});

confirming('writes the older block whole and leaves the newer one alone', () => {
  const disk = new FakeDisk();
  disk.put(SECTORS[0], formatBlock({ ...STATE, seq: 2 }));
  disk.put(SECTORS[1], formatBlock({ ...STATE, seq: 1 }));
  assert.ok(confirmSlot(disk, 'disk', SECTORS, 'b'));
  assert.equal(disk.writes, [{ offset: SECTORS[1] * SECTOR, length: 1024 }]);
  assert.equal(parseBlock(disk.text(SECTORS[1])), { seq: 0, active: 'b', tries: { a: 0, b: 3 } });
  assert.is(confirmSlot(disk, 'disk', SECTORS, 'b'), false);
});

confirming('survives a power cut after any byte of the write', () => {
  const before = formatBlock({ ...STATE, seq: 1 });
  const after = formatBlock({ ...STATE, seq: 0, tries: { a: 0, b: 3 } });
  for (let cut = 0; cut <= after.length; cut++) {
    const torn = after.slice(0, cut) + before.slice(cut);
    const { state } = newest([{ ...STATE, seq: 2 }, parseBlock(torn)]);
    assert.ok(state.active === 'b' && (state.seq === 2 || state.tries.b === 3), `cut at ${cut}`);
  }
});

confirming.run();

class FakeDisk implements Disks {
  readonly bytes = new Uint8Array(64 * SECTOR);
  readonly writes: { offset: number; length: number }[] = [];

  put(sector: number, text: string): void {
    this.bytes.set(Buffer.from(text), sector * SECTOR);
  }

  text(sector: number): string {
    return Buffer.from(this.bytes.subarray(sector * SECTOR, sector * SECTOR + 1024)).toString();
  }

  readAt(_path: string, offset: number, length: number): Uint8Array {
    return this.bytes.slice(offset, offset + length);
  }

  writeAt(_path: string, offset: number, data: Uint8Array): void {
    this.writes.push({ offset, length: data.length });
    this.bytes.set(data, offset);
  }

  size(): number {
    return this.bytes.length;
  }

  resizePartition(): void {}
}
