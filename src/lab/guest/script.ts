// SPDX-License-Identifier: MIT
import type { DrawnEvent } from '../topology/drawing.ts';
import type { Network } from '../topology/network.ts';
import { captureDevice, changeScript, setupScript, traceLinesScript, WIRE } from '../topology/setup.ts';
import { CLOCK, captureLine } from '../workload/trace.ts';
import { CLOCK_LINE } from './clock.ts';

export interface RunPlan {
  readonly network: Network;
  readonly seed: number;
  /** Kernel modules in the order of loading, as files below /lab. */
  readonly modules: readonly string[];
  /** Lines of the workload; the links' changes count their time from the end of `setUp`. */
  readonly setUp: readonly string[];
  readonly workload: readonly string[];
  /** Links whose packets are kept in `out/<link>.pcap`. */
  readonly traces: readonly string[];
  /** Simulated seconds after which a run that has not ended is given up. */
  readonly deadline: number;
  /** Gives a shell instead of running the workload. */
  readonly shell: boolean;
}

/** The script that the guest's first process runs: network, boxes, workload with the links' changes, counters. */
export function runScript(plan: RunPlan): string {
  const { network, seed, modules, setUp, workload, traces, deadline, shell } = plan;
  const boxes = network.nodes.filter(({ box }) => box);
  const plain = network.nodes.filter(({ box }) => !box).map(({ name }) => name);
  const giveUp = `( sleep ${deadline}; finish "the workload had not ended after ${deadline} simulated seconds" ) &`;
  return [
    ...(shell ? [] : [giveUp, CLOCK_LINE]),
    ...modules.map((file) => `insmod /lab/${file} || finish "the kernel refused the module ${file}"`),
    "trap 'finish the network could not be set up' EXIT",
    'set -e',
    ...setupScript(network, seed),
    ...traceLinesScript(network),
    'set +e',
    'trap - EXIT',
    ...boxes.map(({ name }) => `start_box ${name}`),
    ...boxes.map(({ name }) => `await_box ${name}`),
    ...traces.flatMap((link) => traceLine(network, link)),
    ...(shell ? [] : setUp),
    `printf %s "$(date +%s%N)" >/lab/out/${CLOCK}`,
    ...(traceLinesScript(network).length > 0 ? ['restart_traces'] : []),
    ...eventLines(network),
    ...(shell ? shellLines(network) : workload),
    'end_all',
    ...[WIRE, ...plain, ...boxes.map(({ name }) => name)].flatMap(counterLines),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function traceLine(network: Network, link: string): string[] {
  const where = captureDevice(network, link);
  return where ? captureLine(link, where.namespace, where.device) : [];
}

/** Each change in a process of its own that sleeps until its time. */
function eventLines(network: Network): string[] {
  const traits = new Map(network.links.map((link) => [link.name, link.traits]));
  return [...network.events]
    .sort((a, b) => a.at - b.at)
    .flatMap(({ at, link, change }: DrawnEvent) => {
      const before = traits.get(link) ?? {};
      if (typeof change !== 'string') traits.set(link, { ...before, ...change });
      return ['(', `sleep ${at / 1000}`, ...changeScript(network, link, before, change), ') &'];
    });
}

function counterLines(namespace: string): string[] {
  return [
    `ip -n ${namespace} -s -j link show >/lab/out/${namespace}.links`,
    `nsenter --net=/run/netns/${namespace} nstat -asj >/lab/out/${namespace}.nstat`,
  ];
}

/** A shell that knows the functions of prelude.sh, with the terminal as its own. */
function shellLines({ nodes, links }: Network): string[] {
  const names = nodes.map(({ name }) => name).join(' ');
  return [
    `echo; echo 'Nodes: ${names}. Links: ${links.map(({ name }) => name).join(' ')}, in ${WIRE}.'`,
    "echo 'in_node NODE COMMAND... runs a command in one; exit ends the guest.'",
    "ENV=/lab/prelude.sh PS1='lab# ' setsid --ctty --wait sh -i </dev/tty0 >/dev/tty0 2>&1",
  ];
}
