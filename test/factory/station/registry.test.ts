// SPDX-License-Identifier: MIT
/** What a station keeps on its disk: identities that were given, and the journal of a run; also when the power goes in the middle of a line. */
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Journal, journalPath, type RunHead } from '../../../src/factory/station/journal.ts';
import { RegistryFile, serialOfMac } from '../../../src/factory/station/registry.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'plait-station-'));
const MAC = (last: number) => `00:0d:b9:00:00:0${last}`;
const ONE = { serial: '1', macs: [MAC(0), MAC(1)], report: 'r-1' };

const registry = suite('identities');

registry('are given once, also by a station that was started anew', async () => {
  const path = join(folder(), 'identities.jsonl');
  for (const given of [new RegistryFile(path), new RegistryFile(path)]) {
    assert.equal(await given.claim(ONE), [], 'its own board may have it again');
    assert.equal(await given.claim({ ...ONE, serial: '2' }), [
      `${MAC(0)} belongs to the board with serial number 1 (report r-1)`,
      `${MAC(1)} belongs to the board with serial number 1 (report r-1)`,
    ]);
    assert.equal(await given.claim({ serial: '1', macs: [MAC(5)] }), [
      `serial number 1 belongs to the board with ${MAC(0)} ${MAC(1)} (report r-1)`,
    ]);
  }
});

registry('with the key of another board are those of a copied card', async () => {
  const given = new RegistryFile(join(folder(), 'identities.jsonl'));
  const key = 'A'.repeat(68);
  assert.equal(await given.claim({ ...ONE, publicKey: key }), []);
  assert.equal(await given.claim({ ...ONE, publicKey: 'B'.repeat(68) }), [], 'flashed anew, it has another');
  assert.equal(await given.claim({ serial: '2', macs: [MAC(7)], publicKey: key }), [
    "its key belongs to the board with serial number 1 (report r-1): the card is a copy of that board's",
  ]);
});

registry('asked for by two ports at once are given to one', async () => {
  const given = new RegistryFile(join(folder(), 'identities.jsonl'));
  const answers = await Promise.all([2, 3].map((last) => given.claim({ serial: '7', macs: [MAC(last)] })));
  assert.equal(
    answers.map((problems) => problems.length),
    [0, 1],
  );
});

registry(
  'that were not written whole were given to nobody; what is no identity is refused by its line',
  async () => {
    const path = join(folder(), 'identities.jsonl');
    await new RegistryFile(path).claim(ONE);
    appendFileSync(path, '{"serial":"2","ma');
    const again = new RegistryFile(path);
    assert.equal(await again.claim({ serial: '2', macs: [MAC(2)] }), []);
    assert.is(readFileSync(path, 'utf8').split('\n').length, 3);
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"serial":"x"}\n`);
    assert.throws(() => new RegistryFile(path), /line 3 is no identity: macs is missing/);
  },
);

registry('of an APU follow from the first address', () => {
  assert.is(serialOfMac('00:0d:b9:45:6f:20'), String(0x456f20 / 4 - 64));
});

registry.run();

const journal = suite('the journal of a run');

const HEAD: RunHead = {
  ...{ id: 'r-1', board: 'alix', list: 'quick', listHash: 'h' },
  ...{ port: '/dev/serial/by-path/usb-1', started: '2026-11-30T22:50:38.000Z' },
};
const noCheck = () => {};

journal('is read back after a cut at any byte, to the last event that is whole', () => {
  const path = journalPath(folder(), HEAD.port);
  const first = Journal.begin(path, HEAD);
  const states = [first.run, first.add({ event: 'banner' })];
  states.push(first.add({ event: 'begin', phase: 'firmware', at: HEAD.started }));
  first.close();
  const whole = readFileSync(path);
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    const lines = whole.subarray(0, length).toString().split('\n').length - 1;
    const read = Journal.resume(path, noCheck);
    if (read) {
      assert.equal(read.head, HEAD);
      assert.equal(read.run, states[lines - 1]);
      // The next event has a line of its own.
      read.add({ event: 'station restarted' });
      read.close();
      assert.is(Journal.resume(path, noCheck)?.run.state, 'waiting');
    } else assert.is(lines, 0);
  }
});

journal('is there once for a port, and refused when it is none', () => {
  const path = journalPath(folder(), HEAD.port);
  Journal.begin(path, HEAD).close();
  assert.throws(
    () => Journal.begin(path, HEAD),
    /another station uses this port, or a run on it was not ended/,
  );
  appendFileSync(path, '{"event":"present"}\n');
  assert.throws(
    () => Journal.resume(path, noCheck),
    /is no journal of a run: a run that is waiting cannot have the event 'present'/,
  );
});

journal.run();
