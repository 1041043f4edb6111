// SPDX-License-Identifier: MIT
/** Guests of the lab: the same figures each time, and a clear end of those that go wrong. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../src/image/errors.ts';
import { cellsOf, experiment } from '../../src/lab/experiment.ts';
import { Journal } from '../../src/lab/journal.ts';
import type { LabOutputs } from '../../src/lab/outputs.ts';
import { suite } from '../support/suite.ts';
import { lab, run, runOne } from './lab.ts';

const guests = suite<{ outputs: LabOutputs }>('A run of the lab');

guests.before(async (context) => {
  context.outputs = await lab();
});

/** Losses, a queue that runs over, and the kernel's own randomness. */
const lossy = experiment({
  name: 'lossy',
  title: 'A line with losses',
  about: 'For tests.',
  parameters: {},
  figures: {
    goodput: { unit: 'kB/s' },
    stall: { unit: 's' },
    retransmits: { unit: 'segments' },
    rtt: { unit: 'ms' },
    random: { unit: '' },
  },
  topology: () => `
    client --[ line: 4mbit 20ms queue=20 loss=1% jitter=3ms ]-- isp -- server
    at 1s: line [ 8mbit/2mbit ]`,
  play(run) {
    const pings = run.ping({ from: 'client', to: 'server' });
    const transfer = run.fetch({ client: 'client', server: 'server', bytes: 600_000, tolerance: 1 });
    const trips = pings.end();
    const random = run.shell('client', 'cat /proc/sys/kernel/random/uuid');
    const seen = run.trace('isp-server');
    return () => ({
      goodput: transfer.kilobytesPerSecond(),
      stall: seen.flow().stall.seconds,
      retransmits: run.counters('server').protocol('TcpRetransSegs'),
      rtt: trips.percentile(95),
      random: Number.parseInt(random.output(), 16),
    });
  },
});

guests('gives the same figures to the last bit, and others from another seed', async ({ outputs }) => {
  const first = await runOne(outputs, lossy);
  const again = await runOne(outputs, lossy);
  const other = await runOne(outputs, lossy, { seed: 2 });
  assert.is(first.failed, undefined);
  assert.is(JSON.stringify(again), JSON.stringify(first));
  assert.not.equal(other.figures, first.figures);
  assert.ok((first.figures?.retransmits ?? 0) > 0, 'a line with losses makes TCP repeat');
});

/** One packet each 4 ms on the way to the server, and none for half a second; one each ms on the way back. */
const recorded = (folder: string) => {
  const times = (step: number, from: number) =>
    Array.from({ length: (1000 - from) / step }, (_, index) => from + (index + 1) * step).join('\n');
  writeFileSync(join(folder, 'slow'), times(4, 500));
  writeFileSync(join(folder, 'fast'), times(1, 0));
  return experiment({
    name: 'recorded',
    title: 'A line with delivery traces',
    about: 'For tests.',
    parameters: {},
    figures: { right: { unit: 'Mbit/s' }, left: { unit: 'Mbit/s' }, longest: { unit: 'ms' } },
    topology: () =>
      `client --[ line: trace=${join(folder, 'slow')},${join(folder, 'fast')} queue=20 ]-- server`,
    play(run) {
      const seen = run.trace('line');
      run.startClock();
      const udp = { seconds: 10, udp: 15e6 };
      const there = run.stream({ from: 'client', to: 'server', ...udp });
      const back = run.stream({ from: 'server', to: 'client', ...udp });
      return () => {
        const times = seen
          .packets()
          .filter(({ length }) => length > 1400)
          .map(({ time }) => time);
        const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
        return {
          right: there.megabitsPerSecond(),
          left: back.megabitsPerSecond(),
          longest: Math.max(...gaps.slice(0, 500)) * 1000,
        };
      };
    },
  });
};

guests('lets packets leave when the delivery trace of their direction says', async ({ outputs }) => {
  const folder = mkdtempSync(join(tmpdir(), 'plait-lab-test-'));
  try {
    const { failed, figures } = await runOne(outputs, recorded(folder));
    assert.is(failed, undefined);
    // 125 deliveries of 1500 bytes in a second, and 1000; datagrams of 1428 bytes carry 1400.
    near(figures?.right, (125 * 1500 * 8 * (1400 / 1428)) / 1e6);
    near(figures?.left, (1000 * 1500 * 8 * (1400 / 1428)) / 1e6);
    near(figures?.longest, 504);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Within 2 %. */
function near(seen: number | undefined, expected: number): void {
  assert.ok(Math.abs((seen ?? 0) - expected) < 0.02 * expected, `${seen} is not ${expected}`);
}

/** Two uplinks that are balanced, one of which waits as a backup that is paid by the byte. */
const waiting = experiment({
  name: 'waiting',
  title: 'A box with a backup',
  about: 'For tests.',
  parameters: {},
  figures: { standby: { unit: '' } },
  topology: () => `
    host -- box:eth0
    box:eth1 --[ dsl: 8mbit ]-- isp
    box:eth2 --[ lte: 8mbit ]-- isp`,
  boxes: () => ({
    box: `version: 1
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  dsl: { port: eth1, address: 198.18.5.2/24, gateway: 198.18.5.1 }
  lte: { port: eth2, address: 198.18.6.2/24, gateway: 198.18.6.1, backup: true, metered: true }
dns: { servers: [9.9.9.9] }
balance: { strategy: session }
`,
  }),
  play(run) {
    const status = run.shell('box', 'plaitctl status --json');
    return () => {
      const { uplinks } = JSON.parse(status.output()) as { uplinks: { standby: boolean }[] };
      return { standby: uplinks.filter(({ standby }) => standby).length };
    };
  },
});

guests('begins its workload though a backup uplink of a balanced box waits', async ({ outputs }) => {
  const { failed, figures } = await runOne(outputs, waiting);
  assert.is(failed, undefined);
  assert.is(figures?.standby, 1);
});

guests('tells how far the clock of a guest is', async ({ outputs }) => {
  const clocks: number[] = [];
  await run(outputs, cellsOf(shellOnly('sleep 4')), {
    realTime: true,
    onEvent: (event) => event.event === 'stage-clock' && clocks.push(event.simulated),
  });
  assert.ok(clocks.length > 0 && clocks.every((clock) => clock > 0 && clock < 60), String(clocks));
});

/** An experiment whose workload is one shell command. */
const shellOnly = (command: string, deadline = 900) =>
  experiment({
    name: 'shell-only',
    title: 'A command',
    about: 'For tests.',
    parameters: {},
    figures: { nothing: { unit: '' } },
    deadline,
    topology: () => 'a -- b',
    play(run) {
      run.shell('a', command);
      return () => ({ nothing: 0 });
    },
  });

/** Why the only cell failed, and its console log; all in a folder that is removed. */
async function failure(
  outputs: LabOutputs,
  command: string,
  deadline?: number,
): Promise<{ why: string; log: string }> {
  const scratch = mkdtempSync(join(tmpdir(), 'plait-lab-test-'));
  try {
    const { experiments } = await run(outputs, cellsOf(shellOnly(command, deadline)), { scratch });
    const why = experiments[0]?.cells[0]?.failed ?? '';
    const log = readFileSync(/its console log is (\S+)$/.exec(why)?.[1] ?? 'no path in the message', 'utf8');
    return { why, log };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

guests('fails with the step and what it said, when a step fails', async ({ outputs }) => {
  const { why } = await failure(outputs, 'echo this cannot be >&2; exit 3');
  assert.match(why, /step 1-shell failed with status 3: this cannot be;/);
});

guests('ends a workload that takes longer than its deadline', async ({ outputs }) => {
  const { why } = await failure(outputs, 'sleep 10000', 20);
  assert.match(why, 'the workload had not ended after 20 simulated seconds');
});

guests('fails when the kernel warns, and shows the line', async ({ outputs }) => {
  // Written by a process, but where the kernel's own lines go.
  const { why, log } = await failure(outputs, "echo 'WARNING: CPU: 0 PID: 1 at planted.c:1' > /dev/kmsg");
  assert.match(why, "the guest's kernel said: WARNING: CPU: 0 PID: 1 at planted.c:1");
  assert.match(log, 'planted.c:1');
});

guests('ends at once when it is interrupted, and leaves neither process nor folder', async ({ outputs }) => {
  const scratch = mkdtempSync(join(tmpdir(), 'plait-lab-test-'));
  const stop = new AbortController();
  const running = run(outputs, cellsOf(shellOnly('echo begun > /lab/begun; sleep 600')), {
    ...{ scratch, realTime: true, signal: stop.signal },
  });
  running.catch(() => {});
  const folder = () => join(scratch, readdirSync(scratch)[0] ?? '', 'shell-only');
  for (let tries = 0; tries < 600 && !existsSync(join(folder(), 'begun')); tries++) await sleep(100);
  assert.ok(processesIn(scratch) > 0, 'a guest that runs is seen');
  stop.abort();
  const error = await running.then(
    () => assert.unreachable('it ended by itself'),
    (thrown: unknown) => thrown,
  );
  assert.instance(error, Interrupted);
  assert.is(processesIn(scratch), 0);
  assert.equal(readdirSync(scratch), []);
  rmSync(scratch, { recursive: true });
});

guests('goes on after an interruption with the cells that are not done', async ({ outputs }) => {
  const scratch = mkdtempSync(join(tmpdir(), 'plait-lab-test-'));
  const two = experiment({
    ...{ name: 'two', title: 'Two cells', about: 'For tests.', figures: { wait: { unit: 's' } } },
    parameters: { wait: [0, 600] },
    topology: () => 'a -- b',
    play(run, { wait }) {
      run.shell('a', `sleep ${wait}`);
      return () => ({ wait });
    },
  });
  const identity = { outputs, seed: 1, realTime: true };
  const path = join(scratch, 'cells.jsonl');
  const cells = cellsOf(two);
  const stop = new AbortController();
  const first = await Journal.open(path, identity, false);
  const interrupted = await run(outputs, cells, {
    ...{ realTime: true, journal: first, signal: stop.signal },
    onEvent: ({ event }) => event === 'stage-built' && stop.abort(),
  }).then(
    () => assert.unreachable('it was not interrupted'),
    (error: unknown) => error,
  );
  assert.instance(interrupted, Interrupted);
  const again: string[] = [];
  const journal = await Journal.open(path, identity, true);
  const { experiments } = await run(outputs, cells.slice(0, 1), {
    ...{ realTime: true, journal },
    onEvent: (event) => event.event === 'stage-start' && again.push(event.stage),
  });
  assert.equal(again, []);
  assert.equal(experiments[0]?.cells[0]?.figures, { wait: 0 });
  rmSync(scratch, { recursive: true });
});

/** How many processes of this machine work in a folder. */
function processesIn(folder: string): number {
  const places = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`);
      } catch {
        return '';
      }
    });
  return places.filter((place) => place.startsWith(folder)).length;
}

guests.run();
