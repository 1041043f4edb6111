// SPDX-License-Identifier: MIT
/** `plaitctl factory` of the real agent: frames between two real devices of this kernel, and its own arithmetic. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import type { BoardAnswer } from '../../src/agent/factory/answer.ts';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { hostAgent } from './support/host-agent.ts';

const real = suite<{ plaitctl: string }>('plaitctl factory on a real kernel');

real.before(async (context) => {
  await needs('util-linux', 'iproute2');
  context.plaitctl = (await hostAgent()).plaitctl;
});

/** In a network of its own, with two ports and a cable between them. */
async function factory(plaitctl: string, words: string): Promise<BoardAnswer> {
  const script = `mount -t sysfs sysfs /sys && ip link add eth0 type veth peer name eth1 && ${plaitctl} factory ${words} --json`;
  const { stdout } = await promisify(execFile)('unshare', ['-n', '-m', 'sh', '-ec', script], {
    timeout: 60_000,
  });
  return JSON.parse(stdout) as BoardAnswer;
}

real('sends frames of all lengths from each port to the other, and loses none', async ({ plaitctl }) => {
  const { measurements } = await factory(plaitctl, 'nics pairs=eth0-eth1 frames=2000');
  const { slowest: _, ...rest } = measurements;
  assert.equal(rest, { ports: 2, links: 2, sent: 4000, lost: 0, changed: 0, receive_errors: 0 });
});

real('computes as other implementations do', async ({ plaitctl }) => {
  const { measurements, boot } = await factory(plaitctl, 'cpu seconds=1');
  assert.match(boot, /^[0-9a-f-]{36}$/);
  assert.is(measurements.wrong, 0);
  assert.ok(Number(measurements.rounds) > 0);
});

real.run();
