// SPDX-License-Identifier: MIT
/** `plaitctl factory calibrate-…`: what is asked of the kernel's module, and what of its answer is believed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PhaseInput } from '../../src/agent/factory/board-phase.ts';
import { BOARD_PHASES } from '../../src/agent/factory/phases.ts';
import { fakeAgent } from './support/agent.ts';

const TIMERS = `Tick Device: mode:     1
Clock Event Device: lapic
 min_delta_ns:   1000

Tick Device: mode:     1
Broadcast device
Clock Event Device: pit
 max_delta_ns:   27461861
 min_delta_ns:   12572
`;

async function measure(
  phase: string,
  {
    said = 'packet_ns 12.5\n',
    code = 0,
    words = {},
    files = {},
  }: {
    said?: string;
    code?: number;
    words?: Record<string, string>;
    files?: Record<string, string>;
  } = {},
) {
  const agent = fakeAgent(files);
  const ran: (readonly string[])[] = [];
  const processes = {
    ...agent.ports.processes,
    async run(argv: readonly string[]) {
      ran.push(argv);
      return { code, stdout: said, stderr: code === 0 ? '' : 'modprobe: it cannot\n' };
    },
  };
  const input: PhaseInput = {
    ports: { ...agent.ports, processes },
    kernel: agent.board.kernel,
    board: { name: 'alix' },
    macs: [],
    parameters: new Map(Object.entries(words)),
    lendLeds: () => {},
  };
  const found = await BOARD_PHASES[phase]?.(input);
  return { found, ran };
}

const calibrate = suite('plaitctl factory calibrate-…');

calibrate('asks the module for one thing, and takes lines of a name and a number only', async () => {
  const said = 'seal_ns 40630.0\nopen_cycles 7\nseal_ns\n__proto__ 7\nfour 4x\n-1 2\n';
  const { found, ran } = await measure('calibrate-cipher', { said, words: { bytes: '64' } });
  assert.equal(found, { seal_ns: 40630, open_cycles: 7 });
  assert.equal(ran[0]?.slice(-2), ['run=cipher', 'bytes=64']);
});

calibrate('forwards packets in a namespace of its own', async () => {
  for (const way of ['forward', 'plait']) {
    const { ran } = await measure(`calibrate-${way}`, { words: { bytes: '46' } });
    assert.equal(ran[0]?.slice(0, 2), ['unshare', '-n']);
    assert.equal(ran[0]?.slice(-4), ['run=packets', 'in=in', 'out=out', 'bytes=46']);
    assert.is(/type plait$/m.test(ran[0]?.[4] ?? ''), way === 'plait');
  }
});

calibrate('fails when the kernel does not measure', async () => {
  const failing = async (said: string, code: number) => {
    try {
      await measure('calibrate-x25519', { said, code });
    } catch (error) {
      return (error as Error).message;
    }
    return 'it did not fail';
  };
  assert.match(
    await failing('x25519_ns 5\n', 1),
    /did not measure run=x25519 \(exit code 1\): modprobe: it cannot/,
  );
  assert.match(await failing('', 0), /did not measure/);
  assert.match(
    await measure('calibrate-cipher', { words: { bytes: '64; reboot' } }).catch((error) => error.message),
    /bytes is "64; reboot"; it must be a whole number/,
  );
});

calibrate('knows clock and timer of the kernel by their names', async () => {
  const at = '/sys/devices/system';
  const files = {
    [`${at}/clocksource/clocksource0/current_clocksource`]: 'tsc\n',
    [`${at}/clocksource/clocksource0/available_clocksource`]: '\n',
    [`${at}/clockevents/clockevent0/current_device`]: 'pit\n',
    '/proc/timer_list': TIMERS,
  };
  const { found } = await measure('calibrate-clock', { files, said: 'clock_step_ns 70\n' });
  assert.equal(found, { source: 'tsc', timer: 'pit', timer_ahead_ns: 12572, clock_step_ns: 70 });
});

calibrate.run();
