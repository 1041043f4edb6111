// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeCard, parseSize } from '../../src/machine/card.ts';

const MIB = 1_048_576;

const cards = suite<{ folder: string; image: string; card: string; content: Buffer }>('makeCard');

cards.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-card-'));
  context.image = join(context.folder, 'image');
  context.card = join(context.folder, 'card');
  context.content = Buffer.alloc(5 * MIB + 512);
  context.content.write('first', 0);
  context.content.write('last', 5 * MIB + 500);
  writeFileSync(context.image, context.content);
});
cards.after.each(({ folder }) => rmSync(folder, { recursive: true }));

cards('copies the image byte for byte', async ({ image, card, content }) => {
  await makeCard(image, card);
  assert.ok(readFileSync(card).equals(content));
});

cards(
  'makes a larger card that begins with the image and is empty behind it',
  async ({ image, card, content }) => {
    await makeCard(image, card, 8 * MIB);
    const made = readFileSync(card);
    assert.is(made.length, 8 * MIB);
    assert.ok(made.subarray(0, content.length).equals(content));
    assert.ok(made.subarray(content.length).equals(Buffer.alloc(3 * MIB - 512)));
  },
);

cards('takes no room for what is zero', async ({ image, card }) => {
  await makeCard(image, card, 1024 * MIB);
  assert.ok(statSync(card).blocks * 512 <= 3 * MIB);
});

cards('refuses a card smaller than the image and says what would do', async ({ image, card }) => {
  let message = '';
  await makeCard(image, card, 4 * MIB).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, 'too small');
  assert.match(message, 'at least 6M');
});

cards.run();

const sizes = suite('parseSize');

sizes('reads sizes in binary units', () => {
  assert.is(parseSize('244MiB'), 244 * MIB);
  assert.is(parseSize('2G'), 2048 * MIB);
  assert.is(parseSize('512k'), MIB / 2);
});

sizes('knows what is no size', () => {
  for (const text of ['', '5', '0M', '-1G', '1.5G', '1T', '12 monkeys', '99999999G'])
    assert.is(parseSize(text), undefined);
});

sizes.run();
