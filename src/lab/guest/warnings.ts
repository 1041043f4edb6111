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

/** The first line of a console log by which the kernel tells of a fault of its own, without its time stamp. */
export function findWarning(console: string): string | undefined {
  for (const line of console.split('\n')) {
    if (alarming.some((pattern) => pattern.test(line))) return line.replace(/^\[\s*[\d.]+\]\s*/, '').trim();
  }
  return undefined;
}
