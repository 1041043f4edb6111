// SPDX-License-Identifier: MIT
/**
 * Golden messages of UDP legs, as src/kmod/core/udp/wire.h has them. Keys, sealed parts and tags are any bytes: what is
 * sealed is not looked into here.
 */

const bytes = (value: string, count: number) => value.repeat(count);

/** Ends each DATA and CONTROL. */
export const TAG = bytes('ee', 16);

/** INIT of sender 0x030201: ephemeral key, static key, payload, mac1, no mac2. */
export const INIT = [
  '20010000',
  '01020300',
  bytes('aa', 32),
  bytes('bb', 48),
  bytes('cc', 36),
  bytes('dd', 16),
  bytes('00', 16),
].join('');

/** RESPONSE of 0x060504 to it. */
export const RESPONSE = [
  '40010000',
  '04050600',
  '01020300',
  bytes('aa', 32),
  bytes('cc', 24),
  bytes('dd', 16),
  bytes('00', 16),
].join('');

/** COOKIE for it. */
export const COOKIE = ['60000000', '01020300', bytes('ab', 24), bytes('cd', 32)].join('');

/** Headers of DATA and CONTROL: fields as read and as to be written, and the bytes. */
export const HEADERS = [
  {
    title: 'DATA, each field another',
    fields: { type: 4, leg: 3, index: 0x030201, counter: 0x07060504n, sequence: 0x0a0908 },
    more: { flags: 0x0b, after: 0x0d0c, sent: 0x0f0e },
    hex: '830102030405060708090a0b0c0d0e0f',
  },
  {
    title: 'DATA, each field at its end',
    fields: { type: 4, leg: 31, index: 0xffffff, counter: 0xffffffffn, sequence: 0xffffff },
    more: { flags: 0xff, after: 65535, sent: 65535 },
    hex: '9fffffffffffffffffffffffffffffff',
  },
  {
    title: 'DATA, all zero',
    fields: { type: 4, leg: 0, index: 0, counter: 0n, sequence: 0 },
    more: { flags: 0, after: 0, sent: 0 },
    hex: '80000000000000000000000000000000',
  },
  {
    title: 'DATA that is sent again, of a flow whose last packet was the one before it',
    fields: { type: 4, leg: 1, index: 0x123456, counter: 300n, sequence: 70_000 },
    more: { flags: 0x01, after: 1, sent: 1000 },
    hex: '815634122c0100007011010101 00e803'.replaceAll(' ', ''),
  },
  {
    title: 'CONTROL',
    fields: { type: 5, leg: 2, index: 0x123456, counter: 1n, sequence: 0 },
    more: { flags: 0, after: 0, sent: 0x1234 },
    hex: 'a25634120100000000000000 00003412'.replaceAll(' ', ''),
  },
] as const;

/** A report, and its bytes. */
export const REPORT = {
  fields: '2 1 515 117835012 185207048 252579084 4368 4882',
  hex: '020103020405060708090a0b0c0d0e0f10111213',
};

/** A CONTROL of leg 2, and what is in its blocks. */
export const BLOCKS = [
  { title: 'no block', hex: '', found: 'end' },
  { title: 'PROBE', hex: '0104 01020304', found: 'block:1,4 end' },
  { title: 'PROBE with padding', hex: `01ff 01020304${bytes('00', 251)}`, found: 'block:1,255 end' },
  {
    title: 'PROBE_REPLY: 1280 bytes from 203.0.113.9:40112',
    hex: '0218 01020304 0005 9cb0 00000000000000000000ffffcb007109',
    found: 'block:2,24 end',
  },
  {
    title: 'REPORT of two legs',
    hex: `0328 ${REPORT.hex}${bytes('00', 20)}`,
    found: 'block:3,40 report:2,1,515,117835012,185207048,252579084,4368,4882 report:0,0,0,0,0,0,0,0 end',
  },
  { title: 'REPORT with a part of one', hex: `0313 ${bytes('00', 19)}`, found: 'block:3,19 end' },
  {
    title: 'MISSING of two runs, and a part of one',
    hex: '040d 0103 04030201 1fff ffffffff 00',
    found: 'block:4,13 missing:1,3,16909060 missing:31,255,4294967295 end',
  },
  { title: 'LEG_DOWN and LEG_UP', hex: '0504 01000000 0604 02000000', found: 'block:5,4 block:6,4 end' },
  { title: 'CLOSE', hex: '0700', found: 'block:7,0 end' },
  {
    title: 'an unknown block between known ones',
    hex: '0700 c803 010203 0700',
    found: 'block:7,0 block:200,3 block:7,0 end',
  },
  { title: 'one byte that is no block', hex: '0700 07', found: 'block:7,0 end' },
  { title: 'a block longer than what is left', hex: '0700 0103 0102', found: 'block:7,0 end' },
].map((one) => ({ ...one, hex: one.hex.replaceAll(' ', '') }));
