// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEAD_LENGTH, readBundleHead } from '../../../src/agent/upgrade/bundle-head.ts';
import { UpgradeError } from '../../../src/agent/upgrade/job-states.ts';
import { makeBundle } from '../../../src/image/bundle/bundle.ts';
import { signingKey } from '../../../src/image/bundle/signing-key.ts';
import { cpioArchive, readCpio } from '../../../src/image/cpio.ts';
import { scratch } from '../../image/scratch.ts';

const slot = Buffer.from(`hsqs${'x'.repeat(30_001)}`);
const key = await signingKey(scratch());
const contents = {
  board: { name: 'alix', title: 'PC Engines ALIX' },
  version: '1.2.3',
  slot,
  epoch: 1_700_000_000,
};
const BUNDLE = await makeBundle(contents, key);
const ENTRIES = readCpio(BUNDLE);
const TEXT = Buffer.from(ENTRIES[0]?.data ?? []).toString();

const reading = suite('the beginning of a bundle');

reading('says what the bundle is, and where its system is', () => {
  const { offset, size, version, boards, sha256 } = readBundleHead(BUNDLE.subarray(0, HEAD_LENGTH));
  assert.equal([version, boards, size], ['1.2.3', ['alix'], slot.length]);
  assert.ok(BUNDLE.subarray(offset, offset + size).equals(slot));
  assert.match(TEXT, `sha256 = "${sha256}"`);
});

/** The bundle with another description. */
function described(text: string): Buffer {
  const [, signature, image] = ENTRIES;
  if (!signature || !image) throw new Error('the bundle lacks an entry');
  return cpioArchive([{ name: 'sw-description', data: Buffer.from(text) }, signature, image], 'crc', 0);
}

for (const [what, text] of [
  ['says no version', TEXT.replace('version = "1.2.3";', '')],
  ['says no board', TEXT.replace('hardware-compatibility', 'hardware')],
  ['names the disk itself', TEXT.replaceAll('/run/plait/disk/slot-b', '/dev/sda')],
  ['names the same slot twice', TEXT.replace('/run/plait/disk/slot-b', '/run/plait/disk/slot-a')],
  ['has two hashes', TEXT.replace(/[0-9a-f]{64}/, '0'.repeat(64))],
  ['names another file', TEXT.replaceAll('plait-alix.squashfs', 'other.squashfs')],
  ['is longer than any', TEXT + '#'.repeat(HEAD_LENGTH)],
] as const) {
  reading(`is refused when it ${what}`, () => {
    assert.is.not(text, TEXT);
    assert.throws(
      () => readBundleHead(described(text).subarray(0, HEAD_LENGTH)),
      (error: Error) => error instanceof UpgradeError && error.code === 'not-a-bundle',
    );
  });
}

reading('of any bytes is read or refused, never anything else', () => {
  const refusedOrRead = (bytes: Uint8Array) => {
    try {
      const { offset, size } = readBundleHead(bytes);
      assert.ok(offset >= 0 && size >= 0);
    } catch (error) {
      if (!(error instanceof UpgradeError)) throw error;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), refusedOrRead), { numRuns: 300 });
  const change = fc.record({ at: fc.nat(2500), byte: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), fc.nat(HEAD_LENGTH), (changes, length) => {
      const bytes = Buffer.from(BUNDLE.subarray(0, HEAD_LENGTH));
      for (const { at, byte } of changes) bytes[at] = byte;
      refusedOrRead(bytes);
      refusedOrRead(bytes.subarray(0, length));
    }),
    { numRuns: 2000 },
  );
});

reading.run();
