// SPDX-License-Identifier: MIT
/**
 * Bundles on USB sticks. A stick is somebody else's: it is mounted read-only, and nothing on it is run, is a device or gives rights.
 * Programs of their own read it, so that a stick that answers slowly, or is pulled out, keeps the agent from nothing.
 */
import { DISK } from '../paths.ts';
import { errorText } from '../ports.ts';
import { UpgradeError } from './job-states.ts';
import { GENTLY } from './programs.ts';
import type { SpoolPorts } from './spool.ts';

const MOUNTS = '/run/plait/usb';
/** A stick may take its time to wake up, and no longer (ms). */
const LONGEST = 30_000;
/** Disks and partitions that are looked at. */
const MOST_PLACES = 16;
/**
 * File systems that are tried, as far as the kernel has them. ext4 takes ext2 and ext3, too; its journal would be played back, which
 * writes; and the medium itself may ask for a panic when it is damaged.
 */
const FILE_SYSTEMS: Readonly<Record<string, string>> = {
  vfat: 'errors=continue',
  ext4: 'noload,errors=continue',
};
const SAFELY = 'ro,nosuid,nodev,noexec';
/** Names that can be shown and typed. */
const NAME = /^[\w.+-]{1,100}\.swu$/;

export interface StickBundle {
  /** Where it can be read while the stick is mounted. */
  path: string;
  /** Of the file, and of the disk or partition that it is on. */
  name: string;
  place: string;
}

/** `usb`, or `usb:NAME` of a bundle. */
export function isOnStick(path: string): boolean {
  return path === 'usb' || path.startsWith('usb:');
}

/**
 * Finds the bundle that is meant, and hands it to `use` while its stick is mounted. Throws an UpgradeError: for none and for several
 * that could be meant, and when the stick is gone.
 */
export async function withStickBundle<T>(
  ports: SpoolPorts,
  path: string,
  board: string,
  use: (bundle: StickBundle) => Promise<T>,
): Promise<T> {
  const places = await usbPlaces(ports);
  if (places.length === 0)
    throw notFound('there is no USB stick; plug one in, wait five seconds, and say it again');
  const mounted: string[] = [];
  try {
    for (const place of places) if (await mountPlace(ports, place)) mounted.push(place);
    if (mounted.length === 0)
      throw notFound(
        `${places.join(', ')}: no file system that this board reads (${fileSystems(ports).join(', ')})`,
      );
    const bundles: StickBundle[] = [];
    for (const place of mounted) bundles.push(...(await bundlesOn(ports, place)));
    const chosen = choose(bundles, path.slice('usb:'.length), board, mounted);
    return await use(chosen).catch((error) => {
      throw isThere(ports, chosen.place) ? error : pulledOut(chosen, error);
    });
  } finally {
    for (const place of mounted) await unmountPlace(ports, place);
  }
}

/** Partitions of USB disks, or the disks that have none; never the disk that the board runs from. */
async function usbPlaces({ files, processes }: SpoolPorts): Promise<string[]> {
  const resolved = async (path: string) =>
    (await processes.run([...GENTLY, 'readlink', '-f', path])).stdout.trim();
  const own = (await resolved(DISK)).replace(/^.*\//, '');
  const places: string[] = [];
  for (const disk of files
    .list('/sys/block')
    .filter((name) => /^sd[a-z]+$/.test(name) && name !== own)
    .sort()) {
    if (!/\/usb\d+\//.test(await resolved(`/sys/block/${disk}`))) continue;
    const partitions = files.list(`/sys/block/${disk}`).filter((name) => /^sd[a-z]+\d+$/.test(name));
    places.push(...(partitions.length === 0 ? [disk] : partitions.sort()));
  }
  return places.slice(0, MOST_PLACES);
}

function fileSystems({ files }: SpoolPorts): string[] {
  const known = (files.read('/proc/filesystems') ?? '').split('\n').map((line) => line.replace(/^.*\t/, ''));
  return Object.keys(FILE_SYSTEMS).filter((name) => known.includes(name));
}

async function mountPlace(ports: SpoolPorts, place: string): Promise<boolean> {
  const folder = `${MOUNTS}/${place}`;
  ports.files.makeFolder(folder, 0o700);
  // What an agent that ended has left.
  await unmountPlace(ports, place);
  for (const type of fileSystems(ports)) {
    const options = `${SAFELY},${FILE_SYSTEMS[type]}`;
    const { code } = await ports.processes.run(
      [...GENTLY, 'mount', '-t', type, '-o', options, `/dev/${place}`, folder],
      { timeout: LONGEST },
    );
    if (code === 0) return true;
  }
  return false;
}

/** Also when the stick is gone, and whoever still reads it. */
async function unmountPlace({ processes }: SpoolPorts, place: string): Promise<void> {
  await processes.run(['umount', '-l', `${MOUNTS}/${place}`]);
}

/** Files, not links, in its top folder. */
async function bundlesOn({ processes }: SpoolPorts, place: string): Promise<StickBundle[]> {
  const folder = `${MOUNTS}/${place}`;
  const find = ['find', folder, '-maxdepth', '1', '-type', 'f', '-name', '*.swu'];
  const { code, stdout, stderr } = await processes.run([...GENTLY, ...find], { timeout: LONGEST });
  if (code !== 0)
    throw notFound(`the stick ${place} cannot be read: ${stderr.trim() || `find ended with ${code}`}`);
  return stdout
    .split('\n')
    .map((path) => ({ path, name: path.slice(folder.length + 1), place }))
    .filter(({ name }) => NAME.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The one that is named; else the only one; else the only one that is called after the board. */
function choose(
  bundles: readonly StickBundle[],
  wanted: string,
  board: string,
  places: readonly string[],
): StickBundle {
  const shown = (some: readonly StickBundle[]) =>
    some.map(({ name, place }) => `${name} (${place})`).join(', ');
  if (bundles.length === 0) throw notFound(`no bundle (*.swu) is in the top folder of ${places.join(', ')}`);
  if (wanted !== '') {
    const named = bundles.filter(({ name, place }) => name === wanted || `${place}/${name}` === wanted);
    const [first] = named;
    if (first === undefined) throw notFound(`no "${wanted}" is there; there are ${shown(bundles)}`);
    if (named.length === 1) return first;
    throw notFound(`${shown(named)}: say which, as in "plaitctl upgrade usb:${first.place}/${first.name}"`);
  }
  const fitting = bundles.filter(
    ({ name }) => name.startsWith(`plait-${board}.`) || name.startsWith(`plait-${board}-`),
  );
  const [only, ...others] = fitting.length > 0 && bundles.length > 1 ? fitting : bundles;
  if (only === undefined) throw new Error('no bundle is left to choose');
  if (others.length === 0) return only;
  throw notFound(
    `several bundles are there: ${shown(bundles)}; say which, as in "plaitctl upgrade usb:${only.name}"`,
  );
}

function isThere({ files }: SpoolPorts, place: string): boolean {
  return files.list('/sys/class/block').includes(place);
}

function pulledOut({ name, place }: StickBundle, error: unknown): UpgradeError {
  return notFound(`the stick ${place} was pulled out while ${name} was read (${errorText(error)})`);
}

function notFound(message: string): UpgradeError {
  return new UpgradeError('not-received', message);
}
