// SPDX-License-Identifier: MIT
/**
 * What the agent's core needs from the world. The core imports no platform: QuickJS gives these ports on the board
 * (platform/quickjs/), tests give fakes under Node. Failures are errors with a `code` as errno spells it.
 */

/** `ENOENT` for every port error that has a code, else undefined. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** One line for people about any thrown value. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export interface WriteOptions {
  /** Permission bits; default 0644. */
  mode?: number;
  /** Also flush file and folder to the medium, so that a power cut leaves the old or the new file. */
  durable?: boolean;
}

export interface Files {
  /** Undefined when there is no such file. Larger than 4 MiB is an error. */
  read(path: string): string | undefined;
  /** Replaces the file by a finished one (temporary file, rename). */
  write(path: string, text: string, options?: WriteOptions): void;
  /** Writes into an existing file without replacing it: /proc, /sys, devices. */
  poke(path: string, text: string): void;
  /** Nothing to remove is no error. */
  remove(path: string, durable?: boolean): void;
  /**
   * Moves a file or a folder within a file system, durably: after a power cut it is in one place, whole. Throws when `to` is a
   * folder that is not empty; a file there is replaced.
   */
  move(from: string, to: string): void;
  /** Names in a folder; none when it does not exist. */
  list(path: string): string[];
  /** What is there, itself: a link is not followed. Undefined: nothing is. `mode`: permission bits; of a link, 0. */
  look(path: string): { kind: 'file' | 'link' | 'other'; mode: number } | undefined;
  /** Also the folders above; existing is no error. */
  makeFolder(path: string, mode: number): void;
}

/** Raw access to disks: boot state and partition table. Offsets and lengths in bytes. */
export interface Disks {
  readAt(path: string, offset: number, length: number): Uint8Array;
  /** Returns after the medium has it. */
  writeAt(path: string, offset: number, data: Uint8Array): void;
  size(path: string): number;
  /** Tells the kernel of a partition's new length, also while it is mounted. */
  resizePartition(path: string, partition: number, start: number, length: number): void;
}

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since boot that never jump, the same in every process. */
  monotonic(): number;
  /** Milliseconds since 1970, as far as the board knows them. */
  wall(): number;
  after(ms: number, run: () => void): Timer;
}

export interface RunResult {
  /** Exit code, or 128 + signal. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface Child {
  readonly pid: number;
  signal(name: 'TERM' | 'KILL'): void;
}

export interface Processes {
  /** Runs to the end with output collected; killed after `timeout` ms, which then is the error. */
  run(argv: readonly string[], options?: { stdin?: string; timeout?: number }): Promise<RunResult>;
  /** Starts a helper in the foreground; it does not outlive the agent. `line` gets its output. */
  start(argv: readonly string[], on: { line(text: string): void; exit(code: number): void }): Child;
}

/** A netlink socket. The kernel answers requests while they are sent, so asking and reading is synchronous. */
export interface NetlinkSocket {
  send(data: Uint8Array): void;
  /** One datagram, or undefined when none came within `timeout` ms. */
  receive(timeout: number): Uint8Array | undefined;
  /** Called when datagrams wait; read them with `receive(0)`. */
  onReadable(run: () => void): void;
  join(group: number): void;
  close(): void;
}

/** A raw ICMP socket bound to a device and a source address. */
export interface IcmpSocket {
  /** Sends an ICMP message (without IP header). False: it could not leave just now. */
  send(to: string, message: Uint8Array): boolean;
  close(): void;
}

/** A UDP socket bound to a device and a source address, with a port of the kernel's choice. */
export interface DatagramSocket {
  /** False: it could not leave just now. */
  send(to: string, port: number, data: Uint8Array): boolean;
  close(): void;
}

/** A TCP connection by a device, from a source address. */
export interface Stream {
  /** Short messages only: what does not fit at once is lost. */
  send(data: Uint8Array): void;
  close(): void;
}

export interface StreamEvents {
  /** The other side has accepted it. */
  open(): void;
  data(bytes: Uint8Array): void;
  /** Refused, broken or closed by the other side. */
  end(): void;
}

/** One accepted TCP connection. */
export interface TcpConnection {
  /** The other side's address. */
  readonly peer: string;
  /** Short messages only: they are kept until the other side has taken them. */
  send(data: Uint8Array): void;
  close(): void;
}

export interface TcpEvents {
  data(bytes: Uint8Array): void;
  /** Broken or closed by the other side. */
  end(): void;
}

/** One accepted connection of the control socket. */
export interface Connection {
  /** Sends a line; the line break is added. */
  writeLine(line: string): void;
  close(): void;
}

/** The other side of it, for the command: one question, one answer, waiting in between. */
export interface Caller {
  ask(line: string, timeout: number): string;
  close(): void;
}

export interface Server {
  close(): void;
}

/** All frames of one device. */
export interface FrameSocket {
  send(frame: Uint8Array): void;
  close(): void;
}

export interface Sockets {
  /** `groups`: bit mask of rtnetlink groups; protocol 0 is rtnetlink, 16 generic netlink. */
  netlink(protocol: number, groups: number): NetlinkSocket;
  /** `receive` gets each packet with its IP header and the address it came from. */
  icmp(device: string, source: string, receive: (from: string, packet: Uint8Array) => void): IcmpSocket;
  datagram(
    device: string,
    source: string,
    receive: (from: string, port: number, data: Uint8Array) => void,
  ): DatagramSocket;
  /** `index` of the device; frames come without their VLAN tag, `vlan` 0: it had none. */
  frames(index: number, receive: (frame: Uint8Array, vlan: number) => void): FrameSocket;
  connect(device: string, source: string, address: string, port: number, on: StreamEvents): Stream;
  /**
   * A server that only packets of this device reach. Throws `EADDRINUSE` or `EADDRNOTAVAIL`. `accept` gives the handlers of a
   * connection.
   */
  listenTcp(
    device: string,
    address: string,
    port: number,
    accept: (connection: TcpConnection) => TcpEvents,
  ): Server;
  /** A Unix stream server with mode 0600; `accept` gives the handlers of a connection. */
  listen(path: string, accept: (connection: Connection) => { line(text: string): void; end(): void }): Server;
  /** Throws `ENOENT` or `ECONNREFUSED` when nobody listens. */
  call(path: string): Caller;
}

/** A hardware watchdog that restarts the board unless it is fed in time. Nothing stops it once it runs. */
export interface Watchdog {
  /** Seconds after which it bites. */
  readonly timeout: number;
  feed(): void;
  /** Feeds it a last time, to bite after about `seconds`; another program may open it then. */
  leave(seconds: number): void;
}

/** One key of an input device, as the kernel knows it. */
export interface Key {
  /** As it was when the device was opened; the kernel may have looked at a polled button long before. */
  readonly down: boolean;
  close(): void;
}

export interface KeyEvents {
  changed(down: boolean): void;
  /** The device is gone or fails; there are no more events, and it is closed. */
  lost(error: unknown): void;
}

/** `notice` and above also appear on the console. */
export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error';

export type Log = (level: LogLevel, text: string) => void;

export interface Ports {
  files: Files;
  disks: Disks;
  clock: Clock;
  processes: Processes;
  sockets: Sockets;
  /** Undefined: there is none. */
  watchdog(seconds: number): Watchdog | undefined;
  /** `code` of linux/input-event-codes.h. Throws when the device file is missing or fails. */
  key(path: string, code: number, on: KeyEvents): Key;
  log: Log;
}
