// SPDX-License-Identifier: MIT
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machineOf } from '../build-machine.ts';
import type { SigningKey } from '../bundle/key.ts';
import { hashFile } from '../cache.ts';
import { codeOf } from '../code-key.ts';
import type { Stage, StageContext } from '../stage.ts';
import { keyId, signStatement } from './dsse.ts';
import { type ProvenanceFacts, provenance, provenanceFile } from './statement.ts';

export interface ProvenanceStageOptions
  extends Omit<ProvenanceFacts, 'subjects' | 'epoch' | 'machine' | 'keyId'> {
  readonly key: SigningKey;
  /** Stages whose output is published. */
  readonly published: readonly Stage[];
}

/** Gets its times when it is published. */
const changedLater = 'manifest.json';

/** Output: `provenance.intoto.jsonl`, signed with the key of the update bundle. */
export async function provenanceStage({ key, published, ...facts }: ProvenanceStageOptions): Promise<Stage> {
  return {
    id: 'provenance',
    inputs: { ...facts, key: key.publicPem, code: await codeOf(import.meta.url) },
    deps: published,
    dated: true,
    async run(ctx) {
      const statement = provenance({
        ...facts,
        epoch: ctx.epoch,
        machine: machineOf(published),
        keyId: keyId(key.publicPem),
        subjects: await subjectsOf(published, ctx),
      });
      const envelope = await signStatement(statement, key);
      await writeFile(join(ctx.out, provenanceFile), `${JSON.stringify(envelope)}\n`);
    },
  };
}

async function subjectsOf(
  published: readonly Stage[],
  ctx: StageContext,
): Promise<ProvenanceFacts['subjects']> {
  const subjects: { name: string; sha256: string }[] = [];
  for (const stage of published) {
    const dir = ctx.output(stage);
    for (const entry of await readdir(dir, { withFileTypes: true }))
      if (entry.isFile() && entry.name !== changedLater)
        subjects.push({ name: entry.name, sha256: await hashFile(join(dir, entry.name)) });
  }
  return subjects.sort((a, b) => (a.name < b.name ? -1 : 1));
}
