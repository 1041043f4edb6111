// SPDX-License-Identifier: MIT
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson } from '../../../src/factory/record/canonical-json.ts';
import { RecordError } from '../../../src/factory/record/errors.ts';
import { MAX_RECORD_BYTES } from '../../../src/factory/record/parse.ts';
import { openRecord, signRecord, trusting } from '../../../src/factory/record/signed-record.ts';
import { stationKey, trustedStations } from '../../../src/factory/record/station-key.ts';
import { recordIds, saveRecord } from '../../../src/factory/record/store.ts';
import { scratch } from '../../image/scratch.ts';
import { failure } from '../../support/failure.ts';
import { anyRecord, exampleRecord } from './examples.ts';

const keys = scratch();
const key = await stationKey(keys);
const trusted = trusting(await trustedStations(keys));
const signed = Buffer.from(await signRecord(exampleRecord(), key));

const signing = suite('a signed record');

signing('says what was signed, and by whom', async () => {
  const { record, key: signer } = openRecord(signed, trusted, 'a.json');
  assert.is(canonicalJson(record), canonicalJson(exampleRecord()));
  assert.is(signer.origin, join(keys, 'station.key'));
  await fc.assert(
    fc.asyncProperty(anyRecord, async (any) => {
      const bytes = Buffer.from(await signRecord(any, key));
      assert.is(canonicalJson(openRecord(bytes, trusted, 'x').record), canonicalJson(any));
    }),
    { numRuns: 50 },
  );
});

signing('has the same bytes when it is signed again', async () => {
  assert.is(await signRecord(exampleRecord(), key), signed.toString());
});

signing('is refused with any byte changed, added or left out', () => {
  const refused = (bytes: Uint8Array, what: string) => {
    try {
      openRecord(bytes, trusted, 'a.json');
    } catch (error) {
      assert.instance(error, RecordError, what);
      return;
    }
    assert.unreachable(`taken with ${what}`);
  };
  for (let at = 0; at < signed.length; at++) {
    const changed = Buffer.from(signed);
    for (const mask of [1 << (at % 8), 0x01]) {
      changed[at] = (signed[at] ?? 0) ^ mask;
      refused(changed, `bits ${mask} of byte ${at} turned`);
    }
    refused(Buffer.concat([signed.subarray(0, at), signed.subarray(at + 1)]), `byte ${at} left out`);
    refused(
      Buffer.concat([signed.subarray(0, at), Buffer.from(' '), signed.subarray(at)]),
      `a blank at ${at}`,
    );
  }
  refused(Buffer.concat([signed, Buffer.from('\n')]), 'a line more');
});

/** Signed by somebody who has the key and not this program. */
function forged(record: string, signer = generateKeyPairSync('ed25519').privateKey, name?: string): Buffer {
  const value = sign(null, Buffer.from(record), signer).toString('base64');
  const fingerprint = name ?? [...trusted.keys()][0];
  return Buffer.from(`{"record":${record},"signature":{"key":"${fingerprint}","value":"${value}"}}\n`);
}

signing('is refused when a stranger signed it, under their own name or that of a station', () => {
  const record = canonicalJson(exampleRecord());
  assert.throws(() => openRecord(forged(record), trusted, 'a.json'), /a\.json is not what station .* signed/);
  const stranger = generateKeyPairSync('ed25519').privateKey;
  assert.throws(
    () => openRecord(forged(record, stranger, 'ab'.repeat(32)), trusted, 'a.json'),
    /signed with abababababababab, which is no station that is trusted here/,
  );
});

signing('is refused when what a station signed contradicts itself, or is no record', async () => {
  const own = generateKeyPairSync('ed25519');
  const pem = own.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const others = trusting([{ pem, origin: 'own.pem' }]);
  const opened = (record: string) =>
    openRecord(forged(record, own.privateKey, [...others.keys()][0]), others, 'a.json');
  assert.is(opened(canonicalJson(exampleRecord())).key.origin, 'own.pem');
  const passed = canonicalJson({ ...exampleRecord(), outcome: 'PASS' });
  assert.throws(() => opened(passed), /outcome is PASS; from its phases follows FAIL/);
  assert.throws(() => opened('{}'), /format is missing/);
  assert.throws(() => opened('{"format":1,"format":2}'), /not in the form in which records are signed/);
});

signing('bounds what it reads', () => {
  assert.throws(() => openRecord(Buffer.alloc(MAX_RECORD_BYTES + 1, '['), trusted, 'a'), /has 1048577 bytes/);
  const deep = `{"record":${'['.repeat(400_000)}${']'.repeat(400_000)},"signature":{"key":"${'ab'.repeat(32)}","value":""}}\n`;
  assert.throws(() => openRecord(Buffer.from(deep), trusted, 'a'), /deeper than 64 levels/);
  for (const text of ['', 'null', '[]', '{}', '"a"', '{"signature":null}', '\u0000', '\ufeff{}'])
    assert.throws(
      () => openRecord(Buffer.from(text), trusted, 'a'),
      (error: Error) => error instanceof RecordError,
    );
});

signing('is not made of what is no record', async () => {
  const wrong = { ...exampleRecord(), outcome: 'PASS' } as const;
  assert.match((await failure(signRecord(wrong, key))).message, /follows FAIL/);
});

signing.run();

const stations = suite('trusted stations');

stations('are this one and those whose keys lie in the folder stations', async () => {
  const dir = scratch();
  assert.equal(await trustedStations(dir), []);
  mkdirSync(join(dir, 'stations'));
  writeFileSync(join(dir, 'stations/bench-2.pem'), key.publicPem);
  assert.equal(
    (await trustedStations(dir)).map(({ origin }) => origin),
    [join(dir, 'stations/bench-2.pem')],
  );
  const own = await stationKey(dir);
  assert.equal(
    (await trustedStations(dir)).map(({ pem }) => pem),
    [own.publicPem, key.publicPem],
  );
});

stations('have keys of one kind only, which only their owner may read', async () => {
  const dir = scratch();
  await stationKey(dir);
  assert.is(statSync(join(dir, 'station.key')).mode & 0o777, 0o600);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  mkdirSync(join(dir, 'stations'));
  writeFileSync(join(dir, 'stations/x.pem'), rsa.publicKey.export({ type: 'spki', format: 'pem' }));
  assert.match((await failure(trustedStations(dir))).message, /x\.pem must be an Ed25519 key/);
});

stations.run();

const store = suite('the folder of records');

store('keeps a record as it is, and takes the same one again', async () => {
  const dir = join(scratch(), 'records');
  assert.equal(await recordIds(dir), []);
  const path = await saveRecord(dir, exampleRecord(), key);
  assert.is(await saveRecord(dir, exampleRecord(), key), path);
  assert.equal(readFileSync(path), signed);
  assert.equal(await recordIds(dir), [exampleRecord().id]);
});

store('never writes over a record, and leaves nothing behind', async () => {
  const dir = scratch();
  await saveRecord(dir, exampleRecord(), key);
  const other = { ...exampleRecord(), lot: 'another' };
  assert.match((await failure(saveRecord(dir, other, key))).message, /records are never written again/);
  assert.equal(readdirSync(dir), [`${exampleRecord().id}.json`]);
  assert.equal(readFileSync(join(dir, `${exampleRecord().id}.json`)), signed);
});

store.run();
