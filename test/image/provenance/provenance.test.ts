// SPDX-License-Identifier: MIT
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dsse } from '@sigstore/core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SigningKey } from '../../../src/image/bundle/key.ts';
import { StageCache } from '../../../src/image/cache.ts';
import { keyId, signStatement } from '../../../src/image/provenance/dsse.ts';
import { provenanceStage } from '../../../src/image/provenance/provenance-stage.ts';
import { runStages } from '../../../src/image/runner.ts';
import type { Stage } from '../../../src/image/stage.ts';
import { scratch } from '../scratch.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const key: SigningKey = {
  origin: 'the test',
  publicPem,
  isNew: false,
  sign: async (data) => sign('sha256', data, privateKey),
};

/** Checks an envelope by what Sigstore's own library says is signed; gives the statement. */
function verified(text: string, pem = publicPem) {
  const envelope = JSON.parse(text);
  const payload = Buffer.from(envelope.payload, 'base64');
  const signed = dsse.preAuthEncoding(envelope.payloadType, payload);
  const [{ sig, keyid }] = envelope.signatures;
  const good = verify('sha256', signed, createPublicKey(pem), Buffer.from(sig, 'base64'));
  return { good, keyid, statement: JSON.parse(payload.toString()) };
}

const image: Stage = {
  id: 'disk',
  inputs: null,
  deps: [],
  machine: { gcc: '12' },
  run: async ({ out }) => {
    writeFileSync(join(out, 'plait-test.img'), 'image');
    writeFileSync(join(out, 'manifest.json'), '{}');
    mkdirSync(join(out, 'licenses'));
  },
};

async function built(revision: string | null): Promise<string> {
  const stage = await provenanceStage({
    board: 'test',
    version: '0.1.0',
    engine: { name: 'debian' },
    revision,
    buildId: '0123456789ab',
    packages: [
      {
        kind: 'source',
        package: 'musl',
        version: '1.2.5-3.1~deb13u1',
        upstream: '1.2.5',
        suite: 'trixie-security',
        files: [{ name: 'musl.tar', size: 1, sha256: 'ab'.repeat(32), path: 'pool/main/m/musl/musl.tar' }],
      },
    ],
    others: [{ name: 'zlib.tar.xz', sha256: 'cd'.repeat(32) }],
    key,
    published: [image],
  });
  const cache = scratch();
  const options = { cache: new StageCache(cache), logs: join(cache, 'logs'), epoch: 1_700_000_000 };
  const results = await runStages([stage], options);
  return readFileSync(join(results.get('provenance')?.out ?? '', 'provenance.intoto.jsonl'), 'utf8');
}

const clean = 'a'.repeat(40);
const stage = suite('provenance');

stage('is signed as DSSE wants it, by the key that checks update bundles', async () => {
  const { good, keyid } = verified(await built(clean));
  assert.ok(good);
  assert.is(keyid, keyId(publicPem));
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  assert.not.ok(verified(await built(clean), other.export({ type: 'spki', format: 'pem' }).toString()).good);
});

stage('does not check out once a letter of it is changed', async () => {
  const envelope = await signStatement({ board: 'test' }, key);
  const payload = Buffer.from(JSON.stringify({ board: 'best' })).toString('base64');
  assert.ok(verified(JSON.stringify(envelope)).good);
  assert.not.ok(verified(JSON.stringify({ ...envelope, payload })).good);
});

stage("names what was made, and not what changes later, in in-toto's form", async () => {
  const { statement } = verified(await built(clean));
  assert.is(statement._type, 'https://in-toto.io/Statement/v1');
  assert.is(statement.predicateType, 'https://slsa.dev/provenance/v1');
  const sha256 = '6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d';
  assert.equal(statement.subject, [{ name: 'plait-test.img', digest: { sha256 } }]);
});

stage('names every source, and the commit only when nothing was changed in it', async () => {
  const of = async (revision: string | null) =>
    verified(await built(revision)).statement.predicate.buildDefinition.resolvedDependencies;
  const [plait, musl, zlib] = await of(clean);
  assert.equal(plait.digest, { gitCommit: clean });
  assert.is(musl.uri, 'pkg:deb/debian/musl@1.2.5-3.1~deb13u1?arch=source');
  assert.match(musl.downloadLocation, '/debian-security/pool/main/m/musl/musl.tar');
  assert.equal(zlib, { name: 'zlib.tar.xz', digest: { sha256: 'cd'.repeat(32) } });
  const [dirty] = await of(`${clean}-dirty`);
  assert.is(dirty.digest, undefined);
  assert.equal(dirty.annotations, { commit: clean, changed: true });
  assert.is((await of(null)).length, 2);
});

stage('has the same bytes for the same build', async () => {
  assert.is(await built(clean), await built(clean));
});

stage.run();
