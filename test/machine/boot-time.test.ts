// SPDX-License-Identifier: MIT
/** How long the shipped image takes from the kernel's start until everything in plait.yaml is applied. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Guest, SECONDS } from './guest.ts';
import { shippedImage } from './images.ts';

/** ALIX: 500 MHz, one instruction a cycle at best. */
const INSTRUCTION_TIME = 2;
/** Seconds of the board's own, emulated time. */
const GOAL = 6;

const branch = `version: 1
hostname: branch
lan: { ports: [eth0], address: 192.168.50.1/24, dhcp: { range: 192.168.50.100-199 } }
uplinks:
  dsl: { port: eth1, vlan: 5, address: 198.18.5.2/24 }
  cable: { port: eth1, vlan: 6, address: 198.18.6.2/24, weight: 3 }
tunnels:
  hq:
    mode: ipip
    remote: { dsl: 198.18.5.1, cable: 198.18.6.1 }
    address: 10.255.0.2/30
    routes: [192.168.60.0/24]
`;

const time = suite('Time from the start of the kernel to a plaited link');

// Printed beside the goal, not asserted: while the CPU waits for its disk, the emulated clock follows this machine's.
time('is printed, at 500 million instructions a second', async () => {
  const image = await shippedImage('alix');
  const guest = await Guest.start({ name: 'boot-time', image, instructionTime: INSTRUCTION_TIME });
  try {
    await guest.boot();
    await guest.configure(branch);
    await guest.reboot();
    const seconds = await secondsToPlaited(guest);
    console.log(`  kernel start to plaited: ${seconds.toFixed(1)} s of emulated time (goal ${GOAL})`);
    assert.ok(seconds > 1 && seconds < 60, `${seconds.toFixed(1)} s`);
  } finally {
    await guest.stop();
  }
});

time.run();

/** Seconds from the kernel's start to the end of the first apply: when the agent last wrote down what it had applied. */
async function secondsToPlaited(guest: Guest): Promise<number> {
  const script =
    'touch /run/now; read up idle < /proc/uptime; echo $up; stat -c %y /run/now /run/plait/applied.json';
  const [up = '', now = '', applied = ''] = (await guest.ask(script)).split('\n');
  const milliseconds = (stamp: string) => Date.parse(`${stamp.slice(0, 23).replace(' ', 'T')}Z`);
  return Number(up) - (milliseconds(now) - milliseconds(applied)) / SECONDS;
}
