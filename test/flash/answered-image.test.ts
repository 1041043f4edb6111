// SPDX-License-Identifier: MIT
/** Answers on a card: where setup on the board reads them, for root alone, and never a password as it is typed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { keptAnswers } from '../../src/agent/setup/kept-answers.ts';
import { answeredImage } from '../../src/flash/answered-image.ts';
import { MIB } from '../../src/flash/sectors.ts';
import type { SourceImage } from '../../src/flash/source-image.ts';
import { UsageError } from '../../src/image/errors.ts';
import { fakeBoard } from '../agent/support/board.ts';
import { needs } from '../image/needs.ts';
import { failure } from '../support/failure.ts';
import { suite } from '../support/suite.ts';

await needs('e2fsprogs');

const answering = suite<{ folder: string }>('answeredImage');

answering.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-flash-test-'));
});
answering.after(({ folder }) => rmSync(folder, { recursive: true }));

const HASH = `$6$abcdefgh$${'x'.repeat(86)}`;

function imageWithData(folder: string): SourceImage {
  const file = join(folder, 'data');
  writeFileSync(file, '');
  truncateSync(file, 8 * MIB);
  execFileSync('mkfs.ext4', ['-q', '-F', file]);
  return {
    path: 'test.img',
    board: 'test',
    size: 8 * MIB,
    parts: [{ start: 0, length: 8 * MIB, bytes: readFileSync(file) }],
  };
}

const answered = (folder: string, text: string) =>
  answeredImage(imageWithData(folder), 'answers.yaml', text, AbortSignal.timeout(60_000));

answering(
  'are where setup goes on from, for root alone, in a file system that is whole',
  async ({ folder }) => {
    const { parts } = await answered(
      folder,
      `password: "${HASH}"\nhostname: branch-12\nlan.ports: [eth0, eth1]\n`,
    );
    const file = join(folder, 'written');
    writeFileSync(file, parts[0]?.bytes ?? '');
    const inside = (command: string) =>
      execFileSync('debugfs', ['-R', command, file], { stdio: 'pipe' }).toString();
    const board = fakeBoard();
    board.files.content.set('/data/plait/setup.json', inside('cat plait/setup.json'));
    assert.equal(keptAnswers(board.files), {
      password: HASH,
      hostname: 'branch-12',
      'lan.ports': 'eth0 eth1',
    });
    assert.match(inside('stat plait/setup.json'), /Mode: {2}0600[\s\S]*User: +0 +Group: +0/);
    assert.match(inside('stat plait'), /Type: directory +Mode: {2}0700/);
    execFileSync('e2fsck', ['-f', '-n', file], { stdio: 'pipe' });
  },
);

answering(
  'are refused when wrong, or with a password as it is typed, which is not shown',
  async ({ folder }) => {
    const wrong = await failure(answered(folder, 'hostnam: branch-12\n'));
    assert.instance(wrong, UsageError);
    assert.match(wrong.message, /answers\.yaml is not valid:\n.*did you mean hostname\?/);
    for (const password of ['correct horse battery', 'make']) {
      const refused = await failure(answered(folder, `password: ${password}\n`));
      assert.instance(refused, UsageError);
      assert.match(refused.message, 'a card keeps only its hash');
      assert.not.match(refused.message, 'correct horse');
    }
  },
);

answering.run();
