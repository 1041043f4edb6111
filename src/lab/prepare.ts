// SPDX-License-Identifier: MIT
/** The folder of a run: everything that the guest reads, and where its results come. */
import { chmod, copyFile, cp, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../appliance/config.ts';
import { describe } from '../appliance/problems.ts';
import type { Config } from '../appliance/schema.ts';
import { UsageError } from '../image/errors.ts';
import { type Cell, describeValues, type Figures } from './experiment.ts';
import type { GuestOptions } from './guest/guest.ts';
import { runScript } from './guest/script.ts';
import type { LabOutputs } from './outputs.ts';
import { readDeliveryTrace } from './topology/delivery-trace.ts';
import { readDrawing } from './topology/drawing.ts';
import { type Network, networkOfDrawing } from './topology/network.ts';
import { deliveryTraceFile } from './topology/setup.ts';
import { Results } from './workload/results.ts';
import { Workload } from './workload/workload.ts';

export interface PrepareOptions {
  readonly outputs: LabOutputs;
  /** Folder of the run, made anew. */
  readonly folder: string;
  readonly seed: number;
  readonly realTime: boolean;
  /** Links to trace besides those that the experiment traces. */
  readonly traces: readonly string[];
}

export interface PreparedCell {
  readonly guest: Omit<GuestOptions, 'deadline' | 'signal'>;
  /** Reads the figures when the guest has ended. */
  readonly read: () => Figures;
  /** Simulated seconds that the workload may take. */
  readonly deadline: number;
}

/** Simulated seconds that a cell may take when its experiment does not say. */
const DEADLINE = 900;

/** Makes a cell's network, workload and scripts; with `shell` a shell takes the workload's place. */
export async function prepareCell(
  { experiment, values }: Cell,
  { outputs, folder, seed, realTime, traces }: PrepareOptions,
  shell: boolean,
): Promise<PreparedCell> {
  const yaml = experiment.boxes?.(values) ?? {};
  const configs = checkBoxes(yaml, `${experiment.name} ${describeValues(values)}`);
  const network = networkOfDrawing(readDrawing(experiment.topology(values)), configs);
  const workload = new Workload(network, new Results(join(folder, 'out')));
  const read = experiment.play(workload, values);
  for (const name of traces) workload.trace(name);
  const deadline = experiment.deadline ?? DEADLINE;
  await prepareFolder(folder, outputs);
  await writeBoxes(join(folder, 'boxes'), network, yaml);
  await writeKeys(join(folder, 'boxes'), experiment.keys ?? {});
  await copyDeliveryTraces(folder, network);
  const script = runScript({
    ...{ network, seed, deadline, shell },
    modules: outputs.modules.map((path) => `modules/${basename(path)}`),
    setUp: workload.lines.slice(0, workload.setUpLines),
    workload: workload.lines.slice(workload.setUpLines),
    traces: [...workload.traces],
  });
  await writeFile(join(folder, 'run.sh'), script);
  const { guest, kernel, kernelArguments, root } = outputs;
  return { guest: { guest, kernel, kernelArguments, root, folder, seed, realTime }, read, deadline };
}

function checkBoxes(yaml: Readonly<Record<string, string>>, where: string): Map<string, Config> {
  const configs = new Map<string, Config>();
  for (const [node, text] of Object.entries(yaml)) {
    const parsed = parseConfig(text);
    if (!parsed.ok) {
      throw new UsageError(`${where}, plait.yaml of ${node}:\n${parsed.problems.map(describe).join('\n')}`);
    }
    configs.set(node, parsed.config);
  }
  return configs;
}

const guestDir = fileURLToPath(new URL('guest/', import.meta.url));
const udhcpcScript = fileURLToPath(new URL('../../overlay/usr/lib/plait/udhcpc.script', import.meta.url));

async function prepareFolder(folder: string, outputs: LabOutputs): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const dir of ['out', 'boxes', 'modules', 'bin']) await mkdir(join(folder, dir), { recursive: true });
  for (const name of ['prelude.sh', 'box-ready.jq']) await copyFile(join(guestDir, name), join(folder, name));
  await copyFile(udhcpcScript, join(folder, 'boxes/udhcpc.script'));
  await chmod(join(folder, 'boxes/udhcpc.script'), 0o755);
  for (const path of outputs.modules) await copyFile(path, join(folder, 'modules', basename(path)));
  // Else a relative link would become one to a path that the guest does not see.
  await cp(outputs.programs, join(folder, 'bin'), { recursive: true, verbatimSymlinks: true });
  await copyFile(outputs.agent, join(folder, 'bin/plaitctl'));
  await link(join(folder, 'bin/plaitctl'), join(folder, 'bin/plaitd'));
  // Time is simulated here, and nobody could be asked for it.
  await writeFile(join(folder, 'bin/ntpd'), '#!/bin/sh\nexec sleep 1000000\n', { mode: 0o755 });
}

/** The delivery traces of links, checked, where the guest's script reads them. */
async function copyDeliveryTraces(folder: string, { links }: Network): Promise<void> {
  for (const link of links.filter(({ traits }) => traits.trace)) {
    for (const way of ['right', 'left'] as const) {
      const { path } = readDeliveryTrace(link.traits.trace?.[way] ?? '');
      const to = join(folder, deliveryTraceFile(link, way));
      await mkdir(dirname(to), { recursive: true });
      await copyFile(path, to);
    }
  }
}

/** What a box finds: its plait.yaml, and the facts of its board. */
async function writeBoxes(
  folder: string,
  { nodes }: Network,
  yaml: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { name, ports } of nodes.filter(({ box }) => box)) {
    await writeFile(join(folder, `${name}.yaml`), yaml[name] ?? '');
    await writeFile(join(folder, `${name}.json`), JSON.stringify({ board: 'lab', ports }));
  }
}

/** A folder of private keys for each box that has some, as the agent finds them. */
async function writeKeys(folder: string, keys: NonNullable<Cell['experiment']['keys']>): Promise<void> {
  for (const [node, files] of Object.entries(keys)) {
    const to = join(folder, `${node}.keys`);
    await mkdir(to, { mode: 0o700 });
    for (const [name, key] of Object.entries(files))
      await writeFile(join(to, name), `${key}\n`, { mode: 0o600 });
  }
}
