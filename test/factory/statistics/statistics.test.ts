// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FailureRow, RunRow } from '../../../src/factory/index/readings.ts';
import { OUTCOMES, type Outcome } from '../../../src/factory/record/outcome.ts';
import { capability } from '../../../src/factory/statistics/capability.ts';
import { BASELINE, driftOf, ewmaChart } from '../../../src/factory/statistics/drift.ts';
import { pareto } from '../../../src/factory/statistics/pareto.ts';
import { statisticsOf } from '../../../src/factory/statistics/statistics.ts';
import { sectionsOf } from '../../../src/factory/statistics/tables.ts';
import { yieldBy, yieldOf } from '../../../src/factory/statistics/yield.ts';

function near(value: number | undefined, expected: number, within: number): void {
  assert.ok(Math.abs((value ?? Number.NaN) - expected) <= within, `${value} is not ${expected} ± ${within}`);
}

/** Runs in the order of time. */
function runsOf(...runs: [serial: string | null, outcome: Outcome, more?: Partial<RunRow>][]): RunRow[] {
  return runs.map(([serial, outcome, more], number) => ({
    ...{ number, id: `r${number}`, board: 'alix', list: 'quick', serial, lot: null, station: 'bench-1' },
    ...{ started: new Date(Date.UTC(2026, 10, 1, 0, number)).toISOString(), outcome, ...more },
  }));
}

const capabilities = suite('capability');

capabilities('gives the worked example of the NIST handbook, 6.1.6', () => {
  // USL = 20, LSL = 8, mean 16, standard deviation 2: Cp = 1.0, CPU = 0.6667, CPL = 1.3333.
  const values = [14, 16, 18];
  const both = capability(values, { least: 8, most: 20 });
  near(both?.mean, 16, 0);
  near(both?.deviation, 2, 1e-12);
  near(both?.cp, 1.0, 1e-12);
  near(both?.cpk, 0.6667, 5e-5);
  near(capability(values, { least: null, most: 20 })?.cpk, 0.6667, 5e-5);
  near(capability(values, { least: 8, most: null })?.cpk, 1.3333, 5e-5);
  assert.is(capability(values, { least: 8, most: null })?.cp, undefined);
});

capabilities('gives the certified mean and deviation of a NIST data set that is hard on digits', () => {
  // NumAcc2: 1001 values, mean 1.2, deviation 0.1.
  const values = [1.2, ...Array.from({ length: 500 }, () => [1.1, 1.3]).flat()];
  const figures = capability(values, { least: 0, most: null });
  near(figures?.mean, 1.2, 1e-12);
  near(figures?.deviation, 0.1, 1e-12);
  // NumAcc4: the same spread seven digits further down, mean 10000000.2.
  const far = [10_000_000.2, ...Array.from({ length: 500 }, () => [10_000_000.1, 10_000_000.3]).flat()];
  near(capability(far, { least: 0, most: null })?.deviation, 0.1, 1e-7);
});

capabilities('trusts few boards less than many', () => {
  const limits = { least: 8, most: 20 };
  const few = capability([14, 16, 18], limits);
  const many = capability(Array.from({ length: 100 }, () => [14, 16, 18]).flat(), limits);
  const room = (one: typeof few) => (one?.cpk ?? 0) - (one?.cpkAtLeast ?? 0);
  assert.ok(room(few) > 10 * room(many));
  // By hand: 1/(9*3) + (2/3)²/(2*2) = 0.037037 + 0.111111, its root 0.384900, times 1.6449.
  near(room(few), 0.63312, 1e-4);
});

capabilities('knows what it cannot tell', () => {
  assert.is(capability([1, 2], { least: 0, most: 3 }), undefined);
  assert.equal(capability([5, 5, 5], { least: 0, most: 9 }), { count: 3, mean: 5, deviation: 0 });
  assert.is(capability([1, 2, 3], { least: null, most: null })?.cpk, undefined);
  assert.ok((capability([11, 12, 13], { least: 0, most: 10 })?.cpk ?? 0) < 0, 'a mean out of limits');
});

capabilities.run();

const drifts = suite('drift');

/** NIST handbook, 6.3.2.4: centre 50, standard deviation 2.0539. */
const nist = [
  ...[52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5],
  ...[49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1],
];

drifts('gives the worked example of the NIST handbook, 6.3.2.4', () => {
  const chart = ewmaChart(nist, 50, 2.0539);
  near(chart.upper, 52.5884, 1e-4);
  near(chart.lower, 47.4115, 1e-4);
  const averages = [
    ...[50.0, 50.6, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33],
    ...[50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99],
  ];
  assert.is(chart.averages.length, averages.length);
  for (const [index, average] of averages.entries()) near(chart.averages[index], average, 0.0051);
});

/** Values that go to and fro around a mean. */
const around = (mean: number, count: number) =>
  Array.from({ length: count }, (_, n) => mean + (n % 2 === 0 ? 1 : -1));

drifts('is told with its direction and the board since which it is', () => {
  assert.is(driftOf(around(50, BASELINE)).state, 'unknown');
  assert.is(driftOf(around(50, 200)).state, 'steady');
  for (const [to, state] of [
    [53, 'up'],
    [47, 'down'],
  ] as const) {
    const drift = driftOf([...around(50, 100), ...around(to, 10)]);
    assert.is(drift.state, state);
    assert.ok((drift.since ?? 0) >= 100 && (drift.since ?? 0) < 104, `since ${drift.since}`);
  }
});

drifts('is over when values come back', () => {
  assert.is(driftOf([...around(50, 100), ...around(60, 10), ...around(50, 40)]).state, 'steady');
});

drifts.run();

const yields = suite('yield');

yields('counts a board once, by its first and its last finished run', () => {
  const runs = runsOf(
    ...([
      ['a', 'PASS'],
      ['b', 'FAIL'],
      ['b', 'PASS'],
      ['c', 'ABORTED'],
      ['c', 'PASS'],
      ['d', 'TIMEOUT'],
      ['d', 'FAIL'],
      [null, 'ERROR'],
      ['a', 'FAIL'],
    ] as [string | null, Outcome][]),
  );
  assert.equal(yieldOf(runs), {
    ...{ boards: 4, firstPass: 2, finalPass: 2, retested: 3, runs: 7, unfinished: 2 },
  });
});

yields('takes each test list by itself, and a board where its first run is', () => {
  const burn = { list: 'burn-in' };
  const other = { station: 'bench-2', started: '2026-11-02T00:00:00.000Z' };
  const runs = runsOf(['a', 'FAIL'], ['a', 'PASS', other], ['a', 'PASS', { ...burn, ...other }]);
  assert.is(yieldOf(runs).boards, 2);
  assert.equal(
    yieldBy(runs, ({ station }) => station).map((group) => [
      group.name,
      group.yield.boards,
      group.yield.firstPass,
      group.yield.retested,
    ]),
    [
      ['bench-1', 1, 0, 1],
      ['bench-2', 1, 1, 0],
    ],
  );
});

yields('counts every run and board once, however they are grouped', () => {
  const run = fc.tuple(fc.constantFrom('a', 'b', 'c', null), fc.constantFrom(...OUTCOMES), fc.nat(2));
  fc.assert(
    fc.property(fc.array(run), (drawn) => {
      const runs = runsOf(
        ...drawn.map(([s, o, n]) => [s, o, { station: `s${n}` }] as [typeof s, Outcome, object]),
      );
      const total = yieldOf(runs);
      const groups = yieldBy(runs, ({ station }) => station);
      for (const key of Object.keys(total) as (keyof typeof total)[])
        assert.is(
          groups.reduce((sum, group) => sum + group.yield[key], 0),
          total[key],
          key,
        );
      assert.ok(total.firstPass <= total.boards && total.retested <= total.boards);
      assert.is(total.runs + total.unfinished, runs.length);
    }),
  );
});

yields.run();

const faults = suite('pareto');

faults('has the most frequent first, with shares that add up', () => {
  const failure = (phase: string, measurement: string | null, outcome: Outcome = 'FAIL'): FailureRow => ({
    ...{ run: 1, phase, measurement, outcome },
  });
  const rows = pareto([
    failure('disk', 'read_rate'),
    failure('nic', null, 'TIMEOUT'),
    failure('disk', 'read_rate'),
    failure('disk', 'errors'),
  ]);
  assert.equal(rows, [
    { fault: 'disk/read_rate', count: 2, share: 0.5, cumulative: 0.5 },
    { fault: 'disk/errors', count: 1, share: 0.25, cumulative: 0.75 },
    { fault: 'nic (TIMEOUT)', count: 1, share: 0.25, cumulative: 1 },
  ]);
  assert.equal(pareto([]), []);
});

faults.run();

const statistics = suite('statisticsOf');

const series = { board: 'alix', list: 'quick', phase: 'disk', name: 'rate', unit: 'MB/s' };
const reading = (run: number, value: number, least: number | null = 15, most: number | null = null) => ({
  ...{ run, value, least, most },
});

statistics('takes one value of each board, and the newest limits', () => {
  const runs = runsOf(['a', 'FAIL'], ['b', 'PASS'], ['a', 'PASS'], ['c', 'PASS'], [null, 'ERROR']);
  const readings = [reading(3, 18, 16), reading(2, 99), reading(0, 14), reading(1, 16), reading(4, 1)];
  const [only, ...others] = statisticsOf({
    runs,
    failures: [],
    duplicates: [],
    measurements: [{ series, readings }],
  }).measurements;
  assert.equal(others, []);
  assert.equal(only?.values, [14, 16, 18]);
  assert.equal(only?.limits, { least: 16, most: null });
  near(only?.capability.cpk, 0, 0);
});

statistics('puts the measurement with the least room first, and leaves out exact ones', () => {
  const runs = runsOf(['a', 'PASS'], ['b', 'PASS'], ['c', 'PASS']);
  const of = (name: string, readings: ReturnType<typeof reading>[]) => ({
    series: { ...series, name },
    readings,
  });
  const measurements = [
    of('noted', [reading(0, 1, null), reading(1, 2, null), reading(2, 3, null)]),
    of('wide', [reading(0, 30), reading(1, 31), reading(2, 32)]),
    of('exact', [reading(0, 0, 0, 0), reading(1, 0, 0, 0), reading(2, 0, 0, 0)]),
    of('narrow', [reading(0, 16), reading(1, 17), reading(2, 18)]),
  ];
  const names = statisticsOf({ runs, failures: [], duplicates: [], measurements }).measurements.map(
    (one) => one.series.name,
  );
  assert.equal(names, ['narrow', 'wide', 'noted']);
});

statistics('names the board since which a measurement drifts', () => {
  const values = [...around(50, 100), ...around(60, 10)];
  const runs = runsOf(...values.map((_, n) => [`s${n}`, 'PASS'] as [string, Outcome]));
  const readings = values.map((value, run) => reading(run, value));
  const [only] = statisticsOf({
    runs,
    failures: [],
    duplicates: [],
    measurements: [{ series, readings }],
  }).measurements;
  assert.is(only?.drift.state, 'up');
  assert.is(only?.driftsSince, 's100');
});

statistics('has tables of what there is to tell, duplicates among them', () => {
  const duplicates = [{ what: 'mac', value: '00:0d:b9:00:00:01', with: ['s1', 's2'] }] as const;
  const readings = { runs: runsOf(['a', 'PASS']), failures: [], measurements: [] };
  const ids = (of: typeof duplicates | []) =>
    sectionsOf(statisticsOf({ ...readings, duplicates: of })).map(({ id }) => id);
  const always = ['yield', 'yield-list', 'yield-day', 'yield-station', 'yield-lot'];
  assert.equal(ids([]), always);
  assert.equal(ids(duplicates), [...always, 'duplicates']);
  const [table] = sectionsOf(statisticsOf({ ...readings, duplicates })).slice(-1);
  assert.equal(table?.table.rows, [['MAC address', '00:0d:b9:00:00:01', 's1, s2']]);
});

statistics.run();
