// SPDX-License-Identifier: MIT
/** The machine itself: Node, the system, its processors. */
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import type { Finding } from './check.ts';

/** Whether Node is as new as package.json asks for: `>=20`. */
export function nodeFinding(version: string, wanted: string): Finding {
  const least = Number(/\d+/.exec(wanted)?.[0]);
  const found = `Node ${version.replace(/^v/, '')}`;
  if (Number.parseInt(version.replace(/^v/, ''), 10) >= least) return { check: 'node', state: 'ok', found };
  return {
    check: 'node',
    state: 'missing',
    found: `${found}; ${least} or newer is wanted`,
    advice: `install Node ${least} or newer, from nodejs.org or a newer release of Debian`,
  };
}

/** What `/etc/os-release` says: the pipeline calls Debian's programs, and installs Debian's packages. */
export async function systemFinding(file = '/etc/os-release'): Promise<Finding> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  const [id, like, release] = [value('ID'), value('ID_LIKE').split(' '), Number(value('VERSION_ID'))];
  const found = value('PRETTY_NAME') || 'an unknown system';
  const check = 'system';
  if (id === 'debian' && (release >= 12 || Number.isNaN(release) || value('VERSION_ID') === ''))
    return { check, state: 'ok', found };
  if (id === 'debian' || like.includes('debian'))
    return {
      check,
      state: 'note',
      found: `${found}; images are built on Debian 12 and newer by those who test`,
    };
  return {
    check,
    state: 'missing',
    found: `${found}; the build machine must be a Debian`,
    advice: 'build in a Debian 12 or newer: a container or a virtual machine will do',
  };
}

/** Nothing here uses KVM: boards are emulated to the instruction, the same on any machine. */
export async function kvmFinding(device = '/dev/kvm'): Promise<Finding> {
  const there = await access(device, constants.R_OK | constants.W_OK).then(
    () => 'can be used',
    (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? 'is not there' : 'may not be used by this user',
  );
  return {
    check: 'kvm',
    state: 'ok',
    found: `${device} ${there}; not needed: boards are emulated in software, the same on any machine`,
  };
}
