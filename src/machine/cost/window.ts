// SPDX-License-Identifier: MIT
/**
 * Stretches of the board's own time. The board's clock counts instructions (QEMU's -icount), so while the board does
 * nothing but forward, the time that passed divided by the packets that left is what one of them costs.
 */
import { MachineError } from '../errors.ts';
import { IN, OUT } from './topology.ts';

export interface Window {
  /** Instructions that the board ran for each packet that left. */
  readonly instructions: number;
  /** Share of the time in which it worked on packets, 0 to 1. */
  readonly busy: number;
  /** Packets that left. */
  readonly packets: number;
  /** Packets that came in and did not leave; a few are on their way when the window ends. */
  readonly missing: number;
}

/** A window counts when the board worked on packets for at least this share of it … */
const BUSY = 0.985;
/** … and when at most this share of its packets got lost in the board. */
const LOST = 0.005;

/** What the board's kernel has counted at one moment. */
interface Snapshot {
  /** Nanoseconds of the board's clock. */
  readonly now: number;
  /** Hundredths of a second, by kind. */
  readonly time: { readonly packets: number; readonly all: number };
  readonly received: number;
  readonly sent: number;
}

/**
 * A script for the board: `sh FILE COUNT SECONDS` prints the snapshots around so many windows, when all were taken. It
 * reads packets and then at once the clock, starts no program for it, and has precedence over the load.
 */
export const windowsScript = `renice -n -20 $$ > /dev/null
snapshot() {
  read -r sent < ${counter(OUT, 'tx_packets')}
  { read -r line; read -r line; read -r now; } < /proc/timer_list
  read -r received < ${counter(IN, 'rx_packets')}
  read -r times < /proc/stat
  all="$all
$now, sent $sent, received $received, $times"
}
snapshot
for window in $(seq "$1"); do
  sleep "$2"
  snapshot
done
echo "$all"
`;

/**
 * Reads what the script printed.
 * @param instructionTime nanoseconds
 * @throws MachineError when it is something else
 */
export function readWindows(output: string, instructionTime: number): Window[] {
  const snapshots = output.split('\n').filter(Boolean).map(readSnapshot);
  return snapshots.slice(1).map((to, index) => {
    const from = snapshots[index] as Snapshot;
    const packets = to.sent - from.sent;
    return {
      instructions: (to.now - from.now) / instructionTime / packets,
      busy: (to.time.packets - from.time.packets) / (to.time.all - from.time.all),
      packets,
      missing: to.received - from.received - packets,
    };
  });
}

/** Why a window does not count; undefined when it does. */
export function rejection({ busy, packets, missing }: Window): string | undefined {
  if (packets <= 0) return 'no packet left the board';
  if (busy < BUSY)
    return `the board worked on packets for ${percent(busy)} of the time only, at least ${percent(BUSY)} is needed; this machine has too little time for it`;
  if (missing > packets * LOST)
    return `${missing} packets got lost in the board while ${packets} left it, at most ${percent(LOST)} may be lost`;
  return undefined;
}

/** The middle one of several numbers, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}

/** A line of the script: third line of /proc/timer_list, counters, and times as in proc(5), /proc/stat. */
function readSnapshot(line: string): Snapshot {
  const found = /^now at (\d+) nsecs, sent (\d+), received (\d+), cpu +(\d+(?: \d+){6,})$/.exec(line.trim());
  if (!found) throw new MachineError(`the board should have printed its counters, but it printed: ${line}`);
  const times = (found[4] ?? '').split(' ').map(Number);
  const [, , , , , irq = 0, softirq = 0] = times;
  return {
    now: Number(found[1]),
    time: { packets: irq + softirq, all: times.reduce((sum, time) => sum + time, 0) },
    sent: Number(found[2]),
    received: Number(found[3]),
  };
}

function counter(device: string, name: string): string {
  return `/sys/class/net/${device}/statistics/${name}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
