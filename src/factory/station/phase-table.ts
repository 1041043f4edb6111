// SPDX-License-Identifier: MIT
/**
 * Every phase that a board's factory.yaml may name: who measures it, what it measures, and which parameters it takes. What is
 * written in a list and stands not here is refused when the list is loaded.
 */

/** Who measures. */
export type PhaseKind =
  /** The driver of the firmware, before the system starts. */
  | 'firmware'
  /** `plaitctl factory <phase>` on the board. */
  | 'board'
  /** The station, over the serial line. */
  | 'serial'
  /** The board, with an answer of the person at the bench. */
  | 'leds'
  | 'button'
  /** The board works for hours, slice by slice. */
  | 'load'
  /** A restart that the watchdog causes. */
  | 'watchdog'
  /** Cold starts by a relay. */
  | 'power'
  /** The identity of the board, and all that was written for the test removed. */
  | 'finalize';

export interface MeasureFacts {
  readonly is: 'number' | 'text' | 'yes or no';
  /** As a list must write it; absent: a number of things, a text or yes and no. */
  readonly unit?: string;
}

export interface PhaseFacts {
  readonly kind: PhaseKind;
  readonly measures: Readonly<Record<string, MeasureFacts>>;
  /** Whole numbers and words that a list gives it. */
  readonly parameters?: readonly string[];
  /** The board may restart in it: another boot afterwards does not end the run. */
  readonly restarts?: true;
  /** Seconds that it lasts by its parameters, beside its timeout. */
  readonly lasts?: (parameters: Readonly<Record<string, string | number>>) => number;
}

/** Where a list says nothing. */
export const LOAD_MINUTES = 240;

const count = { is: 'number' } as const;
const text = { is: 'text' } as const;
const yes = { is: 'yes or no' } as const;
const of = (unit: string): MeasureFacts => ({ is: 'number', unit });

export const PHASES: Readonly<Record<string, PhaseFacts>> = {
  firmware: {
    kind: 'firmware',
    measures: {
      ...{ board: text, bios_version: text, bios_release: count, memory: { is: 'number' } },
      ...{ lba: yes, mfgpt_workaround: yes, pxe: yes, ecc: yes, speed: of('bit/s') },
    },
  },
  cpu: {
    kind: 'board',
    parameters: ['seconds'],
    measures: {
      ...{ cpus: count, family: count, model: count, clock: of('MHz'), model_name: text },
      ...{ rounds: count, wrong: count },
    },
  },
  ram: {
    kind: 'board',
    parameters: ['passes'],
    measures: { total: of('MiB'), tested: of('MiB'), wrong: count, memtest_bad: of('KiB') },
  },
  storage: {
    kind: 'board',
    parameters: ['read', 'writes'],
    measures: {
      ...{ model: text, size: of('MiB'), read_rate: of('MB/s'), write_wrong: count },
      ...{ sync_p99: of('ms'), ata_errors: count },
    },
  },
  nics: {
    kind: 'board',
    parameters: ['pairs', 'frames'],
    measures: {
      ...{ ports: count, links: count, slowest: of('Mbit/s'), sent: count, lost: count, changed: count },
      ...{ receive_errors: count },
    },
  },
  macs: {
    kind: 'board',
    parameters: ['vendor'],
    measures: { addresses: count, of_vendor: count, consecutive: yes },
  },
  temperature: {
    kind: 'board',
    parameters: ['seconds'],
    measures: { sensors: count, idle: of('°C'), loaded: of('°C'), rise: of('K') },
  },
  rtc: {
    kind: 'board',
    parameters: ['seconds'],
    measures: { elapsed: of('s'), error: of('s') },
  },
  usb: { kind: 'board', measures: { controllers: count, devices: count } },
  pci: { kind: 'board', measures: { devices: count, wireless: count } },
  serial: {
    kind: 'serial',
    parameters: ['bytes'],
    measures: { bytes: of('B'), wrong: count, rate: of('B/s') },
  },
  leds: { kind: 'leds', measures: { leds: count, seen: yes } },
  button: { kind: 'button', parameters: ['seconds'], measures: { pressed: yes, released: yes } },
  load: {
    kind: 'load',
    restarts: true,
    parameters: ['minutes', 'slice', 'pairs'],
    lasts: ({ minutes }) => Number(minutes ?? LOAD_MINUTES) * 60,
    measures: {
      ...{ minutes: of('min'), slices: count, restarts: count, silent: count },
      ...{ memory_tested: of('MiB'), memory_passes: count, memory_wrong: count },
      ...{
        cpu_rounds: count,
        cpu_wrong: count,
        disk_read: of('MiB'),
        disk_errors: count,
        write_wrong: count,
      },
      ...{ links: count, frames: count, lost: count, changed: count, receive_errors: count },
      ...{ ata_errors: count, kernel_errors: count },
      ...{ sensors: count, coldest: of('°C'), hottest: of('°C') },
    },
  },
  watchdog: { kind: 'watchdog', restarts: true, measures: { bites: yes, after: of('s') } },
  power: {
    kind: 'power',
    restarts: true,
    parameters: ['starts'],
    measures: { starts: count, login: count, slowest: of('s'), spread: of('%') },
  },
  finalize: { kind: 'finalize', measures: { copies: count } },
};
