// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';

/** An IPv4 header from 10.0.0.1 to 10.0.0.2. */
function ipv4(fields: { words?: number; fragment?: number; protocol?: number } = {}): Buffer {
  const bytes = Buffer.alloc(Math.max(fields.words ?? 5, 5) * 4);
  bytes.writeUInt8(0x40 | (fields.words ?? 5), 0);
  bytes.writeUInt16BE(fields.fragment ?? 0x4000, 6);
  bytes.writeUInt8(fields.protocol ?? 6, 9);
  bytes.set([10, 0, 0, 1], 12);
  bytes.set([10, 0, 0, 2], 16);
  return bytes;
}

/** An IPv6 header from ::1 to ::2, and what follows. */
function ipv6(protocol: number, ...extensions: number[][]): Buffer {
  const bytes = Buffer.alloc(40);
  bytes.writeUInt8(0x60, 0);
  bytes.writeUInt8(protocol, 6);
  bytes.writeUInt8(1, 23);
  bytes.writeUInt8(2, 39);
  return Buffer.concat([bytes, ...extensions.map((extension) => Buffer.from(extension))]);
}

/** A TCP header: ports 1000 and 80, the flags and options given, the rest zero. */
function tcp(fields: {
  window?: number;
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
  bytes.writeUInt16BE(fields.window ?? 0, 14);
  bytes.writeUInt16BE(bytes.readUInt16BE(12) | fields.flags, 12);
  return bytes;
}

const header = (fields: Parameters<typeof tcp>[0]) => Buffer.concat([ipv4(), tcp(fields)]);

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

const STAMP = [NOP, NOP, 8, 10, 0, 0, 1, 2, 0, 0, 0, 0];

type Case = { title: string; bytes: Buffer; payload?: number; output: string };

const cases: Case[] = [
  {
    title: 'data takes its length in sequence numbers',
    bytes: header({ seq: 5, ack: 9, flags: ACK }),
    payload: 1448,
    output: 'v4:0001>v4:0002 ports=03e80050 flags=010 window=0 seq=5..1453 ack=9',
  },
  {
    title: 'an acknowledgement alone takes none',
    bytes: header({ seq: 5, ack: 9, flags: ACK }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=010 window=0 seq=5..5 only-ack=9',
  },
  {
    title: 'a reset does more than acknowledge',
    bytes: header({ seq: 5, ack: 9, flags: RST | ACK }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=014 window=0 seq=5..5 ack=9',
  },
  {
    title: 'SYN takes one',
    bytes: header({ seq: 5, flags: SYN }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=002 window=0 seq=5..6',
  },
  {
    title: 'FIN takes one behind the data',
    bytes: header({ seq: 5, ack: 9, flags: FIN | ACK }),
    payload: 3,
    output: 'v4:0001>v4:0002 ports=03e80050 flags=011 window=0 seq=5..9 ack=9',
  },
  {
    title: 'sequence numbers wrap around',
    bytes: header({ seq: 0xffff_fff0, ack: 9, flags: ACK }),
    payload: 32,
    output: 'v4:0001>v4:0002 ports=03e80050 flags=010 window=0 seq=4294967280..16 ack=9',
  },
  {
    title: 'SACK blocks come in the order of the header',
    bytes: header({ ack: 9, flags: ACK, options: sack(100, 200, 20, 40) }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=010 window=0 seq=0..0 only-ack=9 sack=100..200 sack=20..40',
  },
  {
    title: 'a SACK block over the wrap is one, an empty or reversed one is not',
    bytes: header({ ack: 9, flags: ACK, options: sack(0xffff_ff00, 16, 50, 50, 90, 80) }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=010 window=0 seq=0..0 only-ack=9 sack=4294967040..16',
  },
  {
    title: 'options behind the end of options do not count',
    bytes: header({ ack: 9, flags: ACK, options: [0, ...sack(1, 2), 0, 0, 0] }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=010 window=0 seq=0..0 only-ack=9',
  },
  {
    title: 'an option that is longer than the header ends them',
    bytes: header({ ack: 9, flags: ACK, options: [5, 40, 0, 0, 0, 1, 0, 2] }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=010 window=0 seq=0..0 only-ack=9 other',
  },
  {
    title: 'an option of length zero ends them',
    bytes: header({ ack: 9, flags: ACK, options: [8, 0, ...sack(1, 2), 0, 0] }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=010 window=0 seq=0..0 only-ack=9 other',
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
  { title: 'half a header is none', bytes: header({ flags: ACK }).subarray(0, 39), output: 'no' },
  {
    title: 'flags, the window and the time stamp are read',
    bytes: header({ flags: ACK | 0x1c8, window: 501, options: STAMP }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=1d8 window=501 seq=0..0 only-ack=0 stamp=258',
  },
  {
    title: 'an option that we do not know is seen',
    bytes: header({ flags: ACK, options: [30, 4, 0, 0] }),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=010 window=0 seq=0..0 only-ack=0 other',
  },
  {
    title: 'options of IPv4 are passed over',
    bytes: Buffer.concat([ipv4({ words: 7 }), tcp({ flags: SYN })]),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=002 window=0 seq=0..1',
  },
  {
    title: 'a first fragment is told',
    bytes: Buffer.concat([ipv4({ fragment: 0x2000 }), tcp({ flags: SYN })]),
    output: 'v4:0001>v4:0002 ports=03e80050 flags=002 window=0 seq=0..1 fragment',
  },
  {
    title: 'a later fragment has no TCP header',
    bytes: Buffer.concat([ipv4({ fragment: 0x2001 }), tcp({ flags: SYN })]),
    output: 'no',
  },
  {
    title: 'another protocol has none',
    bytes: Buffer.concat([ipv4({ protocol: 17 }), tcp({ flags: SYN })]),
    output: 'no',
  },
  {
    title: 'an IPv4 header of four words is none',
    bytes: Buffer.concat([ipv4({ words: 4 }), tcp({ flags: SYN })]),
    output: 'no',
  },
  {
    title: 'another version of IP is none',
    bytes: Buffer.concat([Buffer.from([0x50]), ipv4().subarray(1), tcp({ flags: SYN })]),
    output: 'no',
  },
  {
    title: 'IPv6 is read',
    bytes: Buffer.concat([ipv6(6), tcp({ flags: SYN })]),
    output: 'v6:0001>v6:0002 ports=03e80050 flags=002 window=0 seq=0..1',
  },
  {
    title: 'extension headers of IPv6 are passed over',
    bytes: Buffer.concat([
      ipv6(0, [60, 0, 0, 0, 0, 0, 0, 0], [51, 1, ...Array(14).fill(0)], [6, 1, ...Array(10).fill(0)]),
      tcp({ flags: SYN }),
    ]),
    output: 'v6:0001>v6:0002 ports=03e80050 flags=002 window=0 seq=0..1',
  },
  {
    title: 'a fragment header that says there is but one fragment does no harm',
    bytes: Buffer.concat([ipv6(44, [6, 0, 0, 0, 0, 0, 0, 9]), tcp({ flags: SYN })]),
    output: 'v6:0001>v6:0002 ports=03e80050 flags=002 window=0 seq=0..1',
  },
  {
    title: 'a first fragment of IPv6 is told',
    bytes: Buffer.concat([ipv6(44, [6, 0, 0, 1, 0, 0, 0, 9]), tcp({ flags: SYN })]),
    output: 'v6:0001>v6:0002 ports=03e80050 flags=002 window=0 seq=0..1 fragment',
  },
  {
    title: 'a later fragment of IPv6 has no TCP header',
    bytes: Buffer.concat([ipv6(44, [6, 0, 0, 8, 0, 0, 0, 9]), tcp({ flags: SYN })]),
    output: 'no',
  },
  {
    title: 'extension headers without end are none',
    bytes: ipv6(0, ...Array(20).fill([0, 0, 0, 0, 0, 0, 0, 0])),
    output: 'no',
  },
];

const INPUTS = 200_000;
const SEED = 20_261_129;

const reader = suite<{ folder: string; driver: string }>('IP and TCP headers, portable core');

reader.before(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'plait-kmod-'));
  context.driver = join(context.folder, 'header-driver');
  await compileCore(['test/kmod/core/header-driver.c', 'src/kmod/core/header.c'], context.driver);
});

reader.after(async ({ folder }) => {
  await rm(folder, { recursive: true, force: true });
});

for (const { title, bytes, payload = 0, output } of cases) {
  reader(title, async ({ driver }) => {
    const result = await run([driver], `${bytes.length + payload} ${bytes.toString('hex')}\n`);
    assert.is(result.output, `${output}\n`);
    assert.is(result.code, 0);
  });
}

reader(`${INPUTS} inputs make it read nothing that is not there`, async ({ folder }) => {
  const program = join(folder, 'header-fuzz');
  await compileCore(
    ['test/kmod/core/fuzz-main.c', 'test/kmod/core/header-fuzz.c', 'src/kmod/core/header.c'],
    program,
  );
  const result = await run([program, String(INPUTS), String(SEED)]);
  assert.is(result.output, `${INPUTS} inputs\n`);
  assert.is(result.code, 0);
});

reader.run();
