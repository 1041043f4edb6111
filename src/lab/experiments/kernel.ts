// SPDX-License-Identifier: MIT
/** What the kernel modules promise to whoever sets up a device: scripts in `kernel/`, each line of which is a check. */
import { readFileSync } from 'node:fs';
import { experiment } from '../experiment.ts';

const script = (name: string) => readFileSync(new URL(`kernel/${name}.sh`, import.meta.url), 'utf8');

/** Scripts, with what they are told. */
const checks = {
  rtnetlink: { script: 'rtnetlink', variables: '' },
  addresses: { script: 'addresses', variables: '' },
  'no device': { script: 'no-device', variables: '' },
  'loop, earliest': { script: 'loop', variables: 'SCHEDULER=earliest QDISC=default' },
  'loop, earliest, noqueue': { script: 'loop', variables: 'SCHEDULER=earliest QDISC=noqueue' },
  'loop, weighted': { script: 'loop', variables: 'SCHEDULER=weighted QDISC=default' },
  'loop, weighted, pfifo': { script: 'loop', variables: 'SCHEDULER=weighted QDISC=pfifo' },
  squeeze: { script: 'squeeze', variables: '' },
  queues: { script: 'queues', variables: '' },
  sums: { script: 'sums', variables: '' },
  codel: { script: 'codel', variables: '' },
  links: { script: 'links', variables: '' },
  rules: { script: 'rules', variables: '' },
  'UDP legs': { script: 'udp-legs', variables: '' },
} as const;

/** Those of a few seconds. */
const quick: readonly string[] = Object.keys(checks).filter((check) =>
  /^(rtnetlink|loop|rules|UDP)/.test(check),
);

export default experiment({
  name: 'kernel',
  title: 'What the kernel modules promise',
  about:
    'Devices are made, set, misused and shown by ip, /proc and ethtool. A leg that is no device carries packets, too. Loops: the default route leads into the device, and its ' +
    'tunnel has no device of its own to send by; that ends with the first packet, whatever scheduler and queueing discipline, ' +
    'and the leg lives again when it has a route.',
  parameters: { check: Object.keys(checks) as (keyof typeof checks)[] },
  quick: ({ check }) => quick.includes(check),
  figures: { failed: { unit: 'checks', digits: 0 }, passed: { unit: 'checks', digits: 0 } },
  topology: () => 'a -- b',
  play(lab, { check }) {
    const { script: name, variables } = checks[check];
    // Each check says for itself whether it failed.
    const run = lab.shell('a', `set +e\n${variables}\n${script('checks')}\n${script(name)}\nexit 0`);
    return () => {
      const lines = run.output().split('\n');
      for (const line of lines.filter((one) => one.startsWith('not ok '))) console.error(`${check}: ${line}`);
      return {
        failed: lines.filter((one) => one.startsWith('not ok ')).length,
        passed: lines.filter((one) => one.startsWith('ok ')).length,
      };
    };
  },
  goal({ failed = 0, passed = 0 }) {
    if (failed > 0) return `${failed} checks failed`;
    return passed === 0 ? 'no check was made' : undefined;
  },
});
