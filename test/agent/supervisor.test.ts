// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Supervisor } from '../../src/agent/supervisor.ts';
import { FakeClock, FakeProcesses, Fault } from './support/fake-ports.ts';

const DNSMASQ = { kind: 'service', name: 'dnsmasq', argv: ['dnsmasq', '-k'], files: [] } as const;

function scene() {
  const clock = new FakeClock();
  const processes = new FakeProcesses();
  processes.fault = new Fault();
  const logged: string[] = [];
  const supervisor = new Supervisor({
    clock,
    processes,
    log: (level, text) => logged.push(`${level}: ${text}`),
  });
  return { clock, processes, supervisor, logged, item: { ...DNSMASQ, argv: [...DNSMASQ.argv], files: [] } };
}

const supervising = suite('supervising services');

supervising('one that ends is started again, later and later, at most every 30 s', async () => {
  const { clock, processes, supervisor, item } = scene();
  supervisor.start(item);
  const waits: number[] = [];
  for (let round = 0; round < 7; round++) {
    const started = processes.children.length;
    const ended = clock.now;
    processes.children[started - 1]?.exit(1);
    while (processes.children.length === started) await clock.advance(500);
    waits.push(clock.now - ended);
  }
  assert.equal(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  assert.is(supervisor.status()[0]?.restarts, 7);
});

supervising('one that ran for long starts again soon', async () => {
  const { clock, processes, supervisor, item } = scene();
  supervisor.start(item);
  for (let i = 0; i < 4; i++) {
    processes.children[processes.children.length - 1]?.exit(1);
    await clock.advance(40_000);
  }
  await clock.advance(60_000);
  const count = processes.children.length;
  processes.children[count - 1]?.exit(0);
  await clock.advance(1000);
  assert.is(processes.children.length, count + 1);
});

supervising('one that is stopped is not started again', async () => {
  const { clock, processes, supervisor, item } = scene();
  supervisor.start(item);
  await supervisor.stop('dnsmasq');
  assert.equal(processes.children[0]?.signals, ['TERM']);
  await clock.advance(120_000);
  assert.is(processes.children.length, 1);
  assert.equal(supervisor.list(), []);
});

supervising('one that is stopped while it waits for its restart stays away', async () => {
  const { clock, processes, supervisor, item } = scene();
  supervisor.start(item);
  processes.children[0]?.exit(1);
  await supervisor.stop('dnsmasq');
  await clock.advance(120_000);
  assert.is(processes.children.length, 1);
});

supervising('a program that cannot be started is an error at once', async () => {
  const { processes, supervisor, item } = scene();
  if (processes.fault) processes.fault.failAt = 0;
  assert.throws(() => supervisor.start(item), /injected failure/);
  assert.equal(supervisor.list(), []);
});

supervising('one that cannot be started again is tried on', async () => {
  const { clock, processes, supervisor, item, logged } = scene();
  supervisor.start(item);
  if (processes.fault) processes.fault.failAt = processes.fault.acts;
  processes.children[0]?.exit(1);
  await clock.advance(1000);
  assert.ok(logged.some((line) => line.includes('injected failure')));
  await clock.advance(2000);
  assert.is(processes.children.length, 2);
});

supervising.run();
