// SPDX-License-Identifier: MIT
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadImage, type Trust } from '../../src/flash/source-image.ts';
import { BuildError, UsageError } from '../../src/image/errors.ts';
import { signStatement } from '../../src/image/provenance/dsse.ts';
import { scratch } from '../image/scratch.ts';
import { imageBytes, KEY, MAPPED, pathsIn, publish, testKey } from './images.ts';

const loading = suite<{ folder: string; image: Buffer; raw: string; packed: string }>('loadImage');

const image = imageBytes();
const published = scratch();
await publish(published, image);

loading.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-flash-test-'));
  const folder = join(context.folder, 'test');
  cpSync(published, folder, { recursive: true });
  Object.assign(context, { image, ...pathsIn(folder, 'alix') });
});
loading.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const other = { pem: testKey().publicPem, origin: 'other.pem' };
const trusted = { keys: [{ pem: KEY.publicPem, origin: 'mine.pem' }], unsigned: false };
const unsigned = { keys: [], unsigned: true };
const load = (path: string, trust: Trust = trusted) => loadImage(path, trust, AbortSignal.timeout(30_000));
const refused = async (
  path: string,
  kind: typeof BuildError | typeof UsageError,
  message: RegExp,
  trust: Trust = trusted,
) => {
  const error = await load(path, trust).then(
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
      assert.is(board, 'alix');
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
  const map = join(folder, 'test/plait-alix.bmap');
  writeFileSync(map, readFileSync(map, 'utf8').replace(/<ImageSize> \d+/, '<ImageSize> 4096'));
  await refused(raw, UsageError, /plait-alix.bmap: is damaged: its checksum is wrong/);
});

loading('says which file is missing', async ({ raw, folder }) => {
  rmSync(join(folder, 'test/manifest.json'));
  await refused(raw, UsageError, /there is no manifest.json beside it/);
  rmSync(join(folder, 'test/plait-alix.bmap'));
  await refused(raw, UsageError, /there is no plait-alix.bmap beside it/);
  await refused(join(folder, 'none.img'), UsageError, /there is no file/);
  await refused(join(folder, 'test.iso'), UsageError, /an image ends in .img or .img.xz/);
});

loading('refuses an image that its manifest does not know', async ({ raw, folder }) => {
  writeFileSync(join(folder, 'test/manifest.json'), '{"board":"alix","files":[]}');
  await refused(raw, UsageError, /manifest.json beside it knows no plait-alix.img/);
  writeFileSync(join(folder, 'test/manifest.json'), '[]');
  await refused(raw, UsageError, /is no manifest of an image/);
});

loading('tells by whose key an image is signed', async ({ packed }) => {
  const { signedBy, version } = await load(packed, { ...trusted, keys: [...trusted.keys, other] });
  assert.is(signedBy?.origin, 'mine.pem');
  assert.is(version, '0.1.0');
});

loading('refuses an image that is signed by nobody, or by another', async ({ raw, folder }) => {
  const nobody = { keys: [], unsigned: false };
  await refused(raw, UsageError, /has no key to check its signature with.* --key FILE/, nobody);
  const wrong = { keys: [other], unsigned: false };
  await refused(raw, BuildError, /signed with none of the keys.*Tried: [0-9a-f]{16} \(other\.pem\)/, wrong);
  rmSync(join(folder, 'test/provenance.intoto.jsonl'));
  await refused(
    raw,
    UsageError,
    /there is no provenance\.intoto\.jsonl beside it, which holds its signature/,
  );
});

loading(
  'refuses an image to whose manifest and block map somebody else adapted it',
  async ({ folder, image }) => {
    const theirs = Buffer.from(image);
    theirs[MAPPED[1]?.start ?? 0] = 0x42;
    const forged = await publish(join(folder, 'forged'), theirs, { key: testKey() });
    const signature = readFileSync(join(folder, 'test/provenance.intoto.jsonl'));
    writeFileSync(join(folder, 'forged/provenance.intoto.jsonl'), signature);
    await refused(forged.raw, BuildError, /plait-alix\.bmap is not the file that was signed/);
    writeFileSync(join(folder, 'forged/plait-alix.bmap'), readFileSync(join(folder, 'test/plait-alix.bmap')));
    await refused(forged.raw, BuildError, /is not the file that was signed|does not fit its checksum/);
  },
);

loading('refuses a provenance that was changed, damaged, or of another board', async ({ raw, folder }) => {
  const file = join(folder, 'test/provenance.intoto.jsonl');
  const envelope = JSON.parse(readFileSync(file, 'utf8'));
  const statement = Buffer.from(envelope.payload, 'base64').toString();
  const changed = Buffer.from(statement.replace('alix', 'apux')).toString('base64');
  writeFileSync(file, JSON.stringify({ ...envelope, payload: changed }));
  await refused(raw, BuildError, /signed with none of the keys that are trusted here, or it was changed/);
  for (const text of ['', '{}', 'null', '{"payloadType":1}', '[]']) {
    writeFileSync(file, text);
    await refused(raw, BuildError, /not an in-toto statement in a DSSE envelope/);
  }
  writeFileSync(file, JSON.stringify(await signStatement({ hello: 1 }, KEY)));
  await refused(raw, BuildError, /is signed, and says nothing of an image of Plait/);
  writeFileSync(file, JSON.stringify(envelope));
  const manifest = join(folder, 'test/manifest.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"board":"alix"', '"board":"apu"'));
  await refused(raw, BuildError, /manifest\.json says board apu, signed is alix/);
});

loading(
  'takes an image without signature and manifest only with --unsigned, but none that is damaged',
  async ({ raw, folder }) => {
    rmSync(join(folder, 'test/provenance.intoto.jsonl'));
    const { board, signedBy } = await load(raw, unsigned);
    assert.equal([board, signedBy], ['alix', undefined]);
    rmSync(join(folder, 'test/manifest.json'));
    await refused(raw, UsageError, /no manifest\.json beside it.*copy the whole folder.*--unsigned/);
    assert.is((await load(raw, unsigned)).board, undefined);
    const bytes = readFileSync(raw);
    bytes[9] = (bytes[9] ?? 0) ^ 1;
    writeFileSync(raw, bytes);
    await refused(raw, BuildError, /the range at byte 0 does not fit its checksum/, unsigned);
  },
);

loading.run();
