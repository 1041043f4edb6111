// SPDX-License-Identifier: MIT
/** Records for tests: one as a station makes it, and random ones. */
import * as fc from 'fast-check';
import { type Measurement, measured } from '../../../src/factory/record/measurement.ts';
import { type Outcome, overallOutcome } from '../../../src/factory/record/outcome.ts';
import { type FactoryRecord, FORMAT, type Phase } from '../../../src/factory/record/record.ts';

export function phaseOf(
  name: string,
  measurements: readonly Measurement[],
  more: Partial<Phase> = {},
): Phase {
  const failed = measurements.some(({ outcome }) => outcome === 'FAIL');
  return {
    ...{ name, outcome: failed ? 'FAIL' : 'PASS', started: '2026-11-30T22:50:40.000Z', seconds: 2.5 },
    ...{ attempts: 1, measurements, ...more },
  };
}

/** A board that failed in its memory card. */
export function exampleRecord(more: Partial<FactoryRecord> = {}): FactoryRecord {
  const phases = more.phases ?? [
    phaseOf('cpu', [
      measured({ name: 'clock', value: 498.05, unit: 'MHz', limits: { min: 493, max: 503 } }),
      measured({ name: 'model', value: 'Geode LX 800', limits: { equals: 'Geode LX 800' } }),
    ]),
    phaseOf('disk', [measured({ name: 'read_rate', value: 11.2, unit: 'MB/s', limits: { min: 15 } })], {
      attempts: 2,
      message: 'The card is read at 11.2 MB/s: is it a slow one? Take another & try again <now>.',
    }),
  ];
  return {
    format: FORMAT,
    id: '20261130T225038Z-5f0c91d2aa',
    board: 'alix',
    list: 'quick',
    identity: { serial: '2D13-004711', macs: ['00:0d:b9:12:34:56', '00:0d:b9:12:34:57'], revision: '2d13' },
    lot: 'order 81',
    station: { name: 'bench-1', operator: 'Zoë', software: '0.1.0', port: 'pci-0000:00:14.0-usb-0:2:1.0' },
    firmware: { version: '1.2.3', files: [{ name: 'plait-alix.img', sha256: 'ab'.repeat(32) }] },
    started: '2026-11-30T22:50:38.000Z',
    seconds: 61.5,
    outcome: overallOutcome(phases.map(({ outcome }) => outcome)),
    earlier: [],
    ...more,
    phases,
  };
}

const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => /^[^\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]+$/u.test(text));
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), words, fc.boolean());
const limits = fc.oneof(
  fc.record({ equals: value }),
  fc.tuple(fc.integer(), fc.nat()).map(([min, more]) => ({ min, max: min + more })),
  fc.integer().map((max) => ({ max })),
  fc.constant(undefined),
);
const measurement = fc
  .record({ name, value: fc.option(value), unit: fc.constantFrom('MB/s', '°C', undefined), limits })
  .map(measured);
const moment = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

const phase = fc
  .record({
    name,
    measurements: fc.uniqueArray(measurement, { maxLength: 5, selector: (one) => one.name }),
    cut: fc.option(fc.constantFrom<Outcome>('ERROR', 'TIMEOUT', 'ABORTED'), { freq: 5 }),
    message: words,
    started: moment,
    seconds: fc.double({ min: 0, max: 1e5, noNaN: true }),
    attempts: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ name, measurements, cut, message, ...times }) => {
    const ended: Partial<Phase> = cut === null ? {} : { outcome: cut, message };
    return phaseOf(name, measurements, { ...times, ...ended });
  });

/** Any record that a station could make. */
export const anyRecord: fc.Arbitrary<FactoryRecord> = fc
  .record({
    phases: fc.uniqueArray(phase, { maxLength: 6, selector: (one) => one.name }),
    operator: words,
    lot: fc.option(words, { nil: undefined }),
    started: moment,
    aborted: fc.boolean(),
  })
  .map(({ phases, operator, lot, started, aborted }) => {
    const whole = exampleRecord({ phases, lot, started });
    const outcome: Outcome = aborted ? 'ABORTED' : whole.outcome;
    return { ...whole, outcome, station: { ...whole.station, operator } };
  });
