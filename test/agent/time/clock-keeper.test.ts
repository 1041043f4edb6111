// SPDX-License-Identifier: MIT
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOCK, CLOCK_SYNC, SAVED_CLOCK } from '../../../src/agent/paths.ts';
import { ClockKeeper } from '../../../src/agent/time/clock-keeper.ts';
import { FakeClock, FakeFiles, FakeProcesses, settle } from '../support/fake-ports.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const BUILT = 1_700_000_000;
const YEAR = 366 * 86_400;
const SYNCHRONISED = { stratum: '3', offset: '0.000421' };
const NOT = { stratum: '16', offset: '0.000000' };

/** A clock whose time of day somebody sets. */
class SetClock extends FakeClock {
  shift = 0;

  override wall(): number {
    return super.wall() + this.shift;
  }
}

function board(source = 'build-time') {
  const files = new FakeFiles({ [CLOCK]: `source=${source}\nbuilt=${BUILT}\nlatest=${BUILT + 20 * YEAR}\n` });
  const clock = new SetClock();
  const processes = new FakeProcesses();
  const logged: string[] = [];
  const start = () => {
    const keeper = new ClockKeeper({ files, clock, processes, log: (_, text) => logged.push(text) });
    keeper.start();
    return keeper;
  };
  return { files, clock, processes, logged, start, saved: () => Number(files.content.get(SAVED_CLOCK)) };
}

const states = suite('the state of the clock');

for (const source of ['build-time', 'saved', 'hardware-clock']) {
  states(`begins with what the boot scripts took it from: ${source}`, () => {
    assert.equal(board(source).start().known, { state: source });
  });
}

states('is ntp while reports of a server come, and ntp-lost when they end, or say so', async () => {
  const { clock, start } = board();
  const keeper = start();
  keeper.take(NOT);
  assert.is(keeper.known.state, 'build-time');
  keeper.take(SYNCHRONISED);
  assert.equal(keeper.known, { state: 'ntp', syncedAgo: 0, report: { stratum: 3, offsetMs: 0.421 } });
  await clock.advance(11 * MINUTE);
  keeper.take(SYNCHRONISED);
  await clock.advance(24 * MINUTE);
  assert.is(keeper.known.state, 'ntp');
  await clock.advance(2 * MINUTE);
  assert.equal(keeper.known, { state: 'ntp-lost', syncedAgo: 26 * MINUTE });
  keeper.take(SYNCHRONISED);
  keeper.take(NOT);
  assert.equal(keeper.known, { state: 'ntp-lost', syncedAgo: 0 });
  keeper.take(SYNCHRONISED);
  keeper.clientStarted();
  assert.is(keeper.known.state, 'ntp-lost');
});

states('is known to an agent that is started anew', async () => {
  const { clock, files, start } = board();
  start().take(SYNCHRONISED);
  clock.dropTimers();
  await clock.advance(MINUTE);
  assert.equal(start().known, { state: 'ntp-lost', syncedAgo: MINUTE });
  for (const nonsense of ['', 'x', '-5', '1e99', 'NaN']) {
    files.content.set(CLOCK_SYNC, nonsense);
    assert.is(start().known.syncedAgo, undefined, nonsense);
  }
});

states('takes no nonsense for a report', () => {
  const keeper = board().start();
  for (const env of [{}, { stratum: '3' }, { stratum: '0', offset: '0' }, { stratum: 'x', offset: '0' }])
    keeper.take(env as Record<string, string>);
  keeper.take({ stratum: '3', offset: 'nan' });
  assert.is(keeper.known.state, 'build-time');
});

for (const [what, shift] of [
  ['before the image was built', -YEAR],
  ['20 years after', 21 * YEAR],
] as const) {
  states(`is implausible when a server says a time ${what}, and that is not saved`, async () => {
    const { clock, processes, files, logged, start } = board();
    const keeper = start();
    files.list = (path) => (path === '/sys/class/rtc' ? ['rtc0'] : []);
    clock.shift = shift * SECOND;
    keeper.take(SYNCHRONISED);
    assert.is(keeper.known.state, 'implausible');
    assert.match(logged.join(), 'the clock is implausible, was build-time');
    await clock.advance(2 * HOUR);
    keeper.stop();
    assert.is(files.content.get(SAVED_CLOCK), undefined);
    assert.equal(processes.ran, []);
    clock.shift = 0;
    keeper.take(SYNCHRONISED);
    assert.is(keeper.known.state, 'ntp');
  });
}

states(
  'is implausible at once when ntpd tells of a jump to such a time: its stratum comes minutes later',
  () => {
    const { clock, start } = board();
    const keeper = start();
    keeper.take(SYNCHRONISED);
    clock.shift = -YEAR * SECOND;
    keeper.take(NOT);
    assert.is(keeper.known.state, 'implausible');
    clock.shift = 0;
    keeper.take(NOT);
    assert.is(keeper.known.state, 'implausible', 'nobody has said that this is the time');
    keeper.take(SYNCHRONISED);
    assert.is(keeper.known.state, 'ntp');
  },
);

states.run();

const saving = suite('the clock is saved');

saving('when a server was found, every hour and at the end, durably, and no more often', async () => {
  const { clock, files, saved, start } = board();
  const keeper = start();
  keeper.take(SYNCHRONISED);
  assert.is(saved(), Math.floor(clock.wall() / 1000));
  for (let minute = 0; minute < 10 * 60; minute += 10) {
    await clock.advance(10 * MINUTE);
    keeper.take(SYNCHRONISED);
  }
  assert.is(files.durable.filter((path) => path === SAVED_CLOCK).length, 11);
  await clock.advance(59 * MINUTE);
  keeper.stop();
  assert.is(saved(), Math.floor(clock.wall() / 1000));
  await clock.advance(5 * HOUR);
  assert.is(files.durable.length, 12);
});

saving('also when it is earlier than before: the last time was wrong', () => {
  const { clock, saved, start } = board();
  clock.shift = 3 * YEAR * SECOND;
  const keeper = start();
  keeper.take(SYNCHRONISED);
  clock.shift = YEAR * SECOND;
  keeper.stop();
  assert.is(saved(), Math.floor(clock.wall() / 1000));
});

saving('also to the hardware clock, when there is one and the time is sure', async () => {
  const { clock, files, processes, start } = board('saved');
  files.list = (path) => (path === '/sys/class/rtc' ? ['rtc0'] : []);
  const keeper = start();
  await clock.advance(HOUR);
  assert.equal(processes.ran, []);
  keeper.take(SYNCHRONISED);
  await settle();
  assert.equal(processes.ran, ['hwclock -w -u']);
});

saving('and a full card is only warned of', () => {
  const { files, logged, start } = board();
  files.full = true;
  start().stop();
  assert.match(logged.join(), 'saving the clock: /data/plait/clock: no space left');
});

saving.run();

const model = suite('the clock as a model');

/** What can happen, and what must then be: written down again, apart from the table. */
model('is ntp only while the last report says so and is fresh; 10,000 sequences', async () => {
  const event = fc.oneof(
    fc.constantFrom('synchronised', 'not', 'started', 'restart', 'wrong', 'right'),
    fc.nat({ max: 30 }).map((minutes) => minutes * MINUTE),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
      const { clock, files, start } = board('saved');
      let keeper = start();
      let followed = false;
      let at: number | undefined;
      let implausible = false;
      for (const one of events) {
        if (typeof one === 'number') await clock.advance(one);
        else if (one === 'restart') {
          clock.dropTimers();
          keeper = start();
          followed = implausible = false;
        } else if (one === 'wrong' || one === 'right') clock.shift = one === 'wrong' ? -YEAR * SECOND : 0;
        else if (one === 'started') {
          keeper.clientStarted();
          followed = false;
        } else {
          keeper.take(one === 'synchronised' ? SYNCHRONISED : NOT);
          const believed = clock.shift === 0;
          followed = one === 'synchronised' && believed;
          if (followed) at = clock.now;
          if (!believed) implausible = true;
          else if (followed) implausible = false;
        }
        const fresh = at !== undefined && clock.now - at < 25 * MINUTE;
        const wanted =
          followed && fresh ? 'ntp' : implausible ? 'implausible' : at === undefined ? 'saved' : 'ntp-lost';
        if (followed && !fresh) followed = false;
        assert.is(keeper.known.state, wanted, JSON.stringify(events));
        const saved = files.content.get(SAVED_CLOCK);
        if (saved !== undefined) assert.ok(Number(saved) >= BUILT, 'saved before it was built');
      }
    }),
    { numRuns: 10_000 },
  );
});

model.run();
