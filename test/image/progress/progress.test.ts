// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BuildEvent } from '../../../src/image/progress/events.ts';
import { duration, size } from '../../../src/image/progress/format.ts';
import { jsonProgress } from '../../../src/image/progress/json.ts';
import { plainProgress } from '../../../src/image/progress/plain.ts';
import { Remaining } from '../../../src/image/progress/remaining.ts';
import { status } from '../../../src/image/progress/terminal.ts';

/** A build that compiles a kernel, finds a damaged package, and ends well. */
const build: BuildEvent[] = [
  { event: 'build-start', board: 'alix', engine: 'debian', version: '0.1.0' },
  { event: 'packages-install', packages: ['bc', 'flex'] },
  { event: 'fetch', what: 'busybox 1:1.37.0-6' },
  { event: 'fetched', what: 'busybox 1:1.37.0-6', seconds: 0.84 },
  { event: 'plan', stages: [{ stage: 'kernel', seconds: 200, after: [] }] },
  { event: 'stage-start', stage: 'kernel' },
  { event: 'stage-line', stage: 'kernel', line: '  CC      init/main.o' },
  { event: 'stage-damaged', stage: 'package:busybox', file: 'root/bin/busybox' },
  { event: 'stage-built', stage: 'kernel', seconds: 185.4 },
  { event: 'stage-cached', stage: 'disk' },
  {
    event: 'build-done',
    board: 'alix',
    out: 'out/alix',
    files: [{ name: 'plait-alix.img', size: 85_983_232 }],
    summary: ['slot  9000 kB  56 % of its limit'],
    last: ['NEW SIGNING KEY'],
    seconds: 190.2,
    downloads: 0.84,
    built: 1,
  },
];

function show(make: (write: (text: string) => void) => { on(event: BuildEvent): void }): string {
  let text = '';
  const progress = make((part) => {
    text += part;
  });
  for (const event of build) progress.on(event);
  return text;
}

const plain = suite('plainProgress');

plain('tells a build in lines', () => {
  assert.is(
    show((write) => plainProgress(write, false)),
    [
      'plait 0.1.0: building the image for alix, engine debian',
      'installing Debian packages: bc flex',
      'fetched busybox 1:1.37.0-6 (0.8 s)',
      '1 stage to build',
      'package:busybox: its copy in the cache is damaged (root/bin/busybox); building it again',
      'kernel (3 min 05 s)',
      'slot  9000 kB  56 % of its limit',
      'out/alix:',
      '     86.0 MB  plait-alix.img',
      'done in 3 min 10 s: 1 stage built, downloads took 0.8 s of it',
      'NEW SIGNING KEY',
      '',
    ].join('\n'),
  );
});

plain('shows what the stages say only when asked to', () => {
  const line = 'kernel |   CC      init/main.o\n';
  assert.not.match(
    show((write) => plainProgress(write, false)),
    line,
  );
  assert.match(
    show((write) => plainProgress(write, true)),
    line,
  );
});

plain.run();

const json = suite('jsonProgress');

json('writes each event as one line of JSON with its time', () => {
  const now = () => new Date('2026-01-02T03:04:05Z');
  const lines = show((write) => jsonProgress(write, true, now))
    .trimEnd()
    .split('\n');
  const time = '2026-01-02T03:04:05.000Z';
  assert.equal(
    lines.map((line) => JSON.parse(line)),
    build.map((event) => ({ time, ...event })),
  );
});

json('leaves the lines of stages out unless asked for', () => {
  assert.not.match(
    show((write) => jsonProgress(write, false)),
    'stage-line',
  );
});

json.run();

const remaining = suite('Remaining');

/** A plan: kernel 100 s; two packages of 20 s after a toolchain of 30 s; an image of 10 s after all. */
function planned(): Remaining {
  const it = new Remaining(2);
  const stages = [
    { stage: 'kernel', seconds: 100, after: [] },
    { stage: 'toolchain', seconds: 30, after: [] },
    { stage: 'a', seconds: 20, after: ['toolchain'] },
    { stage: 'b', seconds: 20, after: ['toolchain'] },
    { stage: 'image', seconds: 10, after: ['kernel', 'a', 'b'] },
  ];
  it.on({ event: 'plan', stages }, 0);
  return it;
}

remaining('is never less than the longest chain of stages', () => {
  assert.is(planned().left(0), 110_000);
});

remaining('shares the work when no chain is long', () => {
  const it = new Remaining(2);
  const stages = ['a', 'b', 'c', 'd'].map((stage) => ({ stage, seconds: 10, after: [] }));
  it.on({ event: 'plan', stages }, 0);
  assert.is(it.left(0), 20_000);
});

remaining('shrinks while a stage is at work, and by what is finished', () => {
  const it = planned();
  it.on({ event: 'stage-start', stage: 'kernel' }, 0);
  assert.is(it.left(40_000), 70_000);
  it.on({ event: 'stage-built', stage: 'kernel', seconds: 50 }, 50_000);
  assert.is(it.left(50_000), 60_000);
  assert.equal([it.done, it.total], [1, 5]);
});

remaining('does not become negative when a stage takes longer than expected', () => {
  const it = planned();
  for (const stage of ['kernel', 'toolchain', 'a', 'b', 'image']) it.on({ event: 'stage-start', stage }, 0);
  assert.is(it.left(1e9), 0);
});

remaining('counts a stage that was not planned', () => {
  const it = planned();
  it.on({ event: 'stage-start', stage: 'damaged' }, 0);
  assert.is(it.total, 6);
});

remaining('is shown with the stages at work', () => {
  const it = planned();
  it.on({ event: 'stage-start', stage: 'kernel' }, 0);
  assert.is(
    status(it, 0, undefined, 40_000),
    '  0 of 5 stages, 40 s elapsed, about 1 min 10 s left\n  > kernel: 40 s of about 1 min 40 s',
  );
  assert.is(status(it, 0, 'index of trixie', 1000), '  fetching index of trixie … 1.0 s elapsed');
});

remaining.run();

const units = suite('duration and size');

units('are short and exact enough', () => {
  assert.equal([0.04, 9.94, 10.4, 59.6, 185].map(duration), [
    '0.0 s',
    '9.9 s',
    '10 s',
    '1 min 00 s',
    '3 min 05 s',
  ]);
  assert.equal([0, 999, 14_200, 85_983_232].map(size), ['0 B', '999 B', '14.2 kB', '86.0 MB']);
});

units.run();
