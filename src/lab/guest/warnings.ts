// SPDX-License-Identifier: MIT

/** What a kernel says when something is wrong with it; none of it is ever normal. */
const alarming = [
  /Kernel panic/,
  /\bWARNING: /,
  /\bBUG: /,
  /\bkernel BUG at /,
  /KASAN: /,
  /UBSAN: /,
  /ODEBUG: /,
  /refcount_t: /,
  /\bOops\b/,
  /INFO: (?:possible|task|rcu|trying|inconsistent)/,
  /rcu: INFO: /,
  /suspicious RCU usage/,
  /unregister_netdevice: waiting/,
  /list_(?:add|del) corruption/,
  /Segfault with no mm/,
];

/** Data races of the kernel's own code, which its authors know of, are not ours to judge; the line names both functions. */
const notOurs = /KCSAN: (?!.*\[plait_)/;

/** The first line of a console log by which the kernel tells of a fault of its own, without its time stamp. */
export function findWarning(console: string): string | undefined {
  for (const line of console.split('\n')) {
    if (alarming.some((pattern) => pattern.test(line)) && !notOurs.test(line))
      return line.replace(/^\[\s*[\d.]+\]\s*/, '').trim();
  }
  return undefined;
}
