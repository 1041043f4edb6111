// SPDX-License-Identifier: MIT
/** A reset moves the configuration aside whole: a power cut or a crash at any step leaves the old state or the reset one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { choiceNow } from '../../src/agent/boot-choice.ts';
import {
  configBefore,
  describeReset,
  finishReset,
  noteReleased,
  readReset,
  resetToDefaults,
} from '../../src/agent/config-reset.ts';
import { ConfigStore } from '../../src/agent/config-store.ts';
import type { Files } from '../../src/agent/ports.ts';
import { CardFiles } from './support/card-files.ts';

const NOW = Date.UTC(2026, 11, 1, 3, 40);
const text = (address: number) => `version: 1\nlan: { ports: [eth0], address: 10.${address}.0.1/24 }\n`;
const ASIDE = '/data/plait/before-reset/0001-2026-12-01';

function configured(luck: number): CardFiles {
  const files = new CardFiles((most) => luck % most, { journal: true });
  const store = new ConfigStore(files, '1.0.0');
  store.markStarted();
  for (const address of [1, 2, 3]) store.confirm(text(address));
  files.put('/data/plait.yaml', '# not applied yet\n');
  files.put('/data/plait/shadow', 'root:$5$x:0::::::\n');
  files.put('/data/plait/setup.json', '{}');
  files.put('/data/keys/hq', 'secret');
  return files;
}

const choice = (files: Files) =>
  choiceNow({
    files,
    store: new ConfigStore(files, '1.0.0'),
    clock: { monotonic: () => 0, wall: () => NOW, after: () => ({ cancel: () => undefined }) },
    log: () => undefined,
    portNames: () => ['eth0'],
    ending: () => false,
  });

function isOld(files: Files): boolean {
  return (
    choice(files).text === text(3) &&
    files.read('/data/plait.yaml') === '# not applied yet\n' &&
    files.read('/data/plait/shadow') !== undefined
  );
}

function mustBeReset(files: Files, context: string): void {
  const { source, reason } = choice(files);
  assert.is(source, 'safe defaults', context);
  assert.match(reason ?? '', 'reset by the button on 2026-12-01 03:40 UTC', context);
  for (const path of [
    '/data/plait.yaml',
    '/data/plait/config',
    '/data/plait/shadow',
    '/data/plait/setup.json',
  ])
    assert.is(files.look(path), undefined, `${path}, ${context}`);
  const record = readReset(files);
  assert.is(record?.state, 'done', context);
  const back = record && configBefore(files, record);
  assert.is(back && files.read(back), text(3), context);
  assert.is(files.read(`${ASIDE}/plait.yaml`), '# not applied yet\n', context);
  assert.ok(files.read(`${ASIDE}/shadow`)?.startsWith('root:'), context);
  assert.is(files.read('/data/keys/hq'), 'secret', context);
}

const reset = suite('a reset to defaults');

reset('moves the configuration aside and says how it comes back', () => {
  const files = configured(0);
  resetToDefaults(files, NOW);
  mustBeReset(files, 'without a cut');
  const said = describeReset(files) ?? '';
  const [, path = ''] = /"plaitctl apply (\S+)" brings back/.exec(said) ?? [];
  assert.is(files.read(path), text(3));
  files.afterPowerCut();
  mustBeReset(files, 'durable');
});

for (const ending of ['crash', 'power cut'] as const) {
  reset(
    `a ${ending} at any step leaves the old state or the reset one, and the next start needs no third`,
    () => {
      const outcomes = new Set<string>();
      for (const luck of [0, 1, 2])
        for (let step = 0; ; step++) {
          const files = configured(luck);
          files.stepsLeft = step;
          let whole = true;
          try {
            resetToDefaults(files, NOW);
          } catch {
            whole = false;
          }
          if (whole) break;
          // The second one while the first is mended.
          for (let second = 0; second <= 40; second++) {
            const context = `luck ${luck}, step ${step}, then ${second}`;
            const again = configured(luck);
            again.stepsLeft = step;
            attempt(() => resetToDefaults(again, NOW));
            after(again, ending);
            if (readReset(again) === undefined) {
              assert.ok(isOld(again), context);
              outcomes.add('old');
              break;
            }
            again.stepsLeft = second;
            if (attempt(() => finishReset(again))) {
              mustBeReset(again, context);
              outcomes.add('reset');
              break;
            }
            after(again, ending);
            finishReset(again);
            mustBeReset(again, context);
          }
        }
      assert.equal([...outcomes].sort(), ['old', 'reset']);
    },
  );
}

function attempt(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

function after(files: CardFiles, ending: 'crash' | 'power cut'): void {
  if (ending === 'crash') files.afterCrash();
  else files.afterPowerCut();
}

reset('a card that is full keeps its configuration', () => {
  const files = configured(0);
  files.full = true;
  assert.throws(() => resetToDefaults(files, NOW), /no space/);
  assert.ok(isOld(files));
});

reset('a move that fails leaves what was confirmed in use, and the next start goes on', () => {
  const files = configured(0);
  const move = files.move.bind(files);
  files.move = (from, to) => {
    if (from === '/data/plait/config') throw Object.assign(new Error('EIO'), { code: 'EIO' });
    move(from, to);
  };
  assert.throws(() => resetToDefaults(files, NOW), /EIO/);
  assert.is(choice(files).text, text(3));
  // As the lifecycle does when the working copy is missing.
  new ConfigStore(files, '1.0.0').refreshWorkingCopy(text(3));
  files.move = move;
  assert.is(finishReset(files), true);
  mustBeReset(files, 'mended');
  assert.is(files.read(`${ASIDE}/plait.yaml.2`), text(3));
  assert.is(finishReset(files), false);
});

reset('the newest that is whole comes back', () => {
  const files = configured(0);
  const [newest] = new ConfigStore(files, '1.0.0').confirmed();
  files.put(newest?.path ?? '', 'bit rot');
  resetToDefaults(files, NOW);
  const record = readReset(files);
  const back = record && configBefore(files, record);
  assert.is(back && files.read(back), text(2));
});

reset('a board that had nothing says so', () => {
  const files = new CardFiles(() => 0);
  resetToDefaults(files, NOW);
  assert.match(describeReset(files) ?? '', 'it had no configuration before');
});

reset('the last four are kept, in order beyond 9999', () => {
  const files = new CardFiles(() => 0);
  files.put('/data/plait/before-reset/9998-2026-11-30/plait.yaml', 'x');
  for (let count = 0; count < 5; count++) {
    files.put('/data/plait.yaml', `# ${count}\n`);
    resetToDefaults(files, NOW);
  }
  const names = files.list('/data/plait/before-reset').map((name) => name.split('-')[0]);
  assert.equal(names, ['10000', '10001', '10002', '10003']);
});

reset('a configuration that is confirmed afterwards is what the board starts from', () => {
  const files = configured(0);
  resetToDefaults(files, NOW);
  new ConfigStore(files, '1.0.0').confirm(text(4));
  assert.is(choice(files).text, text(4));
  assert.is(choice(files).reason, undefined);
});

for (const [what, record] of [
  ['no JSON', '{'],
  ['null', 'null'],
  ['a folder elsewhere', JSON.stringify({ state: 'moving', at: '2026-12-01T03:40:00.000Z', folder: '/etc' })],
  [
    'a folder above',
    JSON.stringify({
      state: 'moving',
      at: '2026-12-01T03:40:00.000Z',
      folder: '/data/plait/before-reset/../x',
    }),
  ],
  ['no time', JSON.stringify({ state: 'moving', at: 'now', folder: ASIDE })],
  ['another state', JSON.stringify({ state: 'later', at: '2026-12-01T03:40:00.000Z', folder: ASIDE })],
] as const) {
  reset(`a record that is ${what} moves nothing`, () => {
    const files = configured(0);
    files.put('/data/plait/reset.json', record);
    assert.is(readReset(files), undefined);
    assert.is(finishReset(files), false);
    noteReleased(files);
    assert.ok(isOld(files));
  });
}

reset.run();
