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
  const { sensors, hottest: idle } = temperatures(files);
  if (idle === undefined) return { sensors };
  await compute(clock, wholeNumber(input, 'seconds', SECONDS));
  const loaded = temperatures(files).hottest ?? idle;
  return { sensors, idle, loaded, rise: rounded(loaded - idle, 1) };
}

/** In °C; undefined: the board has no sensor. */
export function temperatures(files: Files): { sensors: number; hottest: number | undefined } {
  const values = files
    .list(HWMON)
    .flatMap((name) => files.read(`${HWMON}/${name}/temp1_input`) ?? [])
    .map((text) => Number(text) / 1000);
  return {
    sensors: values.length,
    hottest: values.length === 0 ? undefined : rounded(Math.max(...values), 1),
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
