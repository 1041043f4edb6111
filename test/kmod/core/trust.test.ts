// SPDX-License-Identifier: MIT
/** The states of legs against a model of them, by random sequences of what may happen. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { compileCore, run } from '../toolchain.ts';
import { PATH_MODEL } from './earliest-core.ts';

const LEGS = 4;
const STEPS = 20_000;
const SEED = 20_261_130;

const STATES = ['dead', 'suspect', 'searching', 'carrying', 'ready'] as const;
type State = (typeof STATES)[number];
const EVENTS = ['up', 'down', 'known', 'unknown', 'chosen', 'silent', 'answered', 'aged'] as const;
type Event = (typeof EVENTS)[number];

/** What a leg does in each state, in words: only what changes it. A leg that is searched and known is ready. */
const CHANGES: Readonly<Record<State, Partial<Record<Event, State>>>> = {
  dead: { up: 'searching' },
  suspect: { down: 'dead', answered: 'searching', aged: 'searching' },
  searching: { down: 'dead', known: 'ready', chosen: 'carrying', silent: 'suspect' },
  carrying: { down: 'dead', known: 'ready', silent: 'suspect' },
  ready: { down: 'dead', unknown: 'searching', silent: 'suspect' },
};

/** Seconds that a suspicion lasts, by how often it was found since something arrived. */
const LASTS = [1, 2, 4, 8, 16, 32, 60];

type Leg = { state: State; known: boolean; failures: number; until: number };

class Model {
  readonly legs: Leg[] = Array.from({ length: LEGS }, () => ({
    state: 'dead',
    known: false,
    failures: 0,
    until: 0,
  }));
  now = 0;

  happens(leg: Leg, event: Event): boolean {
    const before = leg.state;
    const next = CHANGES[before][event] ?? before;
    leg.state = next === 'searching' && leg.known ? 'ready' : next;
    if (event === 'down' || event === 'answered') Object.assign(leg, { failures: 0, until: 0 });
    return next !== before;
  }

  fails(leg: Leg): void {
    leg.until = this.now + 1000 * (LASTS[leg.failures] ?? 60);
    leg.failures = Math.min(leg.failures + 1, LASTS.length - 1);
  }

  learns(leg: Leg, known: boolean): void {
    leg.known = known;
    this.happens(leg, known ? 'known' : 'unknown');
  }

  trust(): number {
    return Math.max(...this.legs.map(({ state }) => (state === 'dead' ? 0 : state === 'ready' ? 3 : 1)));
  }

  line(): string {
    const left = ({ state, until }: Leg) => (state === 'suspect' ? Math.max(until - this.now, 0) : 0);
    return [
      ...this.legs.map(({ state }) => STATES.indexOf(state)),
      this.trust(),
      ...this.legs.map(left),
    ].join(' ');
  }
}

/** xorshift, so that a failure can be had again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const test = suite('trust in legs, portable core');
let scratch: string;
let program: string;

test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'plait-trust-'));
  program = join(scratch, 'trust');
  const sources = ['trust', 'leg', 'losses'].map((name) => `src/kmod/core/${name}.c`);
  await compileCore([...sources, ...PATH_MODEL, 'test/kmod/core/trust-driver.c'], program);
});

test.after(() => rm(scratch, { recursive: true, force: true }));

test(`${STEPS} random events lead to the states of the model`, async () => {
  const model = new Model();
  const random = numbers(SEED);
  const commands: string[] = [];
  const expected: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const slot = random(LEGS);
    const leg = model.legs[slot] as Leg;
    const kind = random(8);
    if (kind < 3) {
      const event = random(EVENTS.length);
      // What is known is told by what is known.
      const name = EVENTS[event] as Event;
      if (name === 'known' || name === 'unknown') continue;
      commands.push(`event ${slot} ${event}`);
      model.happens(leg, name);
    } else if (kind < 5) {
      commands.push(`known ${slot} ${kind - 3}`);
      model.learns(leg, kind === 4);
    } else if (kind === 5) {
      commands.push(`silent ${slot}`);
      if (model.happens(leg, 'silent')) model.fails(leg);
    } else if (kind === 6) {
      commands.push(`failed ${slot}`);
      model.fails(leg);
    } else {
      const ms = random(5000);
      commands.push(`wait ${ms}`);
      model.now += ms;
    }
    expected.push(model.line());
  }
  const { output, code } = await run([program], `${commands.join('\n')}\n`);
  assert.is(code, 0, output);
  const lines = output.trim().split('\n');
  const wrong = lines.findIndex((line, at) => line !== expected[at]);
  assert.is(wrong, -1, `after ${commands[wrong]}: ${lines[wrong]}, not ${expected[wrong]}`);
  assert.is(lines.length, expected.length);
  for (const state of STATES.keys())
    assert.ok(
      expected.some((line) => line.startsWith(`${state} `)),
      `never ${STATES[state]}`,
    );
});

test.run();
