// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../../support/suite.ts';
import { compileCore, run } from '../../toolchain.ts';
import { BLOCKS, COOKIE, HEADERS, INIT, REPORT, RESPONSE, TAG } from './wire-vectors.ts';

const wire = suite<{ folder: string; program: string }>('messages of UDP legs');

wire.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-wire-'));
  context.program = join(context.folder, 'wire-driver');
  await compileCore(['test/kmod/core/udp/wire-driver.c', 'src/kmod/core/udp/wire.c'], context.program);
});
wire.after(({ folder }) => rm(folder, { recursive: true }));

async function answers(program: string, commands: readonly string[]): Promise<string[]> {
  const result = await run([program], `${commands.join('\n')}\n`);
  assert.is(result.code, 0, result.output);
  return result.output.trimEnd().split('\n');
}

/** What each message is said to be. */
const types = async (program: string, messages: readonly string[]) =>
  (
    await answers(
      program,
      messages.map((hex) => `read ${hex}`),
    )
  ).map((line) => Number(line.split(' ')[0]));

const words = (fields: Record<string, number | bigint>) =>
  Object.entries(fields).map(([name, value]) => `${name}=${value}`);

for (const { title, fields, more, hex } of HEADERS) {
  const all = { ...fields, ...more };
  wire(`header: ${title}`, async ({ program }) => {
    const { type, ...rest } = all;
    const [read, written] = await answers(program, [
      `read ${hex}${TAG}`,
      `write ${Object.values(all).join(' ')}`,
    ]);
    assert.is(read, [`${type}`, ...words(rest), ...(type === 5 ? ['end'] : [])].join(' '));
    assert.is(written, hex);
  });
}

wire('fields that are too wide leave their neighbours alone', async ({ program }) => {
  const wide = [`write 4 ${32 + 3} ${2 ** 24 + 1} ${2n ** 40n + 2n} ${2 ** 24 + 3} 0 0 0`];
  assert.equal(await answers(program, wide), ['83010000020000000300000000000000']);
});

wire('a report is written as it is read', async ({ program }) => {
  assert.equal(await answers(program, [`report ${REPORT.fields}`]), [REPORT.hex]);
});

wire('a run of holes is written as it is read', async ({ program }) => {
  assert.equal(await answers(program, ['missing 1 3 16909060']), ['010304030201']);
});

wire('a probe is filled up to the length that is asked for, whatever that is', async ({ program }) => {
  assert.equal(
    await answers(program, [
      'probe 7 0',
      'probe 7 6',
      'probe 7 7',
      'probe 7 8',
      'probe 7 263',
      'probe 7 264',
    ]),
    [
      '6 block:1,4 end',
      '6 block:1,4 end',
      '7 block:1,4 end',
      '8 block:1,4 block:8,0 end',
      '263 block:1,4 block:8,255 end',
      '264 block:1,4 block:8,255 end',
    ],
  );
  const lengths = Array.from({ length: 9200 }, (_, index) => index + 6);
  const lines = await answers(
    program,
    lengths.map((length) => `probe 1 ${length}`),
  );
  assert.ok(
    lines.every((line, index) => line.startsWith(`${lengths[index]} block:1,4`) && line.endsWith(' end')),
  );
});

for (const { title, hex, found } of BLOCKS)
  wire(`blocks: ${title}`, async ({ program }) => {
    const control = `a2563412010000000000000000003412${hex}${TAG}`;
    const [line = ''] = await answers(program, [`read ${control}`]);
    assert.is(line.slice(line.indexOf('sent=4660 ') + 'sent=4660 '.length), found);
  });

wire('messages of the handshake are known by type, version and length', async ({ program }) => {
  assert.equal(await types(program, [INIT, RESPONSE, COOKIE]), [1, 2, 3]);
});

wire('what has another length is none of them', async ({ program }) => {
  const wrong = [INIT, RESPONSE, COOKIE].flatMap((hex) => [hex.slice(2), hex.slice(0, -2), `${hex}00`]);
  assert.equal(
    await types(program, wrong),
    wrong.map(() => 0),
  );
  const all = [INIT, RESPONSE, COOKIE].flatMap((hex) =>
    Array.from({ length: hex.length / 2 }, (_, length) => hex.slice(0, 2 * length)),
  );
  assert.equal(
    await types(program, all),
    all.map(() => 0),
  );
});

wire('another version, or low bits in the first byte, are of no message', async ({ program }) => {
  const other = (hex: string, at: number, byte: string) =>
    hex.slice(0, 2 * at) + byte + hex.slice(2 * at + 2);
  const wrong = [
    other(INIT, 1, '00'),
    other(INIT, 1, '02'),
    other(RESPONSE, 1, '02'),
    other(INIT, 0, '21'),
    other(RESPONSE, 0, '5f'),
    other(COOKIE, 0, '61'),
  ];
  assert.equal(
    await types(program, wrong),
    wrong.map(() => 0),
  );
});

wire('reserved bytes are ignored', async ({ program }) => {
  const reserved = (hex: string, from: number, to: number) =>
    hex.slice(0, 2 * from) + 'ff'.repeat(to - from) + hex.slice(2 * to);
  assert.equal(
    await types(program, [reserved(INIT, 2, 4), reserved(RESPONSE, 2, 4), reserved(COOKIE, 1, 4)]),
    [1, 2, 3],
  );
});

wire(
  'DATA and CONTROL have a header and a tag at least; types 0, 6 and 7 are of nobody',
  async ({ program }) => {
    const long = (first: string, length: number) => `${first}${'00'.repeat(length - 1)}`;
    assert.equal(
      await types(program, [
        long('80', 31),
        long('80', 32),
        long('bf', 31),
        long('bf', 32),
        long('9f', 1500),
      ]),
      [0, 4, 0, 5, 4],
    );
    const nobody = [
      '',
      '00',
      long('00', 156),
      long('1f', 100),
      long('c0', 64),
      long('e0', 156),
      long('ff', 1500),
    ];
    assert.equal(
      await types(program, nobody),
      nobody.map(() => 0),
    );
  },
);

wire.run();
