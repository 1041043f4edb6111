// SPDX-License-Identifier: MIT
/**
 * The life of configurations against a model: random sequences of edit, apply, time-out, confirm, revert, crash of the
 * agent and power cut at any step of any write, broken and missing files, a full disk, older and newer firmware. What a start brings
 * up was confirmed, or nothing ever was; a text that was confirmed is never lost.
 *
 * PLAIT_MODEL_SEED repeats a run, PLAIT_MODEL_RUNS changes its length.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ApplyResult } from '../../src/agent/apply/engine.ts';
import { ConfigLifecycle } from '../../src/agent/config-lifecycle.ts';
import { ConfigStore } from '../../src/agent/config-store.ts';
import type { Clock } from '../../src/agent/ports.ts';
import { TaskQueue } from '../../src/agent/task-queue.ts';
import { isNewer } from '../../src/agent/version-order.ts';
import { withoutDhcpServer } from '../../src/appliance/defaults.ts';
import type { Config } from '../../src/appliance/schema.ts';
import { CardFiles } from './support/card-files.ts';

const seed = Number(process.env.PLAIT_MODEL_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.PLAIT_MODEL_RUNS ?? 10_000);

const PLAIT_YAML = '/data/plait.yaml';
const STORE = '/data/plait/config';
const MINUTE = 60_000;
const VERSIONS = ['0.9.0', '1.0.0', '2.0.0', '10.0.0'];
const PORTS = ['eth0'];

/** `address` decides what a text means, the comment does not. */
const text = (address: number, comment = 0) =>
  `# ${comment}\nversion: 1\nlan: { ports: [eth0], address: 10.${address}.0.1/24 }\n`;
const USABLE = [0, 1, 2].flatMap((address) => [text(address, 0), text(address, 1)]);
const UNUSABLE = ['', '\t', 'version: 2\nlan: 7\n', text(1).slice(0, 20), 'version: 1\nshiny: true\n'];

type Action =
  | { do: 'edit' | 'apply' | 'apply that fails'; text: string }
  | { do: 'apply plait.yaml' | 'confirm' | 'revert' | 'wait' | 'proved' | 'fill' | 'make room' }
  | { do: 'lose plait.yaml' }
  | { do: 'crash' | 'power cut'; after: number }
  | { do: 'damage'; which: number; how: number }
  | { do: 'upgrade'; version: string }
  | { do: 'other firmware confirms'; version: string; text: string };

const aText = fc.constantFrom(...USABLE, ...UNUSABLE);
const aVersion = fc.constantFrom(...VERSIONS);
/** Steps of writing from now: the end comes in one of the next actions, or at once when none writes. */
const soon = fc.integer({ min: 0, max: 14 });
const anAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('edit', 'apply'), text: aText }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('apply', 'edit'), text: fc.constantFrom(...USABLE) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('apply that fails'), text: fc.constantFrom(...USABLE) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'apply plait.yaml',
        'confirm',
        'confirm',
        'revert',
        'wait',
        'proved',
        'fill',
        'make room',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose plait.yaml') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('crash', 'power cut'), after: soon }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('damage'), which: fc.nat(20), how: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('upgrade'), version: aVersion }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('other firmware confirms'), version: aVersion, text: aText }),
  },
) as fc.Arbitrary<Action>;

/** What the model knows to be confirmed, oldest first. */
interface Known {
  text: string;
  version: string;
  damaged: boolean;
  /** Its file, known since it was confirmed: the same text may have been confirmed more than once. */
  path?: string;
  /** Being confirmed when the agent crashed, and seen since: the medium may not have it yet. */
  unsure?: boolean;
}

class Board {
  readonly log: string[] = [];
  #files: CardFiles;
  #now = 0;
  #timers: { at: number; run: () => void }[] = [];
  #version = '1.0.0';
  #lifecycle!: ConfigLifecycle;
  #running: Config | undefined;
  #failing = false;
  #known: Known[] = [];
  #wasFull = false;
  /** Was being confirmed when the agent ended: stored or not. */
  #inFlight: Known | undefined;
  /** What ends the agent when a step of writing comes. */
  #armed: 'crash' | 'power cut' = 'crash';
  #pending: string | undefined;

  constructor(choose: (most: number) => number) {
    this.#files = new CardFiles(choose);
  }

  async run(actions: readonly Action[], onCard: string | undefined): Promise<void> {
    if (onCard !== undefined) this.#files.put(PLAIT_YAML, onCard);
    await this.#boot('power cut');
    for (const action of actions) {
      this.log.push(JSON.stringify(action));
      await this.#take(action);
      if (this.#files.ended) await this.#boot(this.#armed);
    }
    await this.#boot('power cut');
  }

  async #take(action: Action): Promise<void> {
    switch (action.do) {
      case 'edit':
        return this.#files.put(PLAIT_YAML, action.text);
      case 'lose plait.yaml':
        return this.#files.put(PLAIT_YAML, undefined);
      case 'apply':
        return this.#apply(action.text);
      case 'apply that fails':
        this.#failing = true;
        await this.#apply(action.text);
        this.#failing = false;
        return;
      case 'apply plait.yaml':
        return this.#apply(this.#files.read(PLAIT_YAML) ?? '');
      case 'confirm':
        return this.#confirm();
      case 'revert':
        if (await this.#done(this.#lifecycle.revert())) this.#pending = undefined;
        return;
      case 'wait':
        return this.#wait(2 * MINUTE);
      case 'proved':
        return this.#proved();
      case 'fill':
        this.#files.full = true;
        this.#wasFull = true;
        return;
      case 'make room':
        this.#files.full = false;
        return;
      case 'crash':
      case 'power cut':
        this.#armed = action.do;
        if (action.after === 0) this.#files.ended = true;
        else this.#files.stepsLeft = action.after - 1;
        return;
      case 'damage':
        return this.#damage(action.which, action.how);
      case 'upgrade':
        await this.#boot('power cut', action.version);
        return;
      case 'other firmware confirms':
        return this.#otherFirmware(action.version, action.text);
    }
  }

  async #apply(wanted: string): Promise<void> {
    const before = this.#lifecycle.chosen;
    const pendingBefore = this.#pending;
    // Confirmed at once when it means the same.
    this.#inFlight = { text: wanted, version: this.#version, damaged: false };
    const result = await this.#done(this.#lifecycle.apply(wanted, MINUTE));
    if (this.#files.ended) {
      // An agent after a crash may find it pending.
      this.#pending = this.#files.ended ? (pendingBefore ?? wanted) : undefined;
      this.#alsoPending = wanted;
      return;
    }
    if (result === undefined) {
      this.#inFlight = undefined;
      assert.equal(this.#lifecycle.chosen, before, 'what could not be applied changes nothing');
      return;
    }
    if (result.pending) {
      this.#inFlight = undefined;
      this.#pending = wanted;
      return;
    }
    assert.is(before?.source, 'confirmed');
    this.#remember();
  }

  #alsoPending: string | undefined;

  async #confirm(): Promise<void> {
    if (this.#pending !== undefined)
      this.#inFlight = { text: this.#pending, version: this.#version, damaged: false };
    const result = await this.#done(this.#lifecycle.confirm());
    if (this.#files.ended) return;
    if (result === undefined) {
      this.#inFlight = undefined;
      return;
    }
    this.#remember();
    this.#pending = undefined;
  }

  async #wait(ms: number): Promise<void> {
    const wasPending = this.#pending;
    this.#now += ms;
    for (const timer of this.#timers.filter(({ at }) => at <= this.#now)) {
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.run();
    }
    await settle();
    if (this.#files.ended) return;
    if (wasPending !== undefined) assert.is.not(this.#lifecycle.chosen?.source, 'pending');
    this.#pending = undefined;
  }

  #proved(): void {
    const { chosen, phase } = this.#lifecycle;
    const own = this.#known.findLast(({ version }) => version === this.#version);
    const adopts = phase === 'confirmed' && (own === undefined || own.damaged || own.text !== chosen?.text);
    if (adopts && !this.#files.full)
      this.#inFlight = { text: chosen?.text ?? '', version: this.#version, damaged: false };
    this.#lifecycle.proved();
    if (!this.#files.ended) this.#remember();
  }

  #damage(which: number, how: number): void {
    const paths = this.#files.list(STORE).filter((name) => name.endsWith('.yaml'));
    const name = paths.sort()[which % Math.max(1, paths.length)];
    if (name === undefined) return;
    const path = `${STORE}/${name}`;
    const content = this.#files.read(path) ?? '';
    for (const known of this.#known) if (known.path === path) known.damaged = true;
    this.#files.put(path, [undefined, content.slice(0, content.length / 2), `${content}# bit rot\n`][how]);
  }

  #otherFirmware(version: string, wanted: string): void {
    if (this.#files.full || version === this.#version || this.#files.stepsLeft >= 0) return;
    new ConfigStore(this.#files, version).confirm(wanted);
    this.#inFlight = { text: wanted, version, damaged: false };
    this.#remember();
  }

  /** What was in flight is confirmed for sure. */
  #remember(): void {
    const known = this.#inFlight;
    if (known === undefined) return;
    this.#inFlight = undefined;
    const newest = this.#known[this.#known.length - 1];
    if (newest?.version === known.version && newest.text === known.text && !newest.damaged) return;
    this.#learn(known);
  }

  /** The file of what was confirmed just now is the newest. */
  #learn(known: Known): void {
    const [newest] = new ConfigStore(this.#files, this.#version).confirmed();
    this.#known.push(newest === undefined ? known : { ...known, path: newest.path });
  }

  async #boot(how: 'crash' | 'power cut', version = this.#version): Promise<void> {
    const { full } = this.#files;
    if (how === 'crash') this.#files.afterCrash();
    else this.#files.afterPowerCut();
    this.#files.full = full;
    if (how === 'power cut') this.#running = undefined;
    this.#version = version;
    this.#timers = [];
    this.#settleInFlight(how);
    const copy = this.#files.read(PLAIT_YAML);
    const store = new ConfigStore(this.#files, version);
    const wasPristine = store.pristine;
    this.#lifecycle = this.#newLifecycle(store);
    await this.#done(this.#lifecycle.start());
    assert.not.ok(this.#files.ended);
    const { source, text: chosen, config } = this.#lifecycle.chosen ?? {};
    const context = `${how}, ${version}: ${source} ${chosen}`;
    // Safe defaults serve no addresses before the guard allows it.
    const inForce = source === 'safe defaults' && config ? withoutDhcpServer(config) : config;
    assert.equal(this.#running, inForce, context);
    if (source === 'pending') {
      assert.is(how, 'crash', context);
      assert.ok(chosen === this.#pending || chosen === this.#alsoPending, context);
      this.#pending = chosen;
    } else {
      this.#pending = undefined;
      this.#mustBeRight(chosen, { wasPristine, copy, context });
    }
    this.#alsoPending = undefined;
    this.#nothingIsLost(store, context);
  }

  /** What was being confirmed when the agent ended is stored whole, or not at all. */
  #settleInFlight(how: 'crash' | 'power cut'): void {
    if (how === 'power cut') {
      this.#known = this.#known.filter((one) => !one.unsure || one.damaged || this.#stored(one));
      for (const one of this.#known) delete one.unsure;
    }
    const known = this.#inFlight;
    if (known === undefined) return;
    if (!this.#isNewest(known)) this.#inFlight = undefined;
    else if (how === 'crash') known.unsure = true;
    this.#remember();
  }

  /** Exactly the one that the rule says. */
  #mustBeRight(
    chosen: string | undefined,
    { wasPristine, copy, context }: { wasPristine: boolean; copy: string | undefined; context: string },
  ): void {
    if (wasPristine && copy !== undefined && USABLE.includes(copy) && !this.#files.full) {
      assert.equal(this.#known, [], context);
      assert.is(chosen, copy, context);
      this.#learn({ text: copy, version: this.#version, damaged: false });
      return;
    }
    // A full card may have given up older ones; what it may not is looked at in #nothingIsLost().
    const expected = this.#expected(this.#known.filter((one) => !this.#wasFull || this.#stored(one)));
    assert.is(chosen, expected, `${context}\nexpected ${expected}`);
  }

  #expected(known: readonly Known[]): string | undefined {
    const newestFirst = [...known].reverse().filter(({ damaged }) => !damaged);
    const foreign = ({ version }: Known) => isNewer(version, this.#version);
    const order = [...newestFirst.filter((one) => !foreign(one)), ...newestFirst.filter(foreign)];
    return order.find((one) => USABLE.includes(one.text))?.text;
  }

  #stored({ text: wanted, path }: Known): boolean {
    const store = new ConfigStore(this.#files, this.#version);
    return store.confirmed().some((one) => one.path === path && store.read(one) === wanted);
  }

  #isNewest({ text: wanted, version }: Known): boolean {
    const store = new ConfigStore(this.#files, this.#version);
    const [newest] = store.confirmed();
    return newest !== undefined && newest.version === version && store.read(newest) === wanted;
  }

  #nothingIsLost(store: ConfigStore, context: string): void {
    const there = store.confirmed().map((entry) => `${entry.version} ${store.read(entry)}`);
    const newestFirst = [...this.#known].reverse();
    const lastOfVersions = VERSIONS.flatMap(
      (version) => newestFirst.find((one) => one.version === version) ?? [],
    );
    // A card that is full gives up older ones, so that a new one can be confirmed.
    const history = newestFirst.slice(0, this.#wasFull ? 2 : 4);
    for (const { text: kept, version, damaged } of [...history, ...lastOfVersions])
      if (!damaged) assert.ok(there.includes(`${version} ${kept}`), `${context}\nlost: ${version} ${kept}`);
  }

  #newLifecycle(store: ConfigStore): ConfigLifecycle {
    const clock: Clock = {
      monotonic: () => this.#now,
      wall: () => this.#now,
      after: (ms, run) => {
        const timer = { at: this.#now + ms, run };
        this.#timers.push(timer);
        return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) };
      },
    };
    const ok: ApplyResult = { ok: true, changes: ['x'] };
    return new ConfigLifecycle({
      ports: { clock, files: this.#files, log: () => undefined },
      store,
      guard: { watch: () => undefined, stop: () => undefined },
      portNames: () => PORTS,
      queue: new TaskQueue(),
      enforcer: {
        preview: () => [],
        apply: async (config) => {
          if (this.#failing) return { ok: false, changes: [], reason: 'it failed', undone: true };
          this.#running = config;
          return ok;
        },
        bringUp: async (config) => {
          this.#running = config;
          return ok;
        },
      },
    });
  }

  /** Undefined: refused, or the agent has ended. */
  async #done<T>(promise: Promise<T>): Promise<T | undefined> {
    const result = await promise.catch((error: unknown) => {
      if (!this.#files.ended && !(error instanceof Error && error.name === 'Refusal')) throw error;
      return undefined;
    });
    return this.#files.ended ? undefined : result;
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await undefined;
}

const full = suite('a card that is full');

full('gives up for a new text no text that this firmware would start from when the newest is damaged', () => {
  const files = new CardFiles(() => 0);
  const store = new ConfigStore(files, '1.0.0');
  for (const address of [3, 4, 5]) store.confirm(text(address));
  for (const address of [6, 7, 8]) new ConfigStore(files, '10.0.0').confirm(text(address));
  store.confirm(text(9));
  files.full = true;
  assert.throws(() => store.confirm(text(10)), /ENOSPC|no space/i);
  assert.equal(
    store.candidates().map((entry) => store.read(entry)),
    [text(9), text(5), text(8)],
  );
});

full.run();

const model = suite('the life of configurations');

model(`${numRuns} random sequences keep to the rule (seed ${seed})`, async () => {
  const property = fc.asyncProperty(
    fc.array(anAction, { minLength: 1, maxLength: 30 }),
    fc.option(aText, { nil: undefined }),
    fc.infiniteStream(fc.nat(2)),
    async (actions, onCard, luck) => {
      const board = new Board((most) => (luck.next().value as number) % most);
      try {
        await board.run(actions, onCard);
      } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : error}\n${board.log.join('\n')}`);
      }
    },
  );
  await fc.assert(property, { seed, numRuns, includeErrorInReport: true });
});

model.run();
