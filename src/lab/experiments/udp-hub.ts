// SPDX-License-Identifier: MIT
/** A hub with many branches on one UDP port: what an idle one costs, and that none disturbs another. */
import { readFileSync } from 'node:fs';
import { experiment } from '../experiment.ts';

const script = (name: string) => readFileSync(new URL(`kernel/${name}.sh`, import.meta.url), 'utf8');

/** KiB of kernel memory for an idle branch; see issue 13. */
const MOST = 40;

export default experiment({
  name: 'udp-hub',
  title: 'A hub with many idle branches',
  source: 'issue 13',
  about:
    'Links of one UDP leg each, all by one port of the hub, with a key of its own for each. Memory is what is free less, with caches dropped; what a session ' +
    'takes at both ends counts as the hub’s, since both are in one kernel here.',
  parameters: { branches: [100, 1000] },
  figures: {
    idle: { unit: 'KiB for an idle branch', digits: 1 },
    waiting: { unit: 'KiB for one that was never heard', digits: 1 },
    ready: { unit: 's until all are there after an outage', digits: 1 },
    failed: { unit: 'checks', digits: 0 },
  },
  topology: () => 'a -- b',
  deadline: 1200,
  play(lab, { branches }) {
    const run = lab.shell(
      'a',
      `set +e\nBRANCHES=${branches}\n${script('checks')}\n${script('udp-hub')}\nexit 0`,
    );
    return () => {
      const lines = run.output().split('\n');
      const failed = lines.filter((one) => one.startsWith('not ok '));
      for (const line of failed) console.error(`${branches} branches: ${line}`);
      const figure = (name: string) => {
        const line = lines.find((one) => one.startsWith(`${name} `));
        return line === undefined ? undefined : Number(line.slice(name.length)) / 100;
      };
      return {
        waiting: figure('waiting'),
        idle: figure('idle'),
        ready: figure('ready'),
        failed: failed.length,
      };
    };
  },
  limit: () => MOST,
  limitIs: 'KiB of kernel memory that an idle branch may take',
  goal({ idle = Number.POSITIVE_INFINITY, failed = 0 }) {
    if (failed > 0) return `${failed} checks failed`;
    return idle > MOST ? `more than ${MOST} KiB for an idle branch` : undefined;
  },
});
