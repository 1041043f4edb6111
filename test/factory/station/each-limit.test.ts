// SPDX-License-Identifier: MIT
/**
 * The lists as they ship: for each limit of what a board measures of itself, a board that is just outside of it. It must fail by
 * that measurement and by no other, and get no identity.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../../../src/cli/project.ts';
import type { Limits, MeasuredValue } from '../../../src/factory/record/measurement.ts';
import { parseTestList, type TestList } from '../../../src/factory/station/test-list.ts';
import { bench, goodBoard } from '../support/bench.ts';
import type { BoardSpec } from '../support/fake-board.ts';

const text = readFileSync(join(repository, 'board/alix/factory.yaml'), 'utf8');
/** What needs hands, minutes or a relay is tested by itself. */
const list: TestList = (() => {
  const whole = parseTestList(text, 'alix', 'burn-in');
  const kinds = ['firmware', 'board', 'load', 'finalize'];
  return { ...whole, phases: whole.phases.filter(({ facts }) => kinds.includes(facts.kind)) };
})();

/** Within the limits. */
function goodValue(limits: Limits | undefined): MeasuredValue {
  if (limits === undefined) return 1;
  return 'equals' in limits ? limits.equals : (limits.max ?? limits.min ?? 1);
}

/** Just outside, at each end. */
function badValues(limits: Limits): MeasuredValue[] {
  if ('equals' in limits) return [typeof limits.equals === 'number' ? limits.equals + 1 : !limits.equals];
  const { min, max } = limits;
  return [...(min === undefined ? [] : [min - 0.1]), ...(max === undefined ? [] : [max + 0.1])];
}

/** What the station adds to the slices of a load, and a board can not say. */
const OF_STATION = ['minutes', 'slices', 'restarts', 'silent'];
const measuredOnBoard = list.phases.filter(({ facts }) => facts.kind === 'board' || facts.kind === 'load');

const GOOD: BoardSpec['answers'] = Object.fromEntries([
  ...measuredOnBoard.map(({ name, measure }) => [
    name,
    {
      ...Object.fromEntries(measure.map((one) => [one.name, goodValue(one.limits)])),
      // As long as its minutes and more, in one slice.
      ...(name === 'load' ? { seconds: 1_000_000 } : {}),
    },
  ]),
  ['finalize', { copies: 2 }],
]);

interface Fault {
  readonly phase: string;
  readonly name: string;
  readonly value: MeasuredValue;
}

const FAULTS: readonly Fault[] = measuredOnBoard.flatMap(({ name: phase, measure }) =>
  measure
    .filter(({ name }) => !(phase === 'load' && OF_STATION.includes(name)))
    .flatMap(({ name, limits }) =>
      limits === undefined ? [] : badValues(limits).map((value) => ({ phase, name, value })),
    ),
);

/** Boards beside each other. */
const AT_ONCE = 14;

const limits = suite('each limit of the list of alix');

limits('is met by a good board', async () => {
  assert.ok(FAULTS.length >= 25, `only ${FAULTS.length} limits`);
  const board = await goodBoard(0, { answers: GOOD });
  try {
    setTimeout(() => board.power(true), 300);
    const [result] = await bench().test([board], { list });
    assert.is(result?.is === 'tested' && result.record.outcome, 'PASS', JSON.stringify(result, null, 1));
  } finally {
    await board.remove();
  }
});

for (let from = 0; from < FAULTS.length; from += AT_ONCE) {
  const group = FAULTS.slice(from, from + AT_ONCE);
  limits(
    `is what a board fails by: ${group.map(({ phase, name }) => `${phase} ${name}`).join(', ')}`,
    async () => {
      const boards = await Promise.all(
        group.map(({ phase, name, value }, index) =>
          goodBoard(index, { answers: { ...GOOD, [phase]: { ...GOOD[phase], [name]: value } } }),
        ),
      );
      try {
        setTimeout(() => boards.map((board) => board.power(true)), 300);
        const results = await bench().test(boards, { list });
        for (const [index, fault] of group.entries()) {
          const result = results[index];
          if (result?.is !== 'tested') throw new Error(JSON.stringify(result));
          const failed = result.record.phases.flatMap((phase) =>
            phase.measurements
              .filter(({ outcome }) => outcome === 'FAIL')
              .map(({ name, value }) => ({ phase: phase.name, name, value })),
          );
          const shown = `${JSON.stringify(fault)}: ${JSON.stringify(result.record, null, 1)}`;
          assert.is(result.record.outcome, 'FAIL', shown);
          assert.equal(failed, [fault], shown);
          assert.is(boards[index]?.identity(), undefined, shown);
        }
      } finally {
        for (const board of boards) await board.remove();
      }
    },
  );
}

limits.run();
