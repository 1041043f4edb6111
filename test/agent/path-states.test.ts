// SPDX-License-Identifier: MIT
/** The states of an uplink's path: the table, and a model of the whole that random sequences are held against. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TargetHealth } from '../../src/agent/health.ts';
import { targetKey } from '../../src/agent/health.ts';
import {
  judge,
  nextState,
  PATH_TRANSITIONS,
  type PathEvent,
  type PathState,
  USABLE,
} from '../../src/agent/path-states.ts';
import { ANSWERED } from '../../src/agent/paths.ts';
import { UplinkPaths } from '../../src/agent/uplink-paths.ts';
import { type HealthTarget, healthTargets } from '../../src/appliance/health-targets.ts';
import { baseWith, factsWith, mustParse } from '../appliance/support.ts';
import { FakeFiles } from './support/fake-ports.ts';

const STATES = Object.keys(PATH_TRANSITIONS) as PathState[];
const EVENTS: PathEvent[] = ['no targets', 'new path', 'known path', 'enough answer', 'too many silent'];

const table = suite('the table of states');

table('leads from each state to each path that an uplink can get', () => {
  for (const state of STATES) {
    assert.is(nextState(state, 'no targets'), 'unprobed');
    assert.is(nextState(state, 'new path'), 'unproved');
    assert.is(nextState(state, 'known path'), 'expected');
  }
});

table('never leads from unproved to dead without an answer in between', () => {
  const silent: PathEvent[] = ['no targets', 'new path', 'too many silent'];
  let reached = new Set<PathState>(['unproved']);
  for (let step = 0; step < STATES.length; step++)
    reached = new Set([
      ...reached,
      ...[...reached].flatMap((state) => silent.map((event) => nextState(state, event))),
    ]);
  assert.equal([...reached].sort(), ['unprobed', 'unproved']);
  assert.ok([...reached].every((state) => USABLE[state]));
});

table('reaches every state, and leaves every state', () => {
  for (const state of STATES) {
    assert.ok(
      EVENTS.some((event) => STATES.some((from) => from !== state && nextState(from, event) === state)),
    );
    assert.ok(
      EVENTS.some((event) => nextState(state, event) !== state),
      state,
    );
  }
});

table('n of m: enough answer, or too many are silent, or it is not decided yet', () => {
  assert.is(judge([true, false, false], 1), 'enough answer');
  assert.is(judge([true, false, false], 2), 'too many silent');
  assert.is(judge([true, undefined, false], 2), undefined);
  assert.is(judge([undefined], 1), undefined);
  assert.is(judge([true, true, undefined], 2), 'enough answer');
  assert.is(judge([false, undefined, undefined], 3), 'too many silent');
  // Of a gateway that the lease did not bring, fewer targets are left than must answer.
  assert.is(judge([true], 2), 'enough answer');
});

table.run();

const model = suite('the path of an uplink');

type Step =
  | { do: 'answer' | 'silent'; target: number }
  | { do: 'configure'; variant: number }
  | { do: 'restart' };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('answer', 'silent'), target: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('configure' as const), variant: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
);

const VARIANTS = [
  {},
  { targets: ['gateway', '9.9.9.9', 'tcp:1.1.1.1:443'], need: 2 },
  { targets: ['9.9.9.9'], need: 1 },
  { targets: [] },
];

const CONFIGS = VARIANTS.map((health) => mustParse(baseWith({ 'uplinks.dsl.health': health })));
const TARGETS = CONFIGS.map((config) =>
  healthTargets(config, factsWith()).filter(({ kind, uplink }) => kind === 'uplink' && uplink === 'dsl'),
);

/** What must hold, told from the beginning each time: no state is carried along. */
class Expected {
  votes: (boolean | undefined)[] = [];
  /** Whether enough targets of this variant have ever answered, in this run or before; by variant. */
  everEnough = new Set<number>();
  variant = 0;
  inThisRun = false;
  dead = false;

  get need(): number {
    return VARIANTS[this.variant]?.need ?? 1;
  }
}

model(
  'is used until it is known to have worked and then does not, whatever happens (10,000 sequences)',
  () => {
    const runs = Number(process.env.PLAIT_PATH_SEQUENCES ?? 10_000);
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 40 }), (steps) => {
        const files = new FakeFiles();
        const health = new Map<string, TargetHealth>();
        let targets: HealthTarget[] = [];
        const made = () =>
          new UplinkPaths({ files, log: () => undefined }, (target) => health.get(targetKey(target)));
        let paths = made();
        const expected = new Expected();
        const configure = (variant: number) => {
          const config = CONFIGS[variant];
          assert.ok(config);
          const before = targets.map(targetKey);
          targets = TARGETS[variant] ?? [];
          for (const target of targets) {
            if (!before.includes(targetKey(target)) || !health.has(targetKey(target)))
              health.set(targetKey(target), { alive: true, sent: 0, received: 0 });
          }
          for (const key of [...health.keys()]) if (!targets.map(targetKey).includes(key)) health.delete(key);
          paths.setTargets(config, targets);
          if (variant !== expected.variant || expected.votes.length !== targets.length) expected.dead = false;
          expected.variant = variant;
        };
        configure(0);
        for (const step of steps) {
          if (step.do === 'configure') {
            configure(step.variant);
          } else if (step.do === 'restart') {
            health.clear();
            paths = made();
            expected.dead = false;
            configure(expected.variant);
          } else {
            const target = targets[step.target % Math.max(1, targets.length)];
            const known = target && health.get(targetKey(target));
            if (known === undefined) continue;
            known.alive = step.do === 'answer';
            if (known.alive) known.received++;
            paths.judge('dsl');
          }
          const votes = targets.map((target) => {
            const known = health.get(targetKey(target));
            return known === undefined || (known.alive && known.received === 0) ? undefined : known.alive;
          });
          const answering = votes.filter((vote) => vote).length;
          const hopeless =
            votes.filter((vote) => vote !== false).length < Math.min(expected.need, votes.length);
          const judged = step.do === 'answer' || step.do === 'silent';
          if (judged && votes.length > 0) {
            if (answering >= Math.min(expected.need, votes.length)) {
              expected.everEnough.add(expected.variant);
              // Of one uplink, what answered last is remembered.
              for (const variant of expected.everEnough)
                if (variant !== expected.variant) expected.everEnough.delete(variant);
              expected.dead = false;
              expected.inThisRun = true;
            } else if (hopeless && expected.everEnough.has(expected.variant)) {
              expected.dead = true;
            }
          }
          expected.votes = votes;
          const state = paths.state('dsl');
          assert.is(paths.unusable().includes('dsl'), expected.dead, `${JSON.stringify(step)} → ${state}`);
          if (votes.length === 0) assert.is(state, 'unprobed');
          if (state === 'alive') assert.ok(files.content.has(ANSWERED));
        }
      }),
      { numRuns: runs },
    );
  },
);

model('what answered is written once, not at each answer', () => {
  const files = new FakeFiles();
  const health: TargetHealth = { alive: true, sent: 1, received: 1 };
  const paths = new UplinkPaths({ files, log: () => undefined }, () => health);
  const config = mustParse(baseWith({}));
  paths.setTargets(config, healthTargets(config, factsWith()));
  for (let count = 0; count < 5; count++) {
    health.alive = true;
    paths.judge('dsl');
    health.alive = false;
    paths.judge('dsl');
  }
  assert.equal(files.durable, [ANSWERED]);
});

model('a remembered file that is no such thing, or a full disk, stops nothing', () => {
  for (const text of ['', '[', '[]', '7', 'null', '{"dsl":7}']) {
    const files = new FakeFiles({ [ANSWERED]: text });
    files.full = true;
    const paths = new UplinkPaths({ files, log: () => undefined }, () => ({
      alive: true,
      sent: 1,
      received: 1,
    }));
    const config = mustParse(baseWith({}));
    paths.setTargets(config, healthTargets(config, factsWith()));
    assert.is(paths.state('dsl'), 'unproved');
    assert.is(paths.judge('dsl')?.to, 'alive');
  }
});

model.run();
