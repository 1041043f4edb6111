// SPDX-License-Identifier: MIT
/** Prints, as JSON, the key of every stage of a board's image, and the build's id: what cache-keys.test.ts compares. */
import { loadBoard } from '../../src/image/board.ts';
import { keyDir, signingKey } from '../../src/image/bundle/signing-key.ts';
import { sourceKey, stageKey } from '../../src/image/cache.ts';
import { debianEngine } from '../../src/image/engine/debian/engine.ts';
import { imageStages } from '../../src/image/image-stages.ts';
import type { Stage } from '../../src/image/stage.ts';
import { fakeSources } from './fake-sources.ts';

const sources = fakeSources();
const board = await loadBoard('alix');
const version = '0.1.0';
const keys = { key: await signingKey(keyDir()), trusted: [] };
const reports = { signal: new AbortController().signal };
const parts = await debianEngine.plan(board, { sources, version, reports });
const targets = await imageStages(board, parts, {
  sources,
  keys,
  version,
  minVersion: version,
  engine: 'debian',
});
const found = new Map<string, [key: string, source: string]>();
const visit = (stage: Stage) => {
  if (found.has(stage.id)) return;
  found.set(stage.id, [stageKey(stage, Number(process.env.SOURCE_DATE_EPOCH ?? 1)), sourceKey(stage)]);
  stage.deps.forEach(visit);
};
targets.forEach(visit);
console.log(JSON.stringify(Object.fromEntries(found)));
