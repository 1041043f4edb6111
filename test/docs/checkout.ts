// SPDX-License-Identifier: MIT
/** A folder that looks like the checkout after a build, where the pages' commands may do what they like. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../../src/cli/project.ts';
import { makeBundle } from '../../src/image/bundle/bundle.ts';
import { signingKey } from '../../src/image/bundle/signing-key.ts';
import { hashFile } from '../../src/image/cache.ts';
import { keyId, signStatement } from '../../src/image/provenance/dsse.ts';
import { provenance, provenanceFile } from '../../src/image/provenance/statement.ts';
import { scratch } from '../image/scratch.ts';

/** Not taken over: what earlier builds left, and what could be altered for good. */
const LEFT_OUT = ['out', '.git'];

/** Makes the folder; `out/alix` holds a small bundle, its public key and their provenance. */
export async function builtCheckout(): Promise<{ folder: string; env: NodeJS.ProcessEnv }> {
  const folder = scratch();
  for (const name of readdirSync(repository))
    if (!LEFT_OUT.includes(name)) symlinkSync(join(repository, name), join(folder, name));
  const keys = scratch();
  const key = await signingKey(keys);
  const out = join(folder, 'out/alix');
  mkdirSync(out, { recursive: true });
  const board = { name: 'alix', title: 'PC Engines ALIX' };
  const bundle = await makeBundle(
    { board, version: '1.2.3', slot: Buffer.alloc(100_000, 7), epoch: 1_700_000_000 },
    key,
  );
  writeFileSync(join(out, 'plait-alix.swu'), bundle);
  writeFileSync(join(out, 'update.pem'), key.publicPem);
  const subjects = [];
  for (const name of ['plait-alix.swu', 'update.pem'])
    subjects.push({ name, sha256: await hashFile(join(out, name)) });
  const statement = provenance({
    ...{ board: 'alix', version: '1.2.3', engine: { name: 'debian' }, revision: null, buildId: '' },
    ...{ epoch: 1_700_000_000, packages: [], others: [], machine: {}, keyId: keyId(key.publicPem), subjects },
  });
  writeFileSync(join(out, provenanceFile), `${JSON.stringify(await signStatement(statement, key))}\n`);
  const env = { ...process.env, HOME: scratch(), PLAIT_CACHE: scratch(), PLAIT_KEYS: keys };
  return { folder, env };
}
