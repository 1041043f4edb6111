// SPDX-License-Identifier: MIT
/**
 * The contract of the native module (plait_native.c) and of the two QuickJS modules the agent uses, which the build
 * registers as `quickjs-std` and `quickjs-os` so that their names cannot be mistaken for Node's.
 * Each failing verb throws a `NativeError`.
 */
declare module 'plait_native' {
  /** The one error shape: `code` is the errno name (`ENOENT`), the message is `call: text`. */
  export interface NativeError extends Error {
    code: string;
    errno: number;
  }

  /** A Unix, internet (v4 or v6 by its text), netlink (bit mask of the first 32 groups) or packet (device index, ethertype) address. */
  export type Address =
    | { path: string }
    | { address: string; port?: number }
    | { groups: number }
    | { interface: number; protocol: number };

  /** What arrived. `port` is the peer's UDP port or netlink port id (0: the kernel). */
  export interface Received {
    data: Uint8Array;
    address: string;
    port: number;
    /** VLAN that the kernel has taken out of a frame (with PACKET_AUXDATA); 0: none. */
    vlan: number;
    /** The datagram was longer than what was asked for. */
    truncated: boolean;
  }

  export interface SpawnOptions {
    /** `NAME=value` strings; absent: the parent's environment. */
    env?: string[];
    /** Descriptors of the child's 0, 1 and 2; absent: the parent's. */
    stdin?: number;
    stdout?: number;
    stderr?: number;
    /** Signal the child gets when its parent ends. */
    deathSignal?: number;
    /** 1: the child leads a session of its own. */
    session?: number;
  }

  /** Type, code and value of linux/input.h. */
  export type InputEvent = readonly [type: number, code: number, value: number];

  /** A non-blocking, close-on-exec socket. */
  export function socket(domain: number, type: number, protocol: number): number;
  export function bind(fd: number, address: Address): void;
  /** False: still connecting, writable when done. */
  export function connect(fd: number, address: Address): boolean;
  export function listen(fd: number, backlog: number): void;
  export function accept(fd: number): number | null;
  /** Of a connected socket; empty: it is no internet address, or the peer is gone. */
  export function peerAddress(fd: number): string;
  /** Bytes taken; null: would block. */
  export function send(fd: number, data: Uint8Array, to?: Address): number | null;
  /** Null: nothing waits. Empty data on a stream: the peer has closed. */
  export function recv(fd: number, most: number): Received | null;
  export function setsockopt(fd: number, level: number, name: number, value: number | Uint8Array): void;
  /** True when something can be read within `ms`. */
  export function waitReadable(fd: number, ms: number): boolean;
  /** [read end, write end], close-on-exec, blocking. */
  export function pipe(): [number, number];
  export function setNonBlocking(fd: number): void;
  /** Blocks the signals and delivers them on the descriptor. */
  export function signalFd(signals: number[]): number;
  export function readSignal(fd: number): number | null;
  /** Process id; throws when the program cannot be executed. */
  export function spawn(argv: string[], options: SpawnOptions): number;
  /** [process id, exit code or 128 + signal] of one child that has ended. */
  export function reap(): [number, number] | null;
  export function fsync(fd: number): void;
  export function fchmod(fd: number, mode: number): void;
  /** Exclusive advisory lock for as long as the descriptor is open; false: held by another. */
  export function lock(fd: number): boolean;
  /** The mask before. */
  export function umask(mask: number): number;
  /** Milliseconds since boot, never jumping, the same in every process. */
  export function monotonic(): number;
  /** Size of a block device in bytes. */
  export function blockSize(fd: number): number;
  /** Start and length in bytes; works while the partition is mounted. */
  export function resizePartition(disk: number, partition: number, start: number, length: number): void;
  /** The timeout in seconds that the driver took. */
  export function watchdogTimeout(fd: number, seconds: number): number;
  /** Whether the key with this code (below 768) of an input device is down. */
  export function keyDown(fd: number, code: number): boolean;
  /** Null: would block. */
  export function readInputEvent(fd: number): InputEvent | null;
  /** Bytes come as they are, without echo and signals. The settings before; null: it is no terminal. */
  export function rawTerminal(fd: number): Uint8Array | null;
  export function restoreTerminal(fd: number, before: Uint8Array): void;
  export function geteuid(): number;
}

declare module 'quickjs-std' {
  export interface File {
    puts(text: string): void;
    flush(): void;
  }
  export const out: File;
  export const err: File;
  export function exit(code: number): never;
  export function getenv(name: string): string | undefined;
  export function gc(): void;
}

declare module 'quickjs-os' {
  export const O_RDONLY: number;
  export const O_WRONLY: number;
  export const O_RDWR: number;
  export const O_APPEND: number;
  export const O_CREAT: number;
  export const O_EXCL: number;
  export const O_TRUNC: number;
  /** Negative errno on failure, as in every call here that returns a number. */
  export function open(path: string, flags: number, mode?: number): number;
  export function close(fd: number): number;
  export function seek(fd: number, offset: number, whence: number): number;
  export function read(fd: number, buffer: ArrayBuffer, offset: number, length: number): number;
  export function write(fd: number, buffer: ArrayBuffer, offset: number, length: number): number;
  export function isatty(fd: number): boolean;
  export function remove(path: string): number;
  export function rename(from: string, to: string): number;
  export function mkdir(path: string, mode?: number): number;
  export function readdir(path: string): [string[], number];
  export function readlink(path: string): [string, number];
  export function symlink(target: string, path: string): number;
  export function stat(path: string): [{ mode: number; size: number } | null, number];
  export function setReadHandler(fd: number, handler: (() => void) | null): void;
  export function setWriteHandler(fd: number, handler: (() => void) | null): void;
  export function setTimeout(handler: () => void, ms: number): number;
  export function clearTimeout(handle: number): void;
  /** Undefined: the signal is ignored from now on. */
  export function signal(signal: number, handler: undefined): void;
  export function kill(pid: number, signal: number): number;
  export function getpid(): number;
}

/** Arguments of the executable; the first one is the name it was called by. */
declare const scriptArgs: string[];
/** Build-time constants, put in by `bundleAgent`. */
declare const PLAIT_VERSION: string;
declare const PLAIT_BOARD: string;
