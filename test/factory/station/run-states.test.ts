// SPDX-License-Identifier: MIT
/** The table of a run's states, by random sequences of events: whatever happens, only a board that passed all of its list is PASS. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OUTCOMES, type Outcome } from '../../../src/factory/record/outcome.ts';
import type { Phase } from '../../../src/factory/record/record.ts';
import {
  BEGINNING,
  outcomeOf,
  type Run,
  type RunEvent,
  type State,
  TABLE,
  transition,
} from '../../../src/factory/station/run-states.ts';

const PLANNED = ['firmware', 'cpu', 'finalize'];
const AT = '2026-11-30T22:50:38.000Z';
const SEEN = { boot: 'b', version: '0.1.0', macs: ['00:0d:b9:00:00:00'] };

const phase = (name: string, outcome: Outcome): Phase => ({
  ...{ name, outcome, started: AT, seconds: 1, attempts: 1, measurements: [] },
  ...(outcome === 'PASS' ? {} : { message: 'it did not pass' }),
});

/** Events that end a run badly, or that take back what was known, are as likely as those that go on. */
const event: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.constant({ event: 'banner' } as const),
  fc.constant({ event: 'login', seen: SEEN } as const),
  fc.constant({ event: 'named', identity: { serial: '1', macs: SEEN.macs } } as const),
  fc.constantFrom(...PLANNED).map((name) => ({ event: 'begin', phase: name, at: AT }) as const),
  fc
    .tuple(
      fc.constantFrom(...PLANNED),
      fc.oneof({ weight: 4, arbitrary: fc.constant<Outcome>('PASS') }, fc.constantFrom(...OUTCOMES)),
    )
    .map(([name, outcome]) => ({ event: 'phase', phase: phase(name, outcome) }) as const),
  fc.nat(9).map((slices) => ({ event: 'progress', progress: { slices }, seen: SEEN }) as const),
  fc.constant({ event: 'end', at: AT } as const),
  fc
    .constantFrom('silent', 'restarted', 'port gone', 'stopped', 'fault')
    .map((name) => ({ event: name, at: AT, message: 'why' }) as RunEvent),
  fc.constantFrom('present', 'absent').map((name) => ({ event: name, at: AT }) as RunEvent),
  fc.constant({ event: 'station restarted' } as const),
);

/** Of a board that passes. */
const GOOD: readonly RunEvent[] = [
  { event: 'banner' },
  { event: 'begin', phase: 'firmware', at: AT },
  { event: 'phase', phase: phase('firmware', 'PASS') },
  { event: 'login', seen: SEEN },
  { event: 'named', identity: { serial: '1', macs: SEEN.macs } },
  { event: 'begin', phase: 'cpu', at: AT },
  { event: 'phase', phase: phase('cpu', 'PASS') },
  { event: 'begin', phase: 'finalize', at: AT },
  { event: 'phase', phase: phase('finalize', 'PASS') },
  { event: 'end', at: AT },
];

/** What passes, with events put in between and left out; or anything. */
const sequence = fc.oneof(
  fc
    .tuple(...GOOD.map((one) => fc.tuple(fc.integer({ min: 0, max: 19 }), event, fc.constant(one))))
    .map((all) => all.flatMap(([luck, other, one]) => (luck === 0 ? [] : luck === 1 ? [other, one] : [one]))),
  fc.array(event, { maxLength: 40 }),
);

const states = suite('the states of a run');

states('pass only what has passed every phase, in one go', () => {
  let passed = 0;
  fc.assert(
    fc.property(sequence, (events) => {
      const model = new Map<string, Outcome>();
      let ruined = false;
      let run: Run = BEGINNING;
      for (const one of events) {
        if (!isPossible(run, one)) continue;
        if (one.event === 'station restarted' && TABLE[run.state][one.event] === 'waiting') model.clear();
        // What comes second under a name is no second chance.
        if (one.event === 'phase') {
          const before = model.get(one.phase.name);
          model.set(one.phase.name, before === undefined || before === 'PASS' ? one.phase.outcome : before);
        }
        if (['silent', 'restarted', 'port gone', 'stopped', 'fault'].includes(one.event)) ruined = true;
        run = transition(run, one);
      }
      const all = PLANNED.every((name) => model.get(name) === 'PASS');
      const outcome = outcomeOf(run, PLANNED);
      if (outcome === 'PASS') passed++;
      assert.is(outcome === 'PASS', all && !ruined, JSON.stringify(run));
    }),
    { numRuns: 20_000 },
  );
  assert.ok(passed > 1_000, `only ${passed} of the sequences passed`);
});

states('end in one that nothing leaves', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let run: Run = BEGINNING;
      for (const one of events) {
        if (run.state === 'done' && one.event !== 'station restarted')
          assert.throws(() => transition(run, one));
        if (isPossible(run, one)) run = transition(run, one);
      }
      if (run.state === 'done') assert.is.not(run.ended, undefined);
    }),
  );
});

states('can each be reached, and left', () => {
  const reached = new Set<State>(['waiting']);
  for (let round = 0; round < Object.keys(TABLE).length; round++)
    for (const state of reached) for (const next of Object.values(TABLE[state])) reached.add(next);
  assert.equal([...reached].sort(), (Object.keys(TABLE) as State[]).sort());
  for (const [state, events] of Object.entries(TABLE))
    if (state !== 'done')
      assert.ok(
        Object.values(events).some((next) => next !== state),
        state,
      );
});

states('give a phase that was cut off the outcome of what cut it', () => {
  let run = BEGINNING;
  for (const one of [
    { event: 'banner' },
    { event: 'begin', phase: 'firmware', at: AT },
    { event: 'port gone', at: '2026-11-30T22:50:40.000Z', message: 'pulled' },
  ] as const)
    run = transition(run, one);
  assert.equal(run.phases, [{ ...phase('firmware', 'ABORTED'), seconds: 2, message: 'pulled' }]);
  assert.is(outcomeOf(run, PLANNED), 'ABORTED');
});

states('keep how far a phase has come until it is over, also where it is begun again', () => {
  const events: readonly RunEvent[] = [
    ...GOOD.slice(0, 6),
    { event: 'progress', progress: { slices: 3 }, seen: { ...SEEN, boot: 'c' } },
    { event: 'station restarted' },
    { event: 'login', seen: SEEN },
    { event: 'begin', phase: 'cpu', at: '2026-11-30T23:00:00.000Z' },
  ];
  const run = events.reduce(transition, BEGINNING);
  assert.equal(run.current, {
    ...{ name: 'cpu', started: '2026-11-30T23:00:00.000Z', attempts: 2 },
    progress: { slices: 3 },
  });
  assert.is(events.slice(0, 7).reduce(transition, BEGINNING).board?.boot, 'c');
  const over = transition(run, { event: 'phase', phase: phase('cpu', 'PASS') });
  assert.is(over.current, undefined);
  const next = transition(over, { event: 'begin', phase: 'finalize', at: AT });
  assert.equal(next.current, { name: 'finalize', started: AT, attempts: 1 });
});

states.run();

function isPossible(run: Run, one: RunEvent): boolean {
  try {
    transition(run, one);
    return true;
  } catch {
    return false;
  }
}
