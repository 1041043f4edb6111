// SPDX-License-Identifier: MIT
/** The phases of the factory test that an emulated board can take, on the shipped image, as the station asks for them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import type { BoardAnswer } from '../../src/agent/factory/answer.ts';
import { repository } from '../../src/cli/project.ts';
import { suite } from '../support/suite.ts';
import { Guest } from './guest.ts';
import { shippedImage } from './images.ts';

interface TestList {
  readonly phases: Record<string, { readonly measure: Record<string, unknown> }>;
}

const list = load(readFileSync(join(repository, 'board/alix/factory.yaml'), 'utf8')) as TestList;

/** What is asked, and what must be seen of an emulated board; the emulator has its own CPU and disk. */
const PHASES: readonly { ask: string; sees: Record<string, (value: unknown) => boolean> }[] = [
  { ask: 'cpu seconds=1', sees: { family: (value) => Number(value) >= 5, wrong: (value) => value === 0 } },
  { ask: 'macs vendor=52:54:00', sees: { addresses: (value) => value === 3 } },
  {
    ask: 'ram passes=1',
    sees: {
      total: (value) => Number(value) >= 230,
      tested: (value) => Number(value) >= 64,
      wrong: (value) => value === 0,
    },
  },
  { ask: 'pci', sees: { devices: (value) => Number(value) >= 4 } },
];

const factory = suite<{ board: Guest }>('plaitctl factory on an emulated board');

factory.before(async (context) => {
  const image = await shippedImage('alix');
  context.board = await Guest.start({ name: 'factory', image, plugs: [{ to: 'nothing' }] });
  await context.board.boot();
});
factory.after(async ({ board }) => {
  await board?.stop();
});

for (const { ask, sees } of PHASES)
  factory(`plaitctl factory ${ask}`, async ({ board }) => {
    const text = await board.ask(`plaitctl factory ${ask} --json`, 180_000);
    const answer = JSON.parse(text) as BoardAnswer;
    const [phase = ''] = ask.split(' ');
    assert.is(answer.phase, phase);
    assert.equal(
      Object.keys(list.phases[phase]?.measure ?? {}).filter((name) => !(name in answer.measurements)),
      [],
      `measurements that the board's list names and that are not there: ${text}`,
    );
    for (const [name, good] of Object.entries(sees))
      assert.ok(good(answer.measurements[name]), `${name}: ${text}`);
  });

factory('an unknown phase is refused', async ({ board }) => {
  const { output, exitCode } = await board.shell.run('plaitctl factory nothing --json');
  assert.is.not(exitCode, 0);
  assert.match(output, /is no phase; there are /);
});

factory.run();
