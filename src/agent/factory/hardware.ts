// SPDX-License-Identifier: MIT
/** What the kernel has found on the board: addresses, sensors, clock, PCI and USB devices. */
import type { Files } from '../ports.ts';
import { sleep } from '../sleep.ts';
import { type Measurements, type PhaseInput, rounded, wholeNumber } from './board-phase.ts';
import { compute } from './cpu.ts';

const HWMON = '/sys/class/hwmon';
const RTC = '/sys/class/rtc/rtc0/since_epoch';
const PCI = '/sys/bus/pci/devices';
const USB = '/sys/bus/usb/devices';
const SECONDS = 10;
/** Milliseconds between two looks at the clock: its second is found as exactly. */
const LOOK = 10;
/** Milliseconds in which a clock that goes has shown another second. */
const SECOND = 1_500;

/** `vendor`: the first three bytes, as in 00:0d:b9. */
export function macs({ macs, parameters }: PhaseInput): Measurements {
  const vendor = (parameters.get('vendor') ?? '').toLowerCase();
  const numbers = macs.map((mac) => Number.parseInt(mac.replaceAll(':', ''), 16));
  return {
    addresses: macs.length,
    of_vendor: macs.filter((mac) => mac.startsWith(vendor)).length,
    consecutive: numbers.every((number, index) => number === (numbers[0] ?? 0) + index),
  };
}

/** Before and after a time of work. */
export async function temperature(input: PhaseInput): Promise<Measurements> {
  const { files, clock } = input.ports;
  const sensors = files
    .list(HWMON)
    .map((name) => `${HWMON}/${name}/temp1_input`)
    .filter((path) => files.read(path) !== undefined);
  if (sensors.length === 0) return { sensors: 0 };
  const hottest = () => Math.max(...sensors.map((path) => Number(files.read(path)) / 1000));
  const idle = hottest();
  await compute(clock, wholeNumber(input, 'seconds', SECONDS));
  const loaded = hottest();
  return {
    sensors: sensors.length,
    ...{ idle: rounded(idle, 1), loaded: rounded(loaded, 1), rise: rounded(loaded - idle, 1) },
  };
}

/** From one second of the clock to another, by the CPU's own clock. */
export async function rtc(input: PhaseInput): Promise<Measurements> {
  const seconds = wholeNumber(input, 'seconds', SECONDS);
  const { clock } = input.ports;
  const first = await nextSecond(input);
  await sleep(clock, (seconds - 1) * 1000 + SECOND / 3);
  const last = await nextSecond(input);
  const elapsed = last.second - first.second;
  return { elapsed, error: rounded((last.at - first.at) / 1000 - elapsed, 2) };
}

async function nextSecond({ ports: { files, clock } }: PhaseInput): Promise<{ second: number; at: number }> {
  const read = () => Number(files.read(RTC) ?? Number.NaN);
  const before = read();
  if (!Number.isFinite(before)) throw new Error(`the board has no clock: ${RTC} cannot be read`);
  const end = clock.monotonic() + SECOND;
  while (clock.monotonic() < end) {
    const second = read();
    if (second !== before) return { second, at: clock.monotonic() };
    await sleep(clock, LOOK);
  }
  throw new Error(`the clock stands still at ${before}`);
}

export function pci({ ports: { files } }: PhaseInput): Measurements {
  const classes = files.list(PCI).map((name) => files.read(`${PCI}/${name}/class`)?.trim() ?? '');
  // PCI code 0x0280: a network controller that is none of the wired kinds.
  return { devices: classes.length, wireless: classes.filter((code) => code.startsWith('0x0280')).length };
}

/** The kernel names controllers `usb1`, devices `1-1`, and their parts `1-1:1.0`. */
export function usb({ ports: { files } }: { readonly ports: { readonly files: Files } }): Measurements {
  const names = files.list(USB);
  return {
    controllers: names.filter((name) => /^usb\d+$/.test(name)).length,
    devices: names.filter((name) => /^\d+-[\d.]+$/.test(name)).length,
  };
}
