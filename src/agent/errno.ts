// SPDX-License-Identifier: MIT
/** Errno numbers (Linux on x86) that netlink and QuickJS give, with their meaning in words. */
const NAMES: Readonly<Record<number, readonly [code: string, text: string]>> = {
  1: ['EPERM', 'not permitted'],
  2: ['ENOENT', 'no such thing'],
  3: ['ESRCH', 'no such entry'],
  5: ['EIO', 'input/output error'],
  11: ['EAGAIN', 'try again'],
  12: ['ENOMEM', 'out of memory'],
  13: ['EACCES', 'permission denied'],
  16: ['EBUSY', 'busy'],
  17: ['EEXIST', 'exists already'],
  19: ['ENODEV', 'no such device'],
  20: ['ENOTDIR', 'not a folder'],
  21: ['EISDIR', 'is a folder'],
  22: ['EINVAL', 'invalid argument'],
  23: ['ENFILE', 'too many'],
  28: ['ENOSPC', 'no space'],
  30: ['EROFS', 'read-only file system'],
  32: ['EPIPE', 'nobody reads'],
  34: ['ERANGE', 'out of range'],
  93: ['EPROTONOSUPPORT', 'protocol not supported'],
  95: ['EOPNOTSUPP', 'not supported'],
  97: ['EAFNOSUPPORT', 'address family not supported'],
  98: ['EADDRINUSE', 'address in use'],
  99: ['EADDRNOTAVAIL', 'address not available'],
  100: ['ENETDOWN', 'network is down'],
  101: ['ENETUNREACH', 'network is unreachable'],
  105: ['ENOBUFS', 'no buffer space'],
  110: ['ETIMEDOUT', 'timed out'],
  113: ['EHOSTUNREACH', 'no route to host'],
};

/** Code and words of a positive errno. */
export function errnoName(errno: number): { code: string; text: string } {
  const known = NAMES[errno];
  return known ? { code: known[0], text: known[1] } : { code: `E${errno}`, text: `error ${errno}` };
}
