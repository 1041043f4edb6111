// SPDX-License-Identifier: MIT
import type { Tree } from './tree.ts';

/** What a package installs for people who compile or read, and a router does not need. */
const unwanted: readonly RegExp[] = [
  /^usr\/(include|src)(\/|$)/,
  /^usr\/(local\/)?share\/(man|doc|info|locale|bash-completion|aclocal|pkgconfig|zsh)(\/|$)/,
  /^(usr\/)?lib\/(pkgconfig|cmake)(\/|$)/,
  /^(usr\/)?lib\/.*\.(a|la|o)$/,
  /^lib\/modules\/[^/]+\/(build|source)$/,
];

/** Removes what only a compiler or a reader of manuals needs. */
export function prune(tree: Tree): void {
  for (const path of tree.paths()) if (unwanted.some((pattern) => pattern.test(path))) tree.delete(path);
}
