// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vulnerabilitiesIn } from '../audit/changelog.ts';
import type { BomEntry } from '../engine/engine.ts';
import type { Stage } from '../stage.ts';
import type { Statement } from './vex.ts';

/**
 * What is known when an image is built: what its recipes say that does not apply, and what Debian's changelogs say that
 * is fixed in the versions that were compiled. A scanner that looks at upstream's version takes these for open.
 */
export async function builtStatements(
  bom: readonly BomEntry[],
  output: (stage: Stage) => string,
): Promise<Statement[]> {
  const statements: Statement[] = [];
  for (const entry of bom) {
    const { notAffected = {}, changelog, origin } = entry;
    const component = { name: entry.name, version: entry.version };
    for (const [id, { justification, detail }] of Object.entries(notAffected))
      statements.push({ id, component, state: 'not_affected', justification, detail });
    if (changelog === undefined || skipsPatches(entry)) continue;
    const text = await readFile(join(output(changelog.stage), changelog.path), 'utf8');
    for (const id of await vulnerabilitiesIn(text))
      if (notAffected[id] === undefined)
        statements.push({
          id,
          component,
          state: 'resolved',
          detail: `fixed in ${origin?.package} ${origin?.version}, says Debian's changelog of it`,
        });
  }
  return statements;
}

/** Which of Debian's fixes then are in it, the changelog does not tell. */
function skipsPatches({ skippedPatches = {} }: BomEntry): boolean {
  return Object.keys(skippedPatches).length > 0;
}
