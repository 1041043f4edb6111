// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CardOptions, flashCard, verifyCard } from '../../src/flash/card.ts';
import type { Fault, FaultKind } from '../../src/flash/faults.ts';
import { MIB } from '../../src/flash/sectors.ts';
import { Interrupted } from '../../src/image/errors.ts';
import { type CardFaults, FakeCard, Killed } from './fake-card.ts';
import { IMAGE_SIZE, imageBytes, MAPPED, SLOT, sourceOf } from './images.ts';

const image = imageBytes();
const source = sourceOf(image);
const SIZE = 5 * MIB;
/** Larger than what the capacity's probe writes behind the image. */
const LARGE = 80 * MIB;

const options = (device: FakeCard, more: Partial<CardOptions> = {}): CardOptions => ({
  ...{ image: source, device, sectorSize: 512, capacity: 'none', passes: 1 },
  ...{ signal: new AbortController().signal, onProgress: () => {} },
  ...more,
});

const holdsImage = (card: FakeCard) =>
  MAPPED.every(({ start, length }) =>
    card.content.subarray(start, start + length).equals(image.subarray(start, start + length)),
  );
const boots = (card: FakeCard) => card.content.subarray(0, 512).equals(image.subarray(0, 512));

const flashing = suite('flashCard');

flashing('writes what is mapped, and nothing else of the image', async () => {
  const card = new FakeCard(SIZE);
  const result = await flashCard(options(card));
  assert.is(result.state, 'written');
  assert.ok(holdsImage(card));
  assert.is(card.content[2 * MIB + 300 * 4096], 0x5a, 'a hole stays as it was');
});

flashing('writes nothing to a card that holds the image', async () => {
  const card = new FakeCard(SIZE);
  await flashCard(options(card));
  card.writtenBytes = 0;
  assert.equal(await flashCard(options(card)), { state: 'unchanged' });
  assert.is(card.writtenBytes, 0);
});

flashing('wipes the copy of an old GPT at the end of the card', async () => {
  const card = new FakeCard(SIZE);
  await flashCard(options(card));
  assert.ok(card.content.subarray(SIZE - 34 * 512).every((byte) => byte === 0));
});

flashing('refuses a card that is smaller than the image', async () => {
  const card = new FakeCard(IMAGE_SIZE - 512);
  assert.equal(await flashCard(options(card)), {
    ...{ state: 'too small', size: IMAGE_SIZE - 512, needed: IMAGE_SIZE },
  });
  assert.is(card.writtenBytes, 0);
});

flashing('takes a card of just the size of the image', async () => {
  const card = new FakeCard(IMAGE_SIZE);
  assert.is((await flashCard(options(card))).state, 'written');
  assert.ok(holdsImage(card));
});

flashing(
  'killed at any sector, the card does not boot or is whole; a second run mends it and writes what differs',
  async () => {
    const whole = new FakeCard(SIZE);
    await flashCard(options(whole));
    const sectors = whole.writtenBytes / 512;
    for (let kill = 0; kill < sectors; kill += 97) {
      const card = new FakeCard(SIZE);
      card.writesLeft = kill;
      await flashCard(options(card)).then(
        () => assert.unreachable('it was not killed'),
        (error: unknown) => assert.instance(error, Killed),
      );
      assert.ok(!boots(card) || holdsImage(card), `killed after ${kill} sectors, the card boots`);
      card.writesLeft = Number.POSITIVE_INFINITY;
      card.writtenBytes = 0;
      assert.is((await flashCard(options(card))).state, 'written');
      assert.ok(holdsImage(card));
      // Sectors of the image written before are not written again, but for what shares their block.
      assert.ok(
        card.writtenBytes / 512 <= sectors - kill + 200,
        `${card.writtenBytes / 512} after ${kill} of ${sectors}`,
      );
    }
  },
);

flashing('stops when it is asked to, and says that the card does not boot', async () => {
  const stop = new AbortController();
  const card = new FakeCard(SIZE);
  const error = await flashCard(
    options(card, {
      signal: stop.signal,
      onProgress: ({ step, done }) => step === 'write' && done > 0 && stop.abort(),
    }),
  ).then(
    () => assert.unreachable('it went on'),
    (thrown: unknown) => thrown,
  );
  assert.instance(error, Interrupted);
  assert.match((error as Error).message, 'the card does not boot');
  assert.not.ok(boots(card));
});

/** Sectors that the tests make fail: in the boot loader, at begin and end of the slot, several in a row. */
const CHOSEN = [9, SLOT, SLOT + 555, SLOT + 556, SLOT + 557, SLOT + 2399];

const expected = (kind: FaultKind): Fault[] => [
  { kind, lba: 9, count: 1 },
  { kind, lba: SLOT, count: 1 },
  { kind, lba: SLOT + 555, count: 3 },
  { kind, lba: SLOT + 2399, count: 1 },
];

const chosen = new Set(CHOSEN);
const kinds: readonly (readonly [string, FaultKind, CardFaults])[] = [
  ['cannot be read', 'read error', { unreadable: chosen }],
  ['keep nothing', 'old content', { dropped: chosen }],
  ['give a wrong bit', 'bits flipped', { flipped: chosen }],
  ['give zeros', 'reads zeros', { zeros: chosen }],
  ['give FF', 'reads FF', { erased: chosen }],
];
for (const [what, kind, faults] of kinds) {
  flashing(`names exactly the sectors that ${what}, and the card does not boot`, async () => {
    const card = new FakeCard(SIZE, faults);
    assert.equal(await flashCard(options(card)), { state: 'faulty', faults: expected(kind) });
    assert.not.ok(boots(card));
  });
}

flashing('names 200 bad sectors of mixed kinds, and no other', async () => {
  const pick = (step: number, from: number) =>
    new Set(Array.from({ length: 50 }, (_, index) => SLOT + from + index * step));
  const faults: CardFaults = {
    unreadable: pick(40, 1),
    dropped: pick(40, 11),
    flipped: pick(40, 21),
    erased: pick(40, 31),
  };
  const result = await flashCard(options(new FakeCard(SIZE, faults)));
  assert.is(result.state, 'faulty');
  const found = result.state === 'faulty' ? result.faults : [];
  const of = (kind: FaultKind) => found.filter((one) => one.kind === kind).map(({ lba }) => lba);
  assert.is(found.length, 200);
  assert.ok(found.every(({ count }) => count === 1));
  assert.equal(of('read error'), [...(faults.unreadable ?? [])]);
  assert.equal(of('old content'), [...(faults.dropped ?? [])]);
  assert.equal(of('bits flipped'), [...(faults.flipped ?? [])]);
  assert.equal(of('reads FF'), [...(faults.erased ?? [])]);
});

flashing('tells a write that fails from a read', async () => {
  const result = await flashCard(options(new FakeCard(SIZE, { unwritable: new Set([SLOT + 700]) })));
  assert.is(result.state, 'faulty');
  const [fault] = result.state === 'faulty' ? result.faults : [];
  assert.is(fault?.kind, 'write error');
  assert.ok(fault && fault.lba <= SLOT + 700 && fault.lba + fault.count > SLOT + 700);
});

flashing('sees where the addresses of a card wrap', async () => {
  // 1 MiB of the slot lies behind the wrap, and overwrites the boot loader.
  const result = await flashCard(options(new FakeCard(SIZE, { wrapsAt: MIB + 200 * 4096 })));
  assert.is(result.state, 'faulty');
  const faults = result.state === 'faulty' ? result.faults : [];
  const wrapped = faults.find(({ kind }) => kind === 'content of another sector');
  assert.equal(wrapped && [wrapped.lba, wrapped.holds], [0, SLOT + 1600]);
});

flashing.run();

const capacity = suite('flashCard, capacity');

for (const [what, faults] of [
  ['wraps', { wrapsAt: 32 * MIB }],
  ['loses what is beyond its end', { endsAt: 32 * MIB }],
] as const) {
  for (const way of ['probe', 'full'] as const) {
    capacity(`finds a card that ${what}, by ${way}`, async () => {
      const result = await flashCard(options(new FakeCard(LARGE, faults), { capacity: way }));
      assert.is(result.state, 'false capacity');
      const from = result.state === 'false capacity' ? result.capacity.from : 0;
      // A card that wraps loses what was written first: the begin of the probe, or of the card.
      if (what !== 'wraps') assert.ok(from >= 32 * MIB && from <= 64 * MIB, String(from));
    });
  }
}

capacity('finds nothing wrong with a good card, by either way, and writes the image then', async () => {
  for (const way of ['probe', 'full'] as const) {
    const card = new FakeCard(LARGE);
    assert.is((await flashCard(options(card, { capacity: way }))).state, 'written');
    assert.ok(holdsImage(card));
  }
});

capacity('the probe leaves alone what the image has written before', async () => {
  const card = new FakeCard(LARGE);
  await flashCard(options(card, { capacity: 'probe' }));
  assert.equal(await flashCard(options(card, { capacity: 'probe' })), { state: 'unchanged' });
});

capacity.run();

const verifying = suite('verifyCard');

verifying('writes nothing, and tells what differs', async () => {
  const card = new FakeCard(SIZE);
  await flashCard(options(card));
  card.writtenBytes = 0;
  assert.equal(await verifyCard(options(card)), { state: 'unchanged' });
  card.content.fill(0, (SLOT + 8) * 512, (SLOT + 10) * 512);
  assert.equal(await verifyCard(options(card)), {
    state: 'faulty',
    faults: [{ kind: 'reads zeros', lba: SLOT + 8, count: 2 }],
  });
  assert.is(card.writtenBytes, 0);
});

verifying.run();
