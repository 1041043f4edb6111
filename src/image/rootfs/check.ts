// SPDX-License-Identifier: MIT
import { BuildError } from '../errors.ts';
import type { Tree } from './tree.ts';

/** What the boot scripts, /etc/inittab and the agent call. A root without one of these would fail on the board only. */
export const programs = `
  sh init getty login reboot poweroff timeout mount umount mountpoint syslogd klogd logread
  logger hostname modprobe xargs find sort stat date dd mv cat ln mkdir readlink basename
  dirname killall pidof usleep sync ip dnsmasq dropbear
  dropbearkey udhcpc ethtool tcpdump swupdate e2fsck resize2fs mke2fs plaitd plaitctl
`
  .trim()
  .split(/\s+/);

/** Refuses a root file system that lacks a program it will call. */
export function checkPrograms(tree: Tree): void {
  const missing = programs.filter((name) => !tree.hasProgram(name));
  if (missing.length > 0)
    throw new BuildError(`the root file system lacks the programs ${missing.join(', ')}`);
}

/** Refuses links that lead nowhere, except into what is mounted or made at boot. */
export function checkLinks(tree: Tree): void {
  for (const path of tree.paths()) {
    const node = tree.get(path);
    if (node?.type !== 'link') continue;
    const target = resolveLink(path, node.target);
    if (/^(run|proc|dev|data|tmp|var)\//.test(target) || tree.get(target)) continue;
    throw new BuildError(
      `/${path} (from ${node.owner}) is a link to ${node.target}, which is not in the image`,
    );
  }
}

function resolveLink(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
