// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { run } from '../../src/cli/run.ts';
import { FLUSH, logBytes, makeLog, SECTOR, write } from '../machine/write-log/log-maker.ts';
import { suite } from '../support/suite.ts';

interface Context {
  folder: string;
  log: string;
  image: string;
  run(...args: string[]): Promise<{ code: number; out: string; err: string }>;
}

const verb = suite<Context>('plait power-cut');

verb.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'plait-power-cut-cli-'));
  // Data are flushed before the sector that says that they are there.
  context.log = makeLog(join(context.folder, 'log'), [
    write(1, 7),
    write(2, 7),
    FLUSH,
    write(0, 1, 2),
    FLUSH,
  ]);
  context.image = join(context.folder, 'image');
  writeFileSync(context.image, Buffer.alloc(4 * SECTOR));
  context.run = told;
});
verb.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** As it is typed. */
async function told(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { log } = console;
  const said = { code: 0, out: '', err: '' };
  console.log = (text: string) => {
    said.out += `${text}\n`;
  };
  try {
    said.code = await run(['power-cut', ...args], {
      writeErr: (text) => {
        said.err += text;
      },
    });
    return said;
  } finally {
    console.log = log;
  }
}

/** When the first sector says so, the third has to be there: both by their first byte. */
const CHECK = [
  '--',
  'sh',
  '-c',
  'set -- $(od -An -tu1 -j0 -N1 {}) $(od -An -tu1 -j1024 -N1 {}); test "$1" != 1 || test "$2" = 7',
];

verb('lists what was written', async ({ run, log }) => {
  const { code, out } = await run('show', log);
  assert.is(code, 0);
  assert.match(out, /^3 +write +0 +2$/m);
  const { entries } = JSON.parse((await run('show', log, '--json')).out);
  assert.equal(entries[2], { index: 2, kind: 'flush', flush: true, fua: false, sector: 0, sectors: 0 });
});

verb('writes the disk as it is after one', async ({ run, log, image, folder }) => {
  const file = join(folder, 'disk');
  assert.is((await run('replay', log, image, file, '--cut', '2+3/1', '--card', '4K')).code, 0);
  const disk = readFileSync(file);
  assert.equal(
    [0, 1, 2, 3].map((sector) => disk[sector * SECTOR]),
    [1, 7, 7, 0],
  );
  assert.is(disk.length, 4096);
});

verb('runs a command after each, and says how many are survived', async ({ run, log, image }) => {
  const { code, out } = await run('check', log, image, '--torn', '8', '--lost', '4', ...CHECK);
  assert.equal([code, out], [0, '11 of 11 power cuts survived\n']);
});

verb('finds a disk that lies about its flushes', async ({ run, image, folder }) => {
  const lying = makeLog(join(folder, 'lying'), [write(1, 7), write(2, 7), write(0, 1, 2), FLUSH]);
  const { code, out, err } = await run('check', lying, image, '--lost', '8', '--json', ...CHECK);
  const { cuts, survived, failed } = JSON.parse(out);
  assert.equal([code, cuts, survived], [1, 13, 11]);
  assert.equal(failed.map(({ cut }: { cut: string }) => cut).sort(), ['0+0,2', '0+2']);
  assert.match(err, 'plait: 2 of 13 power cuts leave a disk that is not right');
});

verb('gives the command one partition, and finds cuts that leave none', async ({ run, folder }) => {
  const image = join(folder, 'parted');
  writeFileSync(image, Buffer.alloc(8 * SECTOR));
  const table = Buffer.alloc(SECTOR);
  table[446 + 4] = 0x83;
  table.writeUInt32LE(4, 446 + 8);
  table.writeUInt32LE(3, 446 + 12);
  table.writeUInt16LE(0xaa55, 510);
  const log = makeLog(join(folder, 'parting'), [{ data: table }, write(5, 9), FLUSH]);
  const { code, out } = await run(
    'check',
    log,
    image,
    '--partition',
    '1',
    '--json',
    '--',
    'sh',
    '-c',
    'test $(stat -c %s {}) = 1536',
  );
  const { cuts, failed } = JSON.parse(out);
  assert.equal([code, cuts, failed.length, failed[0].cut], [1, 4, 1, '0']);
  assert.match(failed[0].output, 'the first sector holds no partition table');
  const file = join(folder, 'partition');
  await run('replay', log, image, file, '--cut', '3', '--partition', '1');
  assert.equal(
    [0, 1, 2].map((sector) => readFileSync(file)[sector * SECTOR]),
    [0, 9, 0],
  );
  const none = await run('replay', log, image, file, '--cut', '3', '--partition', '2');
  assert.equal([none.code, /partition 2 does not exist/.test(none.err)], [1, true], none.err);
});

const REFUSED: [what: string, words: (context: Context) => string[], code: number, message: RegExp][] = [
  ['a log that is not there', ({ folder }) => ['show', join(folder, 'none')], 2, /log: there is no file/],
  ['what is no log', ({ image }) => ['show', image], 1, /is no usable log of writes: it begins with 0x0/],
  [
    'no cut',
    ({ log, image }) => ['replay', log, image, '/dev/null', '--cut', '9'],
    2,
    /9 is no power cut of this log: it has 5/,
  ],
  [
    'entries that are not there',
    ({ log, image }) => ['check', log, image, '--to', '6', '--', 'true'],
    2,
    /--to 6: the log has 5 entries/,
  ],
  [
    'a command that is not there',
    ({ log, image }) => ['check', log, image, '--', 'no-such-program'],
    1,
    /no-such-program cannot be run/,
  ],
];
for (const [what, words, code, message] of REFUSED) {
  verb(`refuses ${what}`, async (context) => {
    const said = await context.run(...words(context));
    assert.is(said.code, code, said.err);
    assert.match(said.err, message);
  });
}

verb('takes a log that did not end with a flush only when told so', async ({ run, folder }) => {
  const log = join(folder, 'unfinished');
  writeFileSync(log, logBytes([write(1, 1), FLUSH, write(2, 1)], { count: 2 }));
  assert.is((await run('show', log)).code, 1);
  assert.is((await run('show', log, '--unfinished')).code, 0);
});

verb.run();
