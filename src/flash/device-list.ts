// SPDX-License-Identifier: MIT
/**
 * Which disks may be written. A card or stick may; a fixed disk only when it is named and meant; what carries the
 * running system never, by no option. Decides from facts alone (`lsblk --json`, sysfs, mounts), so that trees of other
 * machines are tests.
 */

/** A node of `lsblk --json --bytes`, as far as it is asked for. */
export interface LsblkNode {
  readonly name: string;
  readonly path: string;
  readonly type: string;
  readonly size: number;
  readonly rm: boolean;
  readonly hotplug: boolean;
  readonly ro: boolean;
  readonly tran: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly mountpoints: readonly (string | null)[];
  readonly 'maj:min': string;
  readonly 'log-sec': number;
  readonly children?: readonly LsblkNode[];
}

/** A line of /proc/self/mountinfo. */
export interface Mount {
  /** `8:1` */
  readonly device: string;
  readonly point: string;
}

export interface DiskFacts {
  readonly tree: readonly LsblkNode[];
  readonly mounts: readonly Mount[];
  /** By name: `SD` or `MMC`, of /sys/block/mmcblkN/device/type. */
  readonly mmcTypes: Readonly<Record<string, string>>;
}

export type Verdict =
  /** A card or stick. */
  | 'removable'
  /** Only with `--fixed`, and its model typed in. */
  | 'fixed'
  /** Never. */
  | 'refused';

export interface Disk {
  readonly path: string;
  readonly size: number;
  readonly model: string;
  readonly serial: string;
  /** How it is connected: `usb`, `sata`, `mmc` …; empty when unknown. */
  readonly transport: string;
  readonly sectorSize: number;
  readonly verdict: Verdict;
  /** Why it is not just a card; for people. */
  readonly reason: string;
  /** Where file systems of it are mounted. */
  readonly mounted: readonly string[];
  /** `maj:min` of the disk and all that is on it. */
  readonly devices: readonly string[];
}

/** Where a system lives that runs, also one that was started from a stick. */
const SYSTEM_PLACES = [
  '/',
  '/boot',
  '/boot/efi',
  '/efi',
  '/etc',
  '/home',
  '/nix',
  '/opt',
  '/root',
  '/srv',
  '/usr',
  '/var',
  '[SWAP]',
];
const LIVE_PLACES = [
  '/cdrom',
  '/run/live',
  '/lib/live',
  '/run/initramfs',
  '/run/archiso',
  '/run/miso',
  '/isodevice',
];

/** What holds a disk by being built on it: closing it is its owner's to say. */
const HOLDERS: Readonly<Record<string, string>> = {
  crypt: 'an open encrypted volume',
  lvm: 'an active logical volume',
  mpath: 'a multipath device',
  dm: 'a device-mapper device',
};

/** All disks that one might think of, cards first. Readers without a card are left out. */
export function listDisks(facts: DiskFacts): Disk[] {
  const order: Record<Verdict, number> = { removable: 0, fixed: 1, refused: 2 };
  return facts.tree
    .filter(({ type, size }) => (type === 'disk' || type === 'loop') && size > 0)
    .map((node) => describeDisk(node, facts))
    .sort((a, b) => order[a.verdict] - order[b.verdict] || a.path.localeCompare(b.path));
}

function describeDisk(node: LsblkNode, facts: DiskFacts): Disk {
  const all = below(node);
  const devices = all.map((one) => one['maj:min']);
  const mounted = [
    ...new Set([
      ...all.flatMap(({ mountpoints }) => mountpoints.filter((point) => point !== null)),
      ...facts.mounts.filter(({ device }) => devices.includes(device)).map(({ point }) => point),
    ]),
  ];
  const transport = node.tran ?? (node.name.startsWith('mmcblk') ? 'mmc' : '');
  return {
    ...{ path: node.path, size: node.size, transport, sectorSize: node['log-sec'], mounted, devices },
    model: node.model?.trim() || (node.type === 'loop' ? 'loop device' : 'unknown model'),
    serial: node.serial?.trim() ?? '',
    ...judge(node, all, mounted, facts),
  };
}

function judge(
  node: LsblkNode,
  all: readonly LsblkNode[],
  mounted: readonly string[],
  { mmcTypes }: DiskFacts,
): Pick<Disk, 'verdict' | 'reason'> {
  const system = mounted.find(isSystemPlace);
  if (system !== undefined) return { verdict: 'refused', reason: `carries the running system (${system})` };
  if (node.ro)
    return { verdict: 'refused', reason: 'is read-only: look for a switch on the card or its adapter' };
  const holder = all.find(({ type }) => type in HOLDERS || type.startsWith('raid') || type.startsWith('md'));
  if (holder) {
    const what = HOLDERS[holder.type] ?? 'a RAID array';
    return { verdict: 'refused', reason: `carries ${what} (${holder.path}); close it first` };
  }
  if (/^(?:zram|ram|fd|sr)\d/.test(node.name)) return { verdict: 'refused', reason: 'is no card' };
  if (/^mmcblk\d+(?:boot\d|rpmb)$/.test(node.name))
    return { verdict: 'refused', reason: 'is a hardware area of an eMMC' };
  if (node.name.startsWith('mmcblk') && mmcTypes[node.name] === 'SD')
    return { verdict: 'removable', reason: '' };
  if (node.name.startsWith('mmcblk')) return { verdict: 'fixed', reason: 'is soldered in (eMMC)' };
  if (node.rm || node.hotplug || node.tran === 'usb') return { verdict: 'removable', reason: '' };
  return { verdict: 'fixed', reason: 'is not removable' };
}

function isSystemPlace(point: string): boolean {
  return (
    SYSTEM_PLACES.includes(point) ||
    LIVE_PLACES.some((place) => point === place || point.startsWith(`${place}/`))
  );
}

function below(node: LsblkNode): LsblkNode[] {
  return [node, ...(node.children ?? []).flatMap(below)];
}
