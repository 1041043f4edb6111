// SPDX-License-Identifier: MIT
/** What the pages say to type exists: verbs, options and scripts, also where it cannot be run. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { whatIsMissing } from './missing-commands.ts';
import { allPages, type Page } from './pages.ts';

const commands = suite('commands');

for (const page of allPages())
  commands(`of ${page.path} exist`, () => {
    assert.equal(typedIn(page).flatMap(whatIsMissing), []);
  });

commands('that do not exist are found', () => {
  assert.equal(whatIsMissing('npx plait imgae --board alix'), ["no 'plait imgae'"]);
  assert.equal(whatIsMissing('FOO=1 plait image --bord=alix'), ["no option '--bord' of 'plait image'"]);
  assert.equal(whatIsMissing('plait bundle verfiy a.swu'), ["no 'plait bundle verfiy'"]);
  assert.equal(whatIsMissing('plait lab run x --sed 1'), ["no option '--sed' of 'plait lab run'"]);
  assert.equal(whatIsMissing('npm run imgae -- --board x'), ["no 'npm run imgae'"]);
  assert.equal(whatIsMissing('npm run image -- --bord x'), ["no option '--bord' of 'plait image'"]);
  assert.equal(whatIsMissing('cd out && plait bot # --what'), ["no 'plait bot'"]);
  assert.equal(whatIsMissing('plait power-cut check --tron 8 a b -- e2fsck -p'), [
    "no option '--tron' of 'plait power-cut check'",
  ]);
  assert.equal(whatIsMissing('sudo ls --foo'), []);
  assert.equal(whatIsMissing('plaitctl upgarde FILE'), ["no 'plaitctl upgarde'"]);
  assert.equal(whatIsMissing('ssh root@10.0.0.1 plaitctl upgrade --later - <x.swu'), [
    "no option '--later' of 'plaitctl upgrade'",
  ]);
  assert.equal(whatIsMissing('plaitctl --json help slots'), []);
});

commands.run();

/** Lines of blocks, what transcripts show behind a prompt, and code within sentences. */
function typedIn({ blocks, spans }: Page): string[] {
  const lines = (language: string) =>
    blocks.filter((block) => block.language === language).flatMap(({ text }) => text.split('\n'));
  const shown = lines('text').flatMap((line) => /^[$#] (.*)$/.exec(line)?.[1] ?? []);
  return [...lines('sh'), ...shown, ...spans];
}
