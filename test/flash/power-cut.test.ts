// SPDX-License-Identifier: MIT
/** A card that is pulled out while it is written: what its cache held is kept in part, in any order. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { flashCard } from '../../src/flash/card.ts';
import { MIB } from '../../src/flash/sectors.ts';
import { FakeCard, Killed } from './fake-card.ts';
import { imageBytes, MAPPED, sourceOf } from './images.ts';

const SIZE = 5 * MIB;
const MOMENTS = 100;
const image = imageBytes();
const source = sourceOf(image);
const options = (device: FakeCard) => ({
  ...({ image: source, device, sectorSize: 512, capacity: 'none', passes: 1 } as const),
  ...{ signal: new AbortController().signal, onProgress: () => {} },
});
const holdsImage = ({ content }: FakeCard) =>
  MAPPED.every(({ start, length }) =>
    content.subarray(start, start + length).equals(image.subarray(start, start + length)),
  );
const boots = ({ content }: FakeCard) => content.subarray(0, 512).equals(image.subarray(0, 512));

const cut = suite('a card that is pulled out');

cut(`at ${MOMENTS} random moments does not boot or is whole, and a second run mends it`, async () => {
  const whole = new FakeCard(SIZE);
  await flashCard(options(whole));
  const sectors = whole.writtenBytes / 512;
  let mended = 0;
  for (let moment = 0; moment < MOMENTS; moment++) {
    // Every other card holds an older image that boots.
    const card = new FakeCard(
      SIZE,
      {},
      moment % 2 ? Buffer.from(whole.content).fill(1, MIB, MIB + 40_960) : undefined,
    );
    const before = Buffer.from(card.content);
    card.canBePulledOut = true;
    card.writesLeft = Math.floor(Math.random() * sectors);
    await flashCard(options(card)).catch((error) => assert.instance(error, Killed));
    card.pullOut(() => Math.random() < 0.5);
    const untouched = MAPPED.every(({ start, length }) =>
      card.content.subarray(start, start + length).equals(before.subarray(start, start + length)),
    );
    assert.ok(!boots(card) || holdsImage(card) || untouched, `moment ${moment} boots half an image`);
    card.writesLeft = Number.POSITIVE_INFINITY;
    card.writtenBytes = 0;
    const { state } = await flashCard(options(card));
    assert.ok(state === 'written' || state === 'unchanged', state);
    assert.ok(holdsImage(card) && card.writtenBytes <= whole.writtenBytes);
    mended++;
  }
  console.log(`${mended} of ${MOMENTS}`);
});

cut('costs a good card no more than what the image maps, read twice and written once', async () => {
  const card = new FakeCard(SIZE);
  await flashCard(options(card));
  const mapped = MAPPED.reduce((sum, { length }) => sum + length, 0);
  // Boot sector twice, the copy of an old GPT, and the first block again.
  assert.ok(card.writtenBytes <= mapped + 512 + 34 * 512 + 4096, `${card.writtenBytes} for ${mapped}`);
  assert.ok(card.readBytes <= 2 * mapped + 4096 + 2 * 4096, `${card.readBytes} for ${mapped}`);
  assert.ok(card.writes <= Math.ceil(mapped / MIB) + MAPPED.length + 4, `${card.writes} writes`);
});

cut.run();
