// SPDX-License-Identifier: MIT
/** The ports on the board: QuickJS's std and os modules and the native module. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import * as std from 'quickjs-std';
import { errnoName } from '../errno.ts';
import {
  type Child,
  type Connection,
  errorCode,
  type Files,
  type IcmpSocket,
  type Log,
  type LogLevel,
  type NetlinkSocket,
  type Ports,
  type Processes,
  type RunResult,
  type Sockets,
  type Timer,
  type Watchdog,
} from '../ports.ts';
import { decodeUtf8, encodeUtf8 } from '../utf8.ts';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_NETLINK = 16;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const IPPROTO_ICMP = 1;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const ICMP_ECHO_REPLY_ONLY = 0xfffffffe | 0;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const O_CLOEXEC = 0o2000000;
const O_SYNC = 0o4010000;
const EAGAIN = -11;
const ENOENT = -2;
const EEXIST = -17;
const SIGKILL = 9;
const SIGPIPE = 13;
const SIGTERM = 15;
const SIGCHLD = 17;
const SIGINT = 2;
const SIGNUM = { TERM: SIGTERM, KILL: SIGKILL } as const;

const MAX_FILE = 4 * 1024 * 1024;
const CHUNK = 16 * 1024;
const MAX_LINE = 1024 * 1024;
const DATAGRAM = 64 * 1024;
/** Packets taken from one socket before others get their turn. */
const BURST = 16;
const DEFAULT_RUN_TIMEOUT = 30_000;

/** Ports of this process. `stop` is called once when it is asked to end. */
export function quickjsPorts(options: { name: string; daemon: boolean; stop?: () => void }): Ports {
  // A peer that has gone is an error code where it happens, not the end of the agent.
  os.signal(SIGPIPE, undefined);
  const log = options.daemon ? systemLog(options.name) : stderrLog;
  const signals = watchSignals(options.stop);
  if (options.daemon) signals.listen();
  return {
    files,
    disks: { readAt, writeAt, size: diskSize, resizePartition },
    clock: { monotonic: native.monotonic, wall: () => Date.now(), after },
    processes: processPort(signals, options.daemon),
    sockets,
    watchdog: openWatchdog,
    log,
  };
}

/** Held until the process ends; false: another process holds it. */
export function holdLock(path: string): boolean {
  return native.lock(openFile(path, os.O_RDWR | os.O_CREAT, 0o600));
}

function portError(what: string, negativeErrno: number): Error {
  const { code, text } = errnoName(-negativeErrno);
  return Object.assign(new Error(`${what}: ${text}`), { code });
}

/** Result of an os call that tells failure by a negative errno. */
function must(what: string, result: number): number {
  if (result < 0) throw portError(what, result);
  return result;
}

function openFile(path: string, flags: number, mode = 0): number {
  return must(path, os.open(path, flags | O_CLOEXEC, mode));
}

function withFile<T>(path: string, flags: number, mode: number, use: (fd: number) => T): T {
  const fd = openFile(path, flags, mode);
  try {
    return use(fd);
  } finally {
    os.close(fd);
  }
}

function writeAll(path: string, fd: number, data: Uint8Array): void {
  const bytes = data.slice();
  let at = 0;
  while (at < bytes.length) at += must(path, os.write(fd, bytes.buffer, at, bytes.length - at));
}

/** All that a descriptor gives until its end, or until it would block. */
function readAll(path: string, fd: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let total = 0;
  const buffer = new ArrayBuffer(CHUNK);
  for (;;) {
    const got = os.read(fd, buffer, 0, CHUNK);
    if (got === EAGAIN || got === 0) break;
    must(path, got);
    total += got;
    if (total > MAX_FILE) throw new Error(`${path} is longer than ${MAX_FILE} bytes`);
    parts.push(new Uint8Array(buffer.slice(0, got)));
  }
  return concat(parts, total);
}

function concat(parts: readonly Uint8Array[], total: number): Uint8Array {
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function syncFolder(path: string): void {
  withFile(folderOf(path), os.O_RDONLY, 0, native.fsync);
}

const files: Files = {
  read(path) {
    const fd = os.open(path, os.O_RDONLY | O_CLOEXEC);
    if (fd === ENOENT) return undefined;
    must(path, fd);
    try {
      return decodeUtf8(readAll(path, fd));
    } finally {
      os.close(fd);
    }
  },
  write(path, text, { mode = 0o644, durable = false } = {}) {
    const temporary = `${path}.new`;
    withFile(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, (fd) => {
      writeAll(temporary, fd, encodeUtf8(text));
      native.fchmod(fd, mode);
      if (durable) native.fsync(fd);
    });
    must(path, os.rename(temporary, path));
    if (durable) syncFolder(path);
  },
  poke(path, text) {
    withFile(path, os.O_WRONLY, 0, (fd) => writeAll(path, fd, encodeUtf8(text)));
  },
  remove(path, durable = false) {
    const result = os.remove(path);
    if (result === ENOENT) return;
    must(path, result);
    if (durable) syncFolder(path);
  },
  list(path) {
    const [names, error] = os.readdir(path);
    return error === 0 ? names.filter((name) => name !== '.' && name !== '..') : [];
  },
  makeFolder(path, mode) {
    const parts = path.split('/').filter((part) => part !== '');
    for (let count = 1; count <= parts.length; count++) {
      const folder = `/${parts.slice(0, count).join('/')}`;
      const result = os.mkdir(folder, mode);
      // A read-only folder above may well exist.
      if (result < 0 && result !== EEXIST && os.stat(folder)[1] !== 0) must(folder, result);
    }
  },
};

function readAt(path: string, offset: number, length: number): Uint8Array {
  return withFile(path, os.O_RDONLY, 0, (fd) => {
    must(path, os.seek(fd, offset, 0));
    const buffer = new ArrayBuffer(length);
    let at = 0;
    while (at < length) {
      const got = must(path, os.read(fd, buffer, at, length - at));
      if (got === 0) throw new Error(`${path} ends before byte ${offset + length}`);
      at += got;
    }
    return new Uint8Array(buffer);
  });
}

function writeAt(path: string, offset: number, data: Uint8Array): void {
  withFile(path, os.O_WRONLY | O_SYNC, 0, (fd) => {
    must(path, os.seek(fd, offset, 0));
    writeAll(path, fd, data);
    native.fsync(fd);
  });
}

function diskSize(path: string): number {
  return withFile(path, os.O_RDONLY, 0, native.blockSize);
}

function resizePartition(path: string, partition: number, start: number, length: number): void {
  withFile(path, os.O_RDWR, 0, (fd) => native.resizePartition(fd, partition, start, length));
}

function after(ms: number, run: () => void): Timer {
  const handle = os.setTimeout(run, Math.max(0, Math.ceil(ms)));
  return { cancel: () => os.clearTimeout(handle) };
}

/** Ends of children by process id. */
type Children = Map<number, (code: number) => void>;

interface Signals {
  children: Children;
  /** Listens to ends of children; the event loop goes on as long as it does. */
  listen(): void;
  rest(): void;
}

function watchSignals(stop: (() => void) | undefined): Signals {
  const children: Children = new Map();
  const fd = native.signalFd(stop === undefined ? [SIGCHLD] : [SIGCHLD, SIGTERM, SIGINT]);
  const take = () => {
    for (let signal = native.readSignal(fd); signal !== null; signal = native.readSignal(fd)) {
      if (signal === SIGCHLD) reapAll(children);
      else stop?.();
    }
  };
  return {
    children,
    listen: () => os.setReadHandler(fd, take),
    rest: () => os.setReadHandler(fd, null),
  };
}

function reapAll(children: Children): void {
  for (let ended = native.reap(); ended !== null; ended = native.reap()) {
    const [pid, code] = ended;
    const tell = children.get(pid);
    children.delete(pid);
    tell?.(code);
  }
}

function processPort({ children, listen, rest }: Signals, daemon: boolean): Processes {
  let running = 0;
  const began = () => {
    if (!daemon && running++ === 0) listen();
  };
  // The command ends when nothing is waited for: it must not wait for signals for ever.
  const ended = () => {
    if (!daemon && --running === 0) rest();
  };

  const run = (
    argv: readonly string[],
    options: { stdin?: string; timeout?: number } = {},
  ): Promise<RunResult> =>
    new Promise((resolve, reject) => {
      const ends = [native.pipe(), native.pipe(), native.pipe()] as const;
      const [input, output, errors] = ends;
      let pid: number;
      try {
        pid = native.spawn([...argv], {
          stdin: input[0],
          stdout: output[1],
          stderr: errors[1],
          deathSignal: SIGTERM,
        });
      } catch (error) {
        for (const fd of ends.flat()) os.close(fd);
        reject(error);
        return;
      }
      began();
      for (const fd of [input[0], output[1], errors[1]]) os.close(fd);
      feed(input[1], encodeUtf8(options.stdin ?? ''));
      const stdout = collect(output[0]);
      const stderr = collect(errors[0]);
      const timeout = options.timeout ?? DEFAULT_RUN_TIMEOUT;
      let late = false;
      const timer = after(timeout, () => {
        late = true;
        os.kill(pid, SIGKILL);
      });
      children.set(pid, (code) => {
        timer.cancel();
        ended();
        const result = { code, stdout: stdout(), stderr: stderr() };
        if (late) reject(new Error(`${argv[0]} did not end within ${timeout / 1000} s`));
        else resolve(result);
      });
    });

  const start = (
    argv: readonly string[],
    on: { line(text: string): void; exit(code: number): void },
  ): Child => {
    const [read, write] = native.pipe();
    const nothing = openFile('/dev/null', os.O_RDONLY);
    let pid: number;
    try {
      pid = native.spawn([...argv], {
        stdin: nothing,
        stdout: write,
        stderr: write,
        // Not SIGTERM: when the agent crashes, a DHCP client must not give its lease back.
        deathSignal: SIGKILL,
        session: 1,
      });
    } catch (error) {
      os.close(read);
      throw error;
    } finally {
      os.close(write);
      os.close(nothing);
    }
    lines(read, on.line);
    children.set(pid, on.exit);
    return { pid, signal: (name) => void os.kill(pid, SIGNUM[name]) };
  };

  return { run, start };
}

/** Writes all of it as the reader takes it, then closes. */
function feed(fd: number, data: Uint8Array): void {
  native.setNonBlocking(fd);
  const bytes = data.slice();
  let at = 0;
  const close = () => {
    os.setWriteHandler(fd, null);
    os.close(fd);
  };
  const push = () => {
    while (at < bytes.length) {
      const wrote = os.write(fd, bytes.buffer, at, bytes.length - at);
      if (wrote === EAGAIN) return;
      if (wrote < 0) break;
      at += wrote;
    }
    close();
  };
  os.setWriteHandler(fd, push);
}

/** Gathers what comes; the function closes the descriptor and gives the text so far. */
function collect(fd: number): () => string {
  native.setNonBlocking(fd);
  const parts: Uint8Array[] = [];
  let total = 0;
  let open = true;
  const close = () => {
    if (open) os.close(fd);
    open = false;
  };
  const take = () => {
    const data = readAll('pipe', fd);
    // Readable without data: its end.
    if (data.length === 0) {
      os.setReadHandler(fd, null);
      close();
      return;
    }
    if (total < MAX_FILE) parts.push(data);
    total += data.length;
  };
  os.setReadHandler(fd, take);
  return () => {
    if (open) {
      os.setReadHandler(fd, null);
      parts.push(readAll('pipe', fd));
      close();
    }
    return decodeUtf8(
      concat(
        parts,
        parts.reduce((sum, part) => sum + part.length, 0),
      ),
    );
  };
}

/** Hands on each line of a pipe until its end. */
function lines(fd: number, line: (text: string) => void): void {
  native.setNonBlocking(fd);
  const splitter = lineSplitter(line);
  os.setReadHandler(fd, () => {
    const data = readAll('pipe', fd);
    if (data.length > 0) {
      splitter(data);
      return;
    }
    os.setReadHandler(fd, null);
    os.close(fd);
  });
}

/** Splits bytes at line breaks before they become text, so that no character is cut. False: a line is too long. */
function lineSplitter(line: (text: string) => void): (data: Uint8Array) => boolean {
  let rest: Uint8Array = new Uint8Array(0);
  return (data) => {
    const all = concat([rest, data], rest.length + data.length);
    let from = 0;
    for (let end = all.indexOf(10, from); end >= 0; end = all.indexOf(10, from)) {
      line(decodeUtf8(all.subarray(from, end)));
      from = end + 1;
    }
    rest = all.slice(from);
    return rest.length <= MAX_LINE;
  };
}

const sockets: Sockets = { netlink, icmp, listen, call };

function netlink(protocol: number, groups: number): NetlinkSocket {
  const fd = native.socket(AF_NETLINK, SOCK_RAW, protocol);
  native.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  native.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  native.bind(fd, { groups });
  const take = (): Uint8Array | undefined => {
    for (;;) {
      const got = native.recv(fd, DATAGRAM);
      if (got === null) return undefined;
      // Only the kernel's word counts; any process may send to a netlink socket.
      if (got.port === 0) return got.data;
    }
  };
  return {
    send(data) {
      native.send(fd, data);
    },
    receive(timeout) {
      const waiting = take();
      if (waiting !== undefined || timeout === 0) return waiting;
      return native.waitReadable(fd, timeout) ? take() : undefined;
    },
    onReadable: (run) => os.setReadHandler(fd, run),
    join: (group) => native.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group),
    close() {
      os.setReadHandler(fd, null);
      os.close(fd);
    },
  };
}

function icmp(
  device: string,
  source: string,
  receive: (from: string, packet: Uint8Array) => void,
): IcmpSocket {
  const fd = native.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  try {
    native.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, encodeUtf8(`${device}\0`));
    native.setsockopt(fd, SOL_RAW, ICMP_FILTER, ICMP_ECHO_REPLY_ONLY);
    native.bind(fd, { address: source });
  } catch (error) {
    os.close(fd);
    throw error;
  }
  os.setReadHandler(fd, () => {
    for (let count = 0; count < BURST; count++) {
      const got = tryReceive(fd);
      if (got === null) return;
      receive(got.address, got.data);
    }
  });
  return {
    send(to, message) {
      try {
        return native.send(fd, message, { address: to }) !== null;
      } catch {
        // No route, no carrier, no neighbour: the silence that follows says so.
        return false;
      }
    },
    close() {
      os.setReadHandler(fd, null);
      os.close(fd);
    },
  };
}

/** A raw socket also reports errors that ICMP brought back; they are no packets. */
function tryReceive(fd: number): native.Received | null {
  try {
    return native.recv(fd, 2048);
  } catch {
    return null;
  }
}

function listen(
  path: string,
  accept: (connection: Connection) => { line(text: string): void; end(): void },
): { close(): void } {
  const fd = native.socket(AF_UNIX, SOCK_STREAM, 0);
  os.remove(path);
  const mask = native.umask(0o177);
  try {
    native.bind(fd, { path });
    native.listen(fd, 8);
  } catch (error) {
    os.close(fd);
    throw error;
  } finally {
    native.umask(mask);
  }
  os.setReadHandler(fd, () => {
    const accepted = native.accept(fd);
    if (accepted !== null) serve(accepted, accept);
  });
  return {
    close() {
      os.setReadHandler(fd, null);
      os.close(fd);
      os.remove(path);
    },
  };
}

function serve(
  fd: number,
  accept: (connection: Connection) => { line(text: string): void; end(): void },
): void {
  let open = true;
  let closing = false;
  let queue: Uint8Array = new Uint8Array(0);
  const close = () => {
    if (!open) return;
    open = false;
    os.setReadHandler(fd, null);
    os.setWriteHandler(fd, null);
    os.close(fd);
  };
  const push = () => {
    while (open && queue.length > 0) {
      const sent = trySend(fd, queue);
      if (sent === undefined) {
        close();
        return;
      }
      if (sent === null) {
        os.setWriteHandler(fd, push);
        return;
      }
      queue = queue.subarray(sent);
    }
    if (!open) return;
    os.setWriteHandler(fd, null);
    if (closing) close();
  };
  const handlers = accept({
    writeLine(line) {
      const data = encodeUtf8(`${line}\n`);
      queue = concat([queue, data], queue.length + data.length);
      push();
    },
    close() {
      closing = true;
      push();
    },
  });
  const split = lineSplitter(handlers.line);
  const end = () => {
    close();
    handlers.end();
  };
  os.setReadHandler(fd, () => {
    let got: native.Received | null = null;
    try {
      got = native.recv(fd, CHUNK);
    } catch {
      end();
      return;
    }
    if (got === null) return;
    if (got.data.length === 0 || !split(got.data)) end();
  });
}

/** Bytes taken, null when it would block, undefined when the peer is gone. */
function trySend(fd: number, data: Uint8Array): number | null | undefined {
  try {
    return native.send(fd, data);
  } catch {
    return undefined;
  }
}

function call(path: string): { ask(line: string, timeout: number): string; close(): void } {
  const fd = native.socket(AF_UNIX, SOCK_STREAM, 0);
  try {
    native.connect(fd, { path });
  } catch (error) {
    os.close(fd);
    throw error;
  }
  const answers: string[] = [];
  const split = lineSplitter((text) => answers.push(text));
  return {
    ask(line, timeout) {
      let data = encodeUtf8(`${line}\n`);
      const deadline = native.monotonic() + timeout;
      while (data.length > 0) data = data.subarray(native.send(fd, data) ?? 0);
      for (;;) {
        const answer = answers.shift();
        if (answer !== undefined) return answer;
        if (!native.waitReadable(fd, Math.max(0, deadline - native.monotonic()))) {
          throw Object.assign(new Error(`plaitd gave no answer within ${timeout / 1000} s`), {
            code: 'ETIMEDOUT',
          });
        }
        const got = native.recv(fd, CHUNK);
        if (got === null) continue;
        if (got.data.length === 0) throw new Error('plaitd closed the connection without an answer');
        split(got.data);
      }
    },
    close: () => void os.close(fd),
  };
}

const WATCHDOG = '/dev/watchdog';

function openWatchdog(seconds: number): Watchdog | undefined {
  const fd = os.open(WATCHDOG, os.O_WRONLY | O_CLOEXEC);
  if (fd === ENOENT) return undefined;
  must(WATCHDOG, fd);
  let timeout = seconds;
  try {
    timeout = native.watchdogTimeout(fd, seconds);
  } catch (error) {
    // A driver with a fixed timeout.
    if (errorCode(error) !== 'EOPNOTSUPP' && errorCode(error) !== 'ENOTTY') throw error;
  }
  return {
    timeout,
    feed: () => writeAll(WATCHDOG, fd, Uint8Array.of(1)),
    release() {
      // "V" before closing is the word that this is meant.
      writeAll(WATCHDOG, fd, encodeUtf8('V'));
      os.close(fd);
    },
  };
}

const SYSLOG_DAEMON = 24;
const SEVERITY: Record<LogLevel, number> = { debug: 7, info: 6, notice: 5, warning: 4, error: 3 };

/** To syslog; what a person at the console should know goes there as well. */
function systemLog(name: string): Log {
  let fd = -1;
  const connect = () => {
    fd = native.socket(AF_UNIX, SOCK_DGRAM, 0);
    native.connect(fd, { path: '/dev/log' });
  };
  return (level, text) => {
    const line = encodeUtf8(`<${SYSLOG_DAEMON + SEVERITY[level]}>${name}: ${text}`);
    for (let tries = 0; tries < 2; tries++) {
      try {
        if (fd < 0) connect();
        native.send(fd, line);
        break;
      } catch {
        // syslogd is not there yet or was restarted: once more, then this line is given up.
        if (fd >= 0) os.close(fd);
        fd = -1;
      }
    }
    if (level === 'notice' || level === 'error') toConsole(`plait: ${text}\r\n`);
  };
}

function toConsole(text: string): void {
  try {
    // Never waits for a console that does not take anything.
    const O_NONBLOCK = 0o4000;
    const O_NOCTTY = 0o400;
    withFile('/dev/console', os.O_WRONLY | O_NONBLOCK | O_NOCTTY, 0, (fd) => {
      writeAll('/dev/console', fd, encodeUtf8(text));
    });
  } catch {
    // No console: the system log has it.
  }
}

function stderrLog(level: LogLevel, text: string): void {
  if (level === 'warning' || level === 'error') std.err.puts(`${text}\n`);
}
