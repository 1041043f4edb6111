// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileCore, run } from '../toolchain.ts';

/** A TCP header: ports 1000 and 80, the flags and options given, the rest zero. */
function header(fields: {
  seq?: number;
  ack?: number;
  flags: number;
  options?: number[];
  words?: number;
}): Buffer {
  const options = Buffer.from(fields.options ?? []);
  const bytes = Buffer.concat([Buffer.alloc(20), options]);
  bytes.writeUInt16BE(1000, 0);
  bytes.writeUInt16BE(80, 2);
  bytes.writeUInt32BE(fields.seq ?? 0, 4);
  bytes.writeUInt32BE(fields.ack ?? 0, 8);
  bytes.writeUInt8((fields.words ?? bytes.length / 4) << 4, 12);
  bytes.writeUInt8(fields.flags, 13);
  return bytes;
}

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
const NOP = 1;
const sack = (...edges: number[]) => [
  NOP,
  NOP,
  5,
  2 + edges.length * 4,
  ...edges.flatMap((edge) => [edge >>> 24, (edge >>> 16) & 255, (edge >>> 8) & 255, edge & 255]),
];

type Case = { title: string; bytes: Buffer; payload?: number; output: string };

const cases: Case[] = [
  {
    title: 'data takes its length in sequence numbers',
    bytes: header({ seq: 5, ack: 9, flags: ACK }),
    payload: 1448,
    output: 'ports=03e80050 seq=5..1453 ack=9',
  },
  {
    title: 'an acknowledgement alone takes none',
    bytes: header({ seq: 5, ack: 9, flags: ACK }),
    output: 'ports=03e80050 seq=5..5 only-ack=9',
  },
  {
    title: 'a reset does more than acknowledge',
    bytes: header({ seq: 5, ack: 9, flags: RST | ACK }),
    output: 'ports=03e80050 seq=5..5 ack=9',
  },
  { title: 'SYN takes one', bytes: header({ seq: 5, flags: SYN }), output: 'ports=03e80050 seq=5..6' },
  {
    title: 'FIN takes one behind the data',
    bytes: header({ seq: 5, ack: 9, flags: FIN | ACK }),
    payload: 3,
    output: 'ports=03e80050 seq=5..9 ack=9',
  },
  {
    title: 'sequence numbers wrap around',
    bytes: header({ seq: 0xffff_fff0, ack: 9, flags: ACK }),
    payload: 32,
    output: 'ports=03e80050 seq=4294967280..16 ack=9',
  },
  {
    title: 'SACK blocks come in the order of the header',
    bytes: header({ ack: 9, flags: ACK, options: sack(100, 200, 20, 40) }),
    output: 'ports=03e80050 seq=0..0 only-ack=9 sack=100..200 sack=20..40',
  },
  {
    title: 'a SACK block over the wrap is one, an empty or reversed one is not',
    bytes: header({ ack: 9, flags: ACK, options: sack(0xffff_ff00, 16, 50, 50, 90, 80) }),
    output: 'ports=03e80050 seq=0..0 only-ack=9 sack=4294967040..16',
  },
  {
    title: 'options behind the end of options do not count',
    bytes: header({ ack: 9, flags: ACK, options: [0, ...sack(1, 2), 0, 0, 0] }),
    output: 'ports=03e80050 seq=0..0 only-ack=9',
  },
  {
    title: 'an option that is longer than the header ends them',
    bytes: header({ ack: 9, flags: ACK, options: [5, 40, 0, 0, 0, 1, 0, 2] }),
    output: 'ports=03e80050 seq=0..0 only-ack=9',
  },
  {
    title: 'an option of length zero ends them',
    bytes: header({ ack: 9, flags: ACK, options: [8, 0, ...sack(1, 2), 0, 0] }),
    output: 'ports=03e80050 seq=0..0 only-ack=9',
  },
  {
    title: 'a header of fewer than five words is none',
    bytes: header({ flags: ACK, words: 4 }),
    output: 'no',
  },
  {
    title: 'a header longer than what there is is none',
    bytes: header({ flags: ACK, words: 15 }),
    output: 'no',
  },
  { title: 'half a header is none', bytes: header({ flags: ACK }).subarray(0, 19), output: 'no' },
];

const tcp = suite<{ folder: string; driver: string }>('TCP headers, portable core');

tcp.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.driver = join(context.folder, 'tcp-driver');
  await compileCore(['test/kmod/core/tcp-driver.c', 'src/kmod/core/tcp.c'], context.driver);
});

tcp.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

for (const { title, bytes, payload = 0, output } of cases) {
  tcp(title, async ({ driver }) => {
    const result = await run([driver], `${bytes.length + payload} ${bytes.toString('hex')}\n`);
    assert.is(result.output, `${output}\n`);
    assert.is(result.code, 0);
  });
}

tcp.run();
