// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadImage } from '../../src/flash/source-image.ts';
import { BuildError, UsageError } from '../../src/image/errors.ts';
import { imageBytes, MAPPED, publish } from './images.ts';

const loading = suite<{ folder: string; image: Buffer; raw: string; packed: string }>('loadImage');

loading.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-flash-test-'));
  context.image = imageBytes();
  Object.assign(context, publish(join(context.folder, 'test'), context.image));
});
loading.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const load = (path: string) => loadImage(path, AbortSignal.timeout(30_000));
const refused = async (path: string, kind: typeof BuildError | typeof UsageError, message: RegExp) => {
  const error = await load(path).then(
    () => assert.unreachable('it was taken'),
    (thrown: unknown) => thrown,
  );
  assert.instance(error, kind);
  assert.match((error as Error).message, message);
};

loading(
  'gives what is mapped, from the image and from the packed one alike',
  async ({ raw, packed, image }) => {
    for (const path of [raw, packed]) {
      const { parts, board, size } = await load(path);
      assert.is(board, 'test');
      assert.is(size, image.length);
      assert.equal(
        parts.map(({ start, length }) => ({ start, length })),
        MAPPED,
      );
      for (const { start, bytes } of parts)
        assert.ok(bytes.equals(image.subarray(start, start + bytes.length)));
    }
  },
);

loading('refuses an image of which a byte was changed', async ({ raw, packed }) => {
  const bytes = readFileSync(raw);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  writeFileSync(raw, bytes);
  await refused(raw, BuildError, /is damaged: its SHA-256 is [0-9a-f]+, its manifest says/);
  const archive = readFileSync(packed);
  archive[5000] = (archive[5000] ?? 0) ^ 1;
  writeFileSync(packed, archive);
  await refused(packed, BuildError, /damaged/);
});

loading('refuses an image that was cut', async ({ raw, packed }) => {
  truncateSync(raw, 1_000_000);
  await refused(raw, BuildError, /holds 1000000 bytes|has 1000000 bytes, its manifest says/);
  truncateSync(packed, 10_000);
  await refused(packed, BuildError, /damaged: xz says .*[Uu]nexpected end/);
});

loading('refuses a block map that was changed', async ({ raw, folder }) => {
  const map = join(folder, 'test/plait-test.bmap');
  writeFileSync(map, readFileSync(map, 'utf8').replace(/<ImageSize> \d+/, '<ImageSize> 4096'));
  await refused(raw, UsageError, /plait-test.bmap: is damaged: its checksum is wrong/);
});

loading('says which file is missing', async ({ raw, folder }) => {
  rmSync(join(folder, 'test/manifest.json'));
  await refused(raw, UsageError, /there is no manifest.json beside it/);
  rmSync(join(folder, 'test/plait-test.bmap'));
  await refused(raw, UsageError, /there is no plait-test.bmap beside it/);
  await refused(join(folder, 'none.img'), UsageError, /there is no file/);
  await refused(join(folder, 'test.iso'), UsageError, /an image ends in .img or .img.xz/);
});

loading('refuses an image that its manifest does not know', async ({ raw, folder }) => {
  writeFileSync(join(folder, 'test/manifest.json'), '{"board":"test","files":[]}');
  await refused(raw, UsageError, /manifest.json beside it knows no plait-test.img/);
  writeFileSync(join(folder, 'test/manifest.json'), '[]');
  await refused(raw, UsageError, /is no manifest of an image/);
});

loading.run();
