// SPDX-License-Identifier: MIT
/** What becomes of a board's identity when its card is written. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  formatIdentity,
  IDENTITY_LENGTH,
  IDENTITY_SECTORS,
  storedIdentity,
} from '../../src/agent/identity.ts';
import { type CardOptions, flashCard } from '../../src/flash/card.ts';
import { identityFrom } from '../../src/flash/identity.ts';
import { MIB } from '../../src/flash/sectors.ts';
import { UsageError } from '../../src/image/errors.ts';
import { FakeCard, Killed } from './fake-card.ts';
import { imageBytes, sourceOf } from './images.ts';

const SIZE = 5 * MIB;
const OURS = { serial: '004711', macs: ['00:0d:b9:12:34:54'] };
const OTHER = { serial: '004712', macs: ['00:0d:b9:12:34:58'] };
const [FIRST, SECOND] = IDENTITY_SECTORS.map((sector) => sector * 512) as [number, number];
const source = sourceOf(imageBytes());

const options = (device: FakeCard, more: Partial<CardOptions> = {}): CardOptions => ({
  ...{ image: source, device, sectorSize: 512, capacity: 'none', passes: 1 },
  ...{ signal: new AbortController().signal, onProgress: () => {} },
  ...more,
});
const give = (identity = OURS, replace = false) => ({ identity: { identity, replace } });
const on = (card: FakeCard) => {
  const copy = (at: number) => card.content.subarray(at, at + IDENTITY_LENGTH);
  const stored = storedIdentity(copy(FIRST), copy(SECOND));
  return stored.state === 'valid' ? [stored.identity.serial, stored.wholeCopies] : [stored.state];
};
/** A card of the board OURS. */
const used = (faults = {}) => {
  const card = new FakeCard(SIZE, faults);
  for (const at of [FIRST, SECOND]) card.content.set(formatIdentity(OURS), at);
  return card;
};

const identity = suite('the identity of a card');

identity('is kept by flashing, and by writing all of the card', async () => {
  for (const capacity of ['none', 'full'] as const) {
    const card = used();
    const result = await flashCard(options(card, { capacity }));
    assert.equal('identity' in result && result.identity, { what: 'keep', serial: '004711' });
    assert.equal(on(card), ['004711', 2]);
  }
});

identity('is not made up for a card that has none', async () => {
  const card = new FakeCard(SIZE);
  assert.not.ok('identity' in (await flashCard(options(card))));
  assert.equal(on(card), ['none']);
});

identity('is given, also when the image is on the card already, and then is there', async () => {
  const card = new FakeCard(SIZE);
  await flashCard(options(card));
  card.writtenBytes = 0;
  const result = await flashCard(options(card, give()));
  assert.equal(result, { state: 'unchanged', identity: { what: 'write', serial: '004711' } });
  assert.is(card.writtenBytes, 2 * IDENTITY_LENGTH);
  assert.equal(on(card), ['004711', 2]);
  const again = await flashCard(options(card, give()));
  assert.equal(again, { state: 'unchanged', identity: { what: 'keep', serial: '004711' } });
});

identity('of another board is replaced only where that is said', async () => {
  const card = used();
  assert.equal(await flashCard(options(card, give(OTHER))), { state: 'other identity', serial: '004711' });
  assert.is(card.writtenBytes, 0);
  assert.is((await flashCard(options(card, give(OTHER, true)))).state, 'written');
  assert.equal(on(card), ['004712', 2]);
});

identity('is written again from its whole copy, whichever that is', async () => {
  for (const damaged of [FIRST, SECOND]) {
    const card = used();
    card.content.fill(0, damaged + 20, damaged + 600);
    const result = await flashCard(options(card));
    assert.equal('identity' in result && result.identity, { what: 'mend', serial: '004711' });
    assert.equal(on(card), ['004711', 2]);
  }
});

identity('survives a power cut at any sector while it is replaced or mended', async () => {
  for (const damaged of [undefined, FIRST, SECOND]) {
    const fresh = () => {
      const card = used();
      if (damaged !== undefined) card.content.fill(0, damaged + 20, damaged + 600);
      return card;
    };
    const order = damaged === undefined ? give(OTHER, true) : {};
    const whole = fresh();
    await flashCard(options(whole));
    const base = whole.content;
    // The image is on the card: only the identity is written.
    for (let sectors = 0; sectors < 16; sectors++) {
      const card = new FakeCard(SIZE, {}, Buffer.from(base));
      if (damaged !== undefined) card.content.fill(0, damaged + 20, damaged + 600);
      card.writesLeft = sectors;
      card.canBePulledOut = true;
      await flashCard(options(card, order)).catch((error) => assert.instance(error, Killed));
      card.pullOut(() => false);
      const [serial] = on(card);
      assert.ok(serial === '004711' || serial === '004712', `${serial} after ${sectors} sectors`);
    }
  }
});

identity('that the card does not keep is a fault, and the card does not boot', async () => {
  const card = new FakeCard(SIZE, { dropped: new Set([IDENTITY_SECTORS[1] + 3]) });
  // What is dropped must be more than the zeros at its end.
  const long = { ...OURS, publicKey: 'A'.repeat(960), report: 'r'.repeat(100) };
  card.content.fill(0xff, SECOND, SECOND + IDENTITY_LENGTH);
  const result = await flashCard(options(card, give(long)));
  assert.equal(result, {
    state: 'faulty',
    faults: [{ kind: 'other content', lba: IDENTITY_SECTORS[1], count: 8 }],
  });
  assert.ok(card.content.subarray(0, 512).every((byte) => byte === 0));
});

identity('is refused where the file is no identity, with what is wrong', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['{', /id.json is not JSON/],
    ['{"macs":["00:0d:b9:12:34:54"]}', /id.json is no identity: serial is missing/],
    [JSON.stringify({ ...OURS, revison: '2d13' }), /it has keys that are not known: revison/],
  ];
  for (const [text, message] of wrong) {
    try {
      identityFrom(text, 'id.json');
      assert.unreachable('it was taken');
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match((error as Error).message, message);
    }
  }
  assert.equal(identityFrom(JSON.stringify(OURS), 'id.json'), OURS);
});

identity.run();
