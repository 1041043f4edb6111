// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { configuredImage } from '../../src/flash/configured-image.ts';
import { MIB } from '../../src/flash/sectors.ts';
import type { SourceImage } from '../../src/flash/source-image.ts';
import { BuildError, UsageError } from '../../src/image/errors.ts';
import { needs } from '../image/needs.ts';

await needs('e2fsprogs');

const configuring = suite<{ folder: string }>('configuredImage');

configuring.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-flash-test-'));
});
configuring.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const yaml = 'version: 1\nlan: { ports: [eth0], address: 192.168.50.1/24 }\n';

function imageWithData(folder: string): SourceImage {
  const file = join(folder, 'data');
  writeFileSync(file, '');
  truncateSync(file, 8 * MIB);
  execFileSync('mkfs.ext4', ['-q', file]);
  const parts = [
    { start: 0, length: 4096, bytes: Buffer.alloc(4096) },
    { start: MIB, length: 8 * MIB, bytes: readFileSync(file) },
  ];
  return { path: 'test.img', board: 'test', size: 9 * MIB, parts };
}

const configured = (image: SourceImage, folder: string, text: string) => {
  const path = join(folder, 'plait.yaml');
  writeFileSync(path, text);
  return configuredImage(image, path, [], AbortSignal.timeout(60_000));
};

configuring(
  'puts the file into the data partition, for root alone, in a file system that is whole',
  async ({ folder }) => {
    const before = imageWithData(folder);
    const { parts } = await configured(before, folder, yaml);
    assert.is(parts[0], before.parts[0], 'other parts stay');
    const file = join(folder, 'data');
    writeFileSync(file, parts[1]?.bytes ?? '');
    const inside = (command: string) =>
      execFileSync('debugfs', ['-R', command, file], { stdio: 'pipe' }).toString();
    assert.is(inside('cat plait.yaml'), yaml);
    assert.match(inside('stat plait.yaml'), /Mode: {2}0600[\s\S]*User: +0 +Group: +0/);
    execFileSync('e2fsck', ['-f', '-n', file], { stdio: 'pipe' });
  },
);

configuring(
  'refuses a configuration that is not valid, and an image without a data partition',
  async ({ folder }) => {
    const image = imageWithData(folder);
    const refusal = async (given: SourceImage, text: string): Promise<Error> => {
      try {
        await configured(given, folder, text);
      } catch (error) {
        return error as Error;
      }
      throw new Error('it was taken');
    };
    const wrong = await refusal(image, 'version: 1\nlan: {}\n');
    assert.instance(wrong, UsageError);
    assert.match(wrong.message, /plait.yaml is not valid:\n.*lan/);
    const bare = await refusal({ ...image, parts: image.parts.slice(0, 1) }, yaml);
    assert.instance(bare, BuildError);
    assert.match(bare.message, /no data partition/);
  },
);

configuring.run();
