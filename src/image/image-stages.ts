// SPDX-License-Identifier: MIT
import { fileURLToPath } from 'node:url';
import { imageToolsStage } from './archive-tools.ts';
import type { Board } from './board.ts';
import type { BootFacts } from './boot/grub-config.ts';
import { grubStages } from './boot/grub-tools.ts';
import { loaderStage } from './boot/loader-stage.ts';
import { pxeStage } from './boot/pxe-stage.ts';
import { bundleStage } from './bundle/bundle-stage.ts';
import { sourceKey } from './cache.ts';
import { buildRevision } from './checkout.ts';
import { dataPartitionStage } from './disk/data-partition.ts';
import { diskStage } from './disk/disk-stage.ts';
import { efiPartitionStage } from './disk/efi-partition.ts';
import { type DiskLayout, readLayout } from './disk/layout.ts';
import { qcow2Stage } from './disk/qcow2-stage.ts';
import { statePartitionStage } from './disk/state-partition.ts';
import type { BomEntry, EngineParts } from './engine/engine.ts';
import { isaGates } from './isa-gate/gate-stage.ts';
import type { ImageContext } from './pipeline.ts';
import { provenanceStage } from './provenance/provenance-stage.ts';
import { ownParts } from './reports/own-parts.ts';
import { reportsStage } from './reports/reports-stage.ts';
import { overlayDir, rootfsStage } from './rootfs/rootfs-stage.ts';
import type { PackageInfo } from './sources/sources.ts';
import { squashfsStage } from './squashfs/squashfs-stage.ts';
import { hashTree, hashValue, type Stage } from './stage.ts';

const repositoryDir = fileURLToPath(new URL('../..', import.meta.url));

/**
 * What is common to all engines: root file system → gate → squashfs → disk, bundle → reports. Gives the stages whose
 * outputs together are what is published.
 */
export async function imageStages(board: Board, parts: EngineParts, context: ImageContext): Promise<Stage[]> {
  const { sources, version, minVersion } = context;
  const name = `plait-${board.name}`;
  const layout = await readLayout(board);
  const { key, trusted } = context.keys;
  const build = await buildId(board, parts, version);
  const tools = await imageToolsStage(sources);
  const bootState = await statePartitionStage(layout.partitions.state, tools);
  const rootfs = await rootfsStage({
    board,
    layout,
    parts,
    bootState,
    tools,
    version,
    minVersion,
    build,
    updateKeys: [key.publicPem, ...trusted.map(({ pem }) => pem)],
  });
  const gate = await isaGates(board, parts, rootfs);
  const squashfs = await squashfsStage({ rootfs, gates: [gate], limit: layout.slotLimit, tools });
  const grub = await grubStages(sources, board.firmware);
  const boot = bootFacts(board, layout);
  const loader = await loaderStage(boot, grub);
  const data = await dataPartitionStage(layout, tools);
  const { efi } = layout.partitions;
  const disk = await diskStage({
    layout,
    loader,
    ...(efi ? { efi: await efiPartitionStage(efi, loader, tools) } : {}),
    state: bootState,
    squashfs,
    data,
    tools,
    name,
  });
  const disks = [disk, ...(board.disk.formats.includes('qcow2') ? [await qcow2Stage(disk, name)] : [])];
  const bundle = await bundleStage({ board, version, squashfs, key, name });
  const { console, cmdline } = boot;
  const pxe = board.firmware.includes('bios')
    ? [await pxeStage({ facts: { console, cmdline }, grub, kernel: parts.kernel, squashfs, name })]
    : [];
  const bom = [...parts.bom, ...(await ownParts(version, grub))];
  const facts = {
    version,
    revision: await buildRevision(repositoryDir),
    buildId: build,
    packages: sources.used,
    engine: { name: context.engine, ...parts.facts },
  };
  const reports = await reportsStage({
    ...facts,
    board,
    bom,
    slotLimit: layout.slotLimit,
    rootfs,
    gate,
    squashfs,
    published: [...disks, bundle, ...pxe],
  });
  const published = [...disks, bundle, ...pxe, reports, ...(parts.reports ?? [])];
  const others = otherSources(bom, facts.packages);
  return [...published, await provenanceStage({ ...facts, board: board.name, others, key, published })];
}

/** Sources that are not Debian's: those of engine buildroot, from upstream or a directory. */
function otherSources(bom: readonly BomEntry[], packages: readonly PackageInfo[]): BomEntry['sources'] {
  const debian = new Set(packages.flatMap(({ files }) => files.map(({ sha256 }) => sha256)));
  return bom
    .flatMap(({ sources }) => sources.map(({ name, sha256 }) => ({ name, sha256 })))
    .filter(({ sha256 }) => !debian.has(sha256));
}

function bootFacts(board: Board, layout: DiskLayout): BootFacts {
  const { unit, speed, screen } = board.console;
  const cmdline = [
    'rootfstype=squashfs',
    'ro',
    // A disk that does not show up is a failed try, and not the end.
    'rootwait=20',
    ...(screen ? ['console=tty0'] : []),
    // The last one is /dev/console, where boot scripts and the agent write to.
    `console=ttyS${unit},${speed}n8`,
    'quiet',
    'panic=10',
    ...board.kernel.cmdline,
  ];
  return { layout, console: board.console, cmdline };
}

/** Names the state of everything in the image, without the build machine's own: twelve hexadecimal digits. */
async function buildId(board: Board, parts: EngineParts, version: string): Promise<string> {
  const stages = [...parts.packages, parts.kernel, parts.modules, parts.agent];
  const keys = stages.map((stage) => sourceKey(stage));
  return hashValue({ board: board.name, version, keys, overlay: await hashTree([overlayDir]) }).slice(0, 12);
}
