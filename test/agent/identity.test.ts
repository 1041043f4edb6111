// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  formatIdentity,
  IDENTITY_LENGTH,
  IDENTITY_SECTORS,
  type Identity,
  identityProblems,
  parseIdentity,
  readIdentity,
  storedIdentity,
} from '../../src/agent/identity.ts';
import { identityLines, identityStatus } from '../../src/agent/identity-status.ts';
import { renderStatus } from '../../src/agent/render-status.ts';
import { statusOf } from '../../src/agent/status-of.ts';
import { fakeAgent } from './support/agent.ts';

const MACS = ['00:0d:b9:12:34:54', '00:0d:b9:12:34:55'];
const OLD: Identity = { serial: '004711', macs: MACS, revision: '2d13' };
const NEW: Identity = { serial: '2D13-004712', macs: ['00:0d:b9:12:34:58'], report: 'r-17' };
const NONE = new Uint8Array(IDENTITY_LENGTH);

const format = suite('the identity on a disk');

format('is read back as it was written', () => {
  for (const identity of [OLD, NEW]) assert.equal(parseIdentity(formatIdentity(identity)), identity);
});

format('is refused when any byte of it was changed', () => {
  const copy = formatIdentity(OLD);
  // All of the header and text, and samples of what is zero behind them.
  const places = [...Array(200).keys(), 511, 512, 2000, 4095];
  for (const at of places) {
    const changed = copy.slice();
    changed[at] = (changed[at] ?? 0) ^ 0x20;
    assert.is(parseIdentity(changed), undefined, `byte ${at}`);
  }
});

format('is whole after a power cut at any sector while another is written', () => {
  for (const before of [NONE, formatIdentity(OLD)]) {
    const disk = [before.slice(), before.slice()] as [Uint8Array, Uint8Array];
    const written = formatIdentity(NEW);
    for (const copy of disk) {
      for (let at = 0; at < IDENTITY_LENGTH; at += 512) {
        const { state, ...rest } = storedIdentity(...disk);
        const serial = 'identity' in rest ? rest.identity.serial : undefined;
        if (before === NONE) assert.is.not(serial, OLD.serial);
        else assert.ok(serial === OLD.serial || serial === NEW.serial, `${state} ${serial}`);
        copy.set(written.subarray(at, at + 512), at);
      }
    }
    assert.equal(storedIdentity(...disk), { state: 'valid', identity: NEW, wholeCopies: 2 });
  }
});

format('counts from the first copy when both are whole and differ, and says so', () => {
  const state = storedIdentity(formatIdentity(NEW), formatIdentity(OLD));
  assert.equal(state, { state: 'valid', identity: NEW, wholeCopies: 1 });
});

format('is damaged when neither copy is whole, and absent when nobody wrote one', () => {
  const torn = formatIdentity(OLD).fill(0, 40);
  assert.equal(storedIdentity(torn, NONE), { state: 'damaged' });
  assert.equal(storedIdentity(NONE, NONE), { state: 'none' });
  assert.equal(storedIdentity(NONE.slice().fill(0xff), NONE), { state: 'none' });
  assert.equal(
    readIdentity(
      {
        readAt: () => {
          throw new Error('EIO');
        },
      } as never,
      '/dev/sda',
    ),
    { state: 'damaged' },
  );
  assert.equal(readIdentity({} as never, undefined), { state: 'none' });
});

format('of a newer version may hold more', () => {
  const newer = { ...OLD, lot: 'A7' };
  assert.equal(parseIdentity(formatIdentity(newer)), newer);
});

format('is refused with what is wrong', () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [[], /must be a JSON object/],
    [{ macs: MACS }, /serial is missing; it must be letters, digits/],
    [{ serial: 'a b', macs: MACS }, /serial is "a b"/],
    [{ serial: '1' }, /macs is missing; it must be a list/],
    [{ serial: '1', macs: [] }, /macs is \[\]/],
    [
      { serial: '1', macs: ['00-0d-b9-12-34-54'] },
      /macs holds "00-0d-b9-12-34-54"; a MAC address is written/,
    ],
    [{ serial: '1', macs: [MACS[0], MACS[0]] }, /twice/],
    [{ serial: '1', macs: MACS, revision: '' }, /revision is ""/],
  ];
  for (const [value, message] of wrong) assert.match(identityProblems(value).join('\n'), message);
  assert.equal(identityProblems(OLD), []);
  assert.throws(() => formatIdentity({ ...OLD, publicKey: 'x'.repeat(5000) }), RangeError);
});

format.run();

const status = suite('the identity in the status');

/** A board whose disk has these copies, and whose ports have these MAC addresses. */
function booted(copies: readonly Uint8Array[], macs: readonly string[]) {
  const addresses = macs.map((mac, port) => [`/sys/class/net/eth${port}/address`, `${mac}\n`] as const);
  const facts = {
    '/etc/plait/board.json': '{"board":"alix","disk":"/dev/sda"}',
    ...Object.fromEntries(addresses),
  };
  const first = fakeAgent(facts);
  for (const [index, copy] of copies.entries()) first.disk.set((IDENTITY_SECTORS[index] ?? 0) * 512, copy);
  // The daemon reads it when it starts.
  const agent = new (first.daemon.constructor as new (...args: unknown[]) => typeof first.daemon)(
    first.ports,
    first.board.kernel,
  );
  return statusOf(agent, first.ports, first.board.kernel);
}

const copy = formatIdentity(OLD);

status('tells serial number and revision on the board that they belong to', () => {
  const told = booted([copy, copy], [...MACS].reverse());
  assert.equal(told.identity, {
    ...{ state: 'valid', wholeCopies: 2, serial: '004711', macs: MACS, board: 'this', revision: '2d13' },
  });
  assert.match(renderStatus(told), /^serial number 004711, revision 2d13$/m);
  assert.not.match(renderStatus(told), /warning: identity/);
});

status('says so when the card was moved to another board', () => {
  const told = booted([copy, copy], ['00:0d:b9:99:99:99', '00:0d:b9:99:99:9a']);
  assert.match(
    renderStatus(told),
    /warning: identity: this card belongs to another board: none of its MAC addresses \(00:0d:b9:12:34:54 00:0d:b9:12:34:55\) is here/,
  );
});

status('does not take one port that was replaced for another board', () => {
  const told = booted([copy, copy], ['00:0d:b9:99:99:99', '00:0d:b9:12:34:55']);
  assert.is(told.identity?.state === 'valid' && told.identity.board, 'this');
});

status('says whether the key is that of the factory test', () => {
  const told = (publicKey: string, key?: string) =>
    identityStatus({ state: 'valid', identity: { ...OLD, publicKey }, wholeCopies: 2 }, MACS, key);
  assert.is((told('AAAA', 'AAAA') as { key?: string }).key, 'same');
  assert.equal(identityLines(told('AAAA', 'AAAA')), ['serial number 004711, revision 2d13']);
  for (const key of ['BBBB', undefined])
    assert.match(
      identityLines(told('AAAA', key)).join('\n'),
      /the SSH host key is not that of the factory test: .*flashed/,
    );
});

status('tells of damage, and nothing where there is no identity', () => {
  const torn = copy.slice().fill(0, 40);
  assert.match(renderStatus(booted([copy, torn], MACS)), /warning: identity: one of its two copies/);
  assert.match(
    renderStatus(booted([torn, torn], MACS)),
    /warning: identity: both copies on the disk are damaged/,
  );
  const without = booted([], MACS);
  assert.is(without.identity, undefined);
  assert.not.match(renderStatus(without), /serial number|identity/);
});

status('does not guess while the board has no ports', () => {
  const told = identityStatus(storedIdentity(copy, copy), [], undefined);
  assert.is(told?.state === 'valid' && told.board, 'unknown');
  assert.equal(identityLines(told), ['serial number 004711, revision 2d13']);
});

status.run();
