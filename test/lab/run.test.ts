// SPDX-License-Identifier: MIT
/** Guests of the lab: the same figures each time, and a clear end of those that go wrong. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../src/image/errors.ts';
import { cellsOf, experiment } from '../../src/lab/experiment.ts';
import type { LabOutputs } from '../../src/lab/outputs.ts';
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
