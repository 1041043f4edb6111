// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatBlock, readBootState, type Slot } from '../../src/agent/boot-state.ts';
import { carryingNow, missingOf } from '../../src/agent/carrying.ts';
import { SlotKeeper } from '../../src/agent/slot-keeper.ts';
import {
  SLOT_TRANSITIONS,
  type SlotEvent,
  type SlotRecord,
  type SlotState,
} from '../../src/agent/slot-record.ts';
import type { Status } from '../../src/agent/status.ts';
import { FakeClock, FakeFiles } from './support/fake-ports.ts';

const SLOTS = '/data/plait/slots.json';
const MINUTE = 60_000;
const BLOCKS: [number, number] = [100, 104];

type Network = Pick<Status, 'uplinks' | 'tunnels'>;

function uplink(name: string, alive: boolean): Status['uplinks'][number] {
  const health = { alive, sent: 9, received: alive ? 9 : 0 };
  return {
    name,
    device: 'eth1',
    state: alive ? 'up' : 'dead',
    backup: false,
    standby: false,
    weight: 1,
    refused: [],
    health,
    targets: [{ target: '192.0.2.1', ...health }],
    need: 1,
  };
}

class Scene {
  files = new FakeFiles();
  clock = new FakeClock();
  disk = new Map<number, Uint8Array>();
  network: Network = { uplinks: [uplink('dsl', true)], tunnels: [] };
  unapplied: string[] = [];
  ran: string[] = [];
  proved = 0;
  /** What the other slot holds now. */
  hash = '';
  logged: string[] = [];
  keeper!: SlotKeeper;

  constructor(slots: SlotRecord['slots'] = {}) {
    this.files.content.set(SLOTS, JSON.stringify({ slots, last: { slot: 'a', clean: true } }));
    this.bootState('b', { a: 3, b: 2 });
  }

  bootState(active: Slot, tries: Record<Slot, number>): void {
    for (const [index, sector] of BLOCKS.entries())
      this.disk.set(sector * 512, Buffer.from(formatBlock({ seq: index, active, tries })));
  }

  start(slot: Slot, build = `build-${slot}`): this {
    this.clock.dropTimers();
    this.files.content.set('/etc/plait-release', `board=alix\nbuild=${build}\n`);
    this.keeper = new SlotKeeper({
      ports: {
        clock: this.clock,
        files: this.files,
        disks: {
          readAt: (_path, offset, length) =>
            (this.disk.get(offset) ?? new Uint8Array(length)).slice(0, length),
          writeAt: (_path, offset, data) => void this.disk.set(offset, data),
          size: () => 0,
          resizePartition: () => undefined,
        },
        processes: {
          run: async (argv) => {
            if (argv.includes('sh')) return { code: 0, stdout: `${this.hash}  -\n`, stderr: '' };
            this.ran.push(argv.join(' '));
            return { code: 0, stdout: '', stderr: '' };
          },
          start: () => {
            throw new Error('not used');
          },
        },
        log: (level, text) => this.logged.push(`${level}: ${text}`),
      },
      board: { name: 'alix', disk: '/dev/sda', bootStateBlocks: BLOCKS, slot },
      version: '1.0.0',
      status: () => this.network,
      unapplied: () => this.unapplied,
      proved: () => this.proved++,
      changed: () => undefined,
    });
    this.keeper.start();
    return this;
  }

  /** As after a reboot: /run is empty. */
  reboot(slot: Slot): this {
    for (const path of [...this.files.content.keys()].filter((one) => one.startsWith('/run/')))
      this.files.content.delete(path);
    return this.start(slot);
  }

  get tries() {
    const disks = {
      readAt: (_: string, at: number, n: number) => (this.disk.get(at) ?? new Uint8Array(n)).slice(0, n),
    };
    return readBootState(disks as never, '/dev/sda', BLOCKS).state;
  }

  get record(): SlotRecord {
    return JSON.parse(this.files.content.get(SLOTS) ?? '{}');
  }
}

const GOOD_A: SlotRecord['slots'] = { a: { build: 'build-a', version: '0.9.0', state: 'proved' } };

const proof = suite('a slot on trial');

proof('is proved when all works and the agent has lived for a minute, and gets its tries back', async () => {
  const scene = new Scene(GOOD_A).start('b');
  await scene.clock.advance(59_000);
  assert.is(scene.record.slots.b?.state, 'trial');
  assert.is(scene.tries.tries.b, 2);
  await scene.clock.advance(2000);
  assert.is(scene.record.slots.b?.state, 'proved');
  assert.equal(scene.tries, { seq: 2, active: 'b', tries: { a: 3, b: 3 } });
  assert.is(scene.proved, 1);
  assert.equal(scene.ran, []);
});

for (const [what, set] of [
  [
    'the configuration is not applied whole',
    (scene: Scene) => scene.unapplied.push('add link hq: no such type'),
  ],
  [
    'an uplink that carried traffic before does not',
    (scene: Scene) => {
      scene.files.content.set('/data/plait/carried.json', '["uplink dsl"]');
      scene.network.uplinks = [uplink('dsl', false)];
    },
  ],
] as const) {
  proof(`fails when ${what}: the slot that was good starts next, and why is kept`, async () => {
    const scene = new Scene(GOOD_A);
    set(scene);
    scene.start('b');
    await scene.clock.advance(4 * MINUTE);
    assert.is(scene.record.slots.b?.state, 'trial');
    assert.is(scene.keeper.status?.waitingFor.length, 1);
    await scene.clock.advance(2 * MINUTE);
    assert.is(scene.record.slots.b?.state, 'failed');
    assert.is(scene.record.slots.b?.reason?.code, 'not-proved');
    assert.equal(scene.tries.tries, { a: 3, b: 0 });
    assert.is(scene.tries.active, 'a');
    assert.equal(scene.ran, ['reboot']);
    assert.is(scene.proved, 0);
    scene.keeper.stop();
    scene.reboot('a');
    assert.is(scene.keeper.status?.other?.reason?.code, 'not-proved');
    assert.match(scene.logged.join('\n'), /slot b failed: what worked before does not work: /);
  });
}

proof('stays, whatever is missing, when the other slot is no better, and may still prove good', async () => {
  const scene = new Scene();
  scene.unapplied.push('eth7 is missing');
  scene.start('b');
  await scene.clock.advance(10 * MINUTE);
  assert.equal(scene.ran, []);
  assert.is(scene.record.slots.b?.state, 'failed');
  scene.unapplied = [];
  await scene.clock.advance(MINUTE);
  assert.is(scene.record.slots.b?.state, 'proved');
});

proof('need not bring up a line that was out before, nor one that is not configured any more', async () => {
  const scene = new Scene(GOOD_A);
  scene.files.content.set('/data/plait/carried.json', '["uplink cable", "tunnel old"]');
  scene.network.uplinks = [uplink('dsl', false), uplink('cable', true)];
  scene.start('b');
  await scene.clock.advance(61_000);
  assert.is(scene.record.slots.b?.state, 'proved');
});

proof('is on trial again when another firmware was written into it', async () => {
  const scene = new Scene({ ...GOOD_A, b: { build: 'older', version: '0.1.0', state: 'proved' } }).start('b');
  assert.is(scene.record.slots.b?.state, 'trial');
});

proof.run();

const proved = suite('a slot that proved good');

proved(
  'needs nothing but a minute: a line that is cut, or a port that broke, is no fault of it',
  async () => {
    const scene = new Scene({ b: { build: 'build-b', version: '1.0.0', state: 'proved' } });
    scene.files.content.set('/data/plait/carried.json', '["uplink dsl"]');
    scene.network.uplinks = [uplink('dsl', false)];
    scene.unapplied.push('add link eth2');
    scene.start('b');
    await scene.clock.advance(61_000);
    assert.is(scene.tries.tries.b, 3);
    await scene.clock.advance(60 * MINUTE);
    assert.equal(scene.ran, []);
  },
);

proved('notes what carries traffic when it changes, and at its end', async () => {
  const scene = new Scene(GOOD_A).start('a');
  scene.network.uplinks.push(uplink('lte', true));
  await scene.clock.advance(61_000);
  const carried = () => scene.files.content.get('/data/plait/carried.json');
  assert.is(carried(), '["uplink dsl","uplink lte"]');
  const writes = scene.files.durable.length;
  await scene.clock.advance(60 * MINUTE);
  assert.is(scene.files.durable.length, writes, 'a card is not written without need');
  scene.network.uplinks.pop();
  scene.keeper.stop();
  assert.is(carried(), '["uplink dsl"]');
});

proved.run();

const ends = suite('how the run before ended');

for (const [what, prepare, expected] of [
  ['orderly', () => undefined, undefined],
  [
    'by power cut or panic',
    ({ files }: Scene) =>
      files.content.set(SLOTS, JSON.stringify({ slots: GOOD_A, last: { slot: 'a', clean: false } })),
    'unclean',
  ],
  [
    'by the watchdog',
    ({ files }: Scene) => files.content.set('/sys/class/watchdog/watchdog0/bootstatus', '32\n'),
    'watchdog',
  ],
  [
    'by an agent that failed again and again',
    ({ files }: Scene) =>
      files.content.set(
        '/data/plait/reset-reason.json',
        '{"code":"agent-crash-loop","slot":"b","status":139}\n',
      ),
    'agent-crash-loop',
  ],
] as const) {
  ends(`is kept and told: ${what}`, () => {
    const scene = new Scene(GOOD_A);
    prepare(scene);
    scene.bootState('a', { a: 2, b: 3 });
    scene.start('a');
    const end = scene.keeper.status?.lastEnd;
    assert.is(end?.code, expected ?? 'shutdown');
    assert.is(
      scene.logged.some((line) => /the run before ended so/.test(line)),
      expected !== undefined,
    );
    assert.is(scene.files.content.has('/data/plait/reset-reason.json'), false, 'told once');
    scene.start('a');
    assert.is(
      scene.keeper.status?.lastEnd?.code,
      end?.code,
      'a restart of the agent is no start of the board',
    );
  });
}

for (const [what, last, file, code] of [
  ['never got as far as its agent', { slot: 'a', clean: true }, undefined, 'no-agent'],
  [
    'whose agent failed',
    { slot: 'b', clean: false },
    '{"code":"agent-crash-loop","slot":"b","status":1}',
    'agent-crash-loop',
  ],
  ['that panicked', { slot: 'b', clean: false }, undefined, 'unclean'],
] as const) {
  ends(`a slot ${what} and is out of tries has failed, and why is kept`, () => {
    const scene = new Scene();
    const b = { build: 'build-b', version: '1.0.0', state: 'trial' };
    scene.files.content.set(
      SLOTS,
      JSON.stringify({ slots: { ...GOOD_A, ...(last.slot === 'b' ? { b } : {}) }, last }),
    );
    if (file !== undefined) scene.files.content.set('/data/plait/reset-reason.json', file);
    scene.bootState('a', { a: 2, b: 0 });
    scene.start('a');
    assert.is(scene.record.slots.b?.state, 'failed');
    assert.is(scene.record.slots.b?.reason?.code, code);
    scene.keeper.stop();
    scene.reboot('a');
    assert.is(scene.record.slots.b?.reason?.code, code, 'also later');
  });
}

ends('a reset by the watchdog after an orderly end belongs to the slot whose agent never ran', () => {
  const scene = new Scene(GOOD_A);
  scene.files.content.set('/sys/class/watchdog/watchdog0/bootstatus', '32\n');
  scene.bootState('a', { a: 2, b: 0 });
  scene.start('a');
  assert.equal(scene.keeper.status?.lastEnd, { slot: 'b', code: 'watchdog', details: [] });
  assert.equal(scene.record.slots.b?.reason, { code: 'no-agent', details: ['the watchdog reset the board'] });
});

ends('an update is not blamed for the one that was in its slot before', () => {
  const reason = { code: 'agent-crash-loop' as const, details: ['with status 7'] };
  const scene = new Scene({ ...GOOD_A, b: { build: 'older', version: '1', state: 'failed', reason } });
  scene.bootState('a', { a: 2, b: 0 });
  scene.start('a');
  assert.equal(scene.record.slots.b?.reason, reason, 'as long as it is there');
  scene.bootState('b', { a: 3, b: 1 });
  scene.keeper.stop();
  assert.is(scene.record.slots.b, undefined, 'written anew');
  scene.bootState('a', { a: 2, b: 0 });
  scene.reboot('a');
  assert.is(scene.record.slots.b?.reason?.code, 'no-agent');
});

ends('three short power cuts make no good slot a failed one', () => {
  const scene = new Scene({ ...GOOD_A, b: { build: 'build-b', version: '1', state: 'proved' } });
  scene.bootState('a', { a: 2, b: 0 });
  scene.start('a');
  assert.is(scene.record.slots.b?.state, 'proved');
});

ends('a record that is broken, or a card that cannot be written, does not end the agent', async () => {
  const scene = new Scene();
  scene.files.content.set(SLOTS, '{"slots":7');
  scene.files.full = true;
  scene.start('b');
  await scene.clock.advance(61_000);
  assert.is(scene.proved, 1);
});

ends.run();

const IMAGE = { size: 6_000_000, sha256: 'ab12'.repeat(16) };
const upgrades = suite('a slot that an upgrade writes');

upgrades('is empty, and nobody is blamed for that', async () => {
  const scene = new Scene({ a: { build: 'build-a', version: '1', state: 'proved' } }).start('a');
  scene.keeper.erased('b');
  scene.bootState('a', { a: 3, b: 0 });
  scene.reboot('a');
  assert.equal(scene.record.slots.b, { build: '', version: '', state: 'empty' });
  assert.not.match(scene.logged.join('\n'), 'slot b was given up');
});

upgrades('starts next, also when the firmware that runs is confirmed only then', async () => {
  const scene = new Scene({ a: { build: 'build-a', version: '1', state: 'proved' } }).start('a');
  scene.keeper.erased('b');
  scene.keeper.installed('b', '2.0.0', IMAGE);
  scene.bootState('b', { a: 2, b: 3 });
  await scene.clock.advance(61_000);
  assert.equal([scene.tries.active, scene.tries.tries], ['b', { a: 3, b: 3 }]);
  scene.reboot('b');
  assert.equal(scene.record.slots.b, { build: 'build-b', version: '1.0.0', state: 'trial', image: IMAGE });
  assert.is(scene.keeper.needsOther, true, 'slot a is what it goes back to');
  await scene.clock.advance(61_000);
  assert.is(scene.keeper.needsOther, false);
});

upgrades('has failed when it never got as far as its agent', () => {
  const scene = new Scene({ a: { build: 'build-a', version: '1', state: 'proved' } }).start('a');
  scene.keeper.installed('b', '2.0.0', IMAGE);
  scene.keeper.stop();
  scene.bootState('a', { a: 2, b: 0 });
  scene.reboot('a');
  assert.equal(scene.record.slots.b?.reason, { code: 'no-agent', details: [] });
});

upgrades('is what a firmware on trial needs only if it is good', () => {
  const trial = { a: { build: 'build-a', version: '1', state: 'trial' } } as const;
  assert.is(new Scene({ ...trial }).start('a').keeper.needsOther, false);
  const failed = { build: 'x', version: '1', state: 'failed' } as const;
  assert.is(new Scene({ ...trial, b: failed }).start('a').keeper.needsOther, false);
});

upgrades.run();

const recalling = suite('a good slot that lost its tries to power cuts');

/** Slot a runs since slot b, installed by an upgrade and proved, has no tries left. */
function fellBack(hash: string): Scene {
  const b = { build: 'build-b', version: '2.0.0', state: 'proved', image: IMAGE } as const;
  const scene = new Scene({ a: { build: 'build-a', version: '1.0.0', state: 'proved' }, b });
  scene.hash = hash;
  scene.bootState('a', { a: 2, b: 0 });
  return scene.start('a');
}

recalling('starts next when it is whole, and is confirmed again by a minute', async () => {
  const scene = fellBack(IMAGE.sha256);
  await scene.clock.advance(61_000);
  assert.is(scene.record.slots.b?.state, 'recalled');
  assert.equal([scene.tries.active, scene.tries.tries], ['b', { a: 3, b: 3 }]);
  assert.match(scene.logged.join('\n'), /warning: slot b \(version 2\.0\.0\) lost its tries/);
  assert.equal(scene.ran, [], 'nothing is restarted for it');
  scene.keeper.stop();
  scene.reboot('b');
  scene.unapplied.push('a cable is out');
  await scene.clock.advance(61_000);
  assert.is(scene.record.slots.b?.state, 'proved');
});

recalling('is still to be started next when the agent is started again before', async () => {
  const scene = fellBack(IMAGE.sha256);
  await scene.clock.advance(61_000);
  scene.start('a');
  await scene.clock.advance(61_000);
  assert.is(scene.tries.active, 'b');
});

recalling('is recalled once: when it does not get to work then, it has failed', async () => {
  const scene = fellBack(IMAGE.sha256);
  await scene.clock.advance(61_000);
  scene.bootState('a', { a: 2, b: 0 });
  scene.reboot('a');
  assert.is(scene.record.slots.b?.state, 'failed');
  await scene.clock.advance(61_000);
  assert.is(scene.tries.active, 'a');
});

recalling('is left alone when it is not whole any more', async () => {
  const scene = fellBack('00'.repeat(32));
  await scene.clock.advance(61_000);
  assert.equal([scene.record.slots.b?.state, scene.tries.active], ['proved', 'a']);
  assert.match(scene.logged.join('\n'), /error: slot b .* does not hold any more what was installed/);
});

recalling.run();

const table = suite('states of a slot');

table('only proof makes a slot good, until something else is written into it', () => {
  const events = Object.keys(SLOT_TRANSITIONS.unknown) as SlotEvent[];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 20 }), (sequence) => {
      let state: SlotState = 'unknown';
      let good = false;
      for (const event of sequence) {
        good = event === 'proof' || (good && event !== 'erase' && event !== 'install');
        // One that was recalled has lost its tries once before.
        if (state === 'recalled' && event === 'passed over') good = false;
        state = SLOT_TRANSITIONS[state][event];
        assert.is(state === 'proved' || state === 'recalled', good);
      }
    }),
    { numRuns: 2000 },
  );
});

table.run();

const carrying = suite('what carries traffic');

carrying('is an uplink or tunnel that answers or receives', () => {
  const quiet = { ...uplink('quiet', true), health: undefined, counters: undefined };
  const heard = {
    ...uplink('heard', true),
    health: undefined,
    counters: { rxPackets: 1, txPackets: 0, rxBytes: 0, txBytes: 0 },
  };
  const network = {
    uplinks: [uplink('dsl', true), uplink('lte', false), quiet, heard],
    tunnels: [],
  } as Network;
  assert.equal(carryingNow(network), ['uplink dsl', 'uplink heard']);
  assert.equal(missingOf(['uplink lte', 'uplink dsl', 'uplink gone', 'tunnel hq'], network), ['uplink lte']);
});

carrying.run();
