// SPDX-License-Identifier: MIT
// Runs on QuickJS, compiled like the agent but with sanitizers: every verb of the native module with good and bad
// arguments. Prints "ok <what>" for each check; native.test.ts counts them. Ends by itself, so that leaks are seen.
import * as native from 'plait_native';
import * as os from 'quickjs-os';
import * as std from 'quickjs-std';

let checks = 0;

function check(what, condition) {
  if (!condition) {
    std.out.puts(`FAILED ${what}\n`);
    std.exit(1);
  }
  checks++;
  std.out.puts(`ok ${what}\n`);
}

/** The code of the error that a call throws. */
function codeOf(call) {
  try {
    call();
  } catch (error) {
    return error.code ?? error.name;
  }
  return undefined;
}

const bytes = (text) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const text = (data) => String.fromCharCode(...data);

const folder = `/tmp/plait-verbs-${os.getpid()}`;
os.mkdir(folder, 0o700);
const path = `${folder}/socket`;

// Unix stream sockets.
const server = native.socket(1, 1, 0);
native.bind(server, { path });
native.listen(server, 4);
check('accept of nobody is null', native.accept(server) === null);
const client = native.socket(1, 1, 0);
check('connect', native.connect(client, { path }) === true);
const peer = native.accept(server);
check('accept', typeof peer === 'number');
check('recv of nothing is null', native.recv(peer, 100) === null);
check('send', native.send(client, bytes('hello')) === 5);
check('send of part of a buffer', native.send(client, bytes('xxworld').subarray(2)) === 5);
check('waitReadable', native.waitReadable(peer, 1000) === true);
const got = native.recv(peer, 100);
check('recv', text(got.data) === 'helloworld' && got.data instanceof Uint8Array && got.data.byteOffset === 0);
check('waitReadable in vain', native.waitReadable(peer, 1) === false);
os.close(client);
check('recv at the end is empty', native.recv(peer, 100).data.length === 0);
check('send to nobody is EPIPE, not a signal', codeOf(() => native.send(peer, bytes('x'))) === 'EPIPE');
os.close(peer);
os.close(server);
check('connect to nobody', codeOf(() => native.connect(native.socket(1, 1, 0), { path })) === 'ECONNREFUSED');

// Datagrams over IPv4 and IPv6.
for (const [family, address] of [
  [2, '127.0.0.1'],
  [10, '::1'],
]) {
  const one = native.socket(family, 2, 0);
  const two = native.socket(family, 2, 0);
  const port = 30000 + (os.getpid() % 10000);
  native.bind(one, { address, port });
  native.send(two, bytes('ping'), { address, port });
  native.waitReadable(one, 1000);
  const ping = native.recv(one, 100);
  check(`datagram to ${address}`, text(ping.data) === 'ping' && ping.address === address && ping.port > 0);
  native.send(one, bytes('pong'), { address: ping.address, port: ping.port });
  native.waitReadable(two, 1000);
  check(`datagram back from ${address}`, text(native.recv(two, 100).data) === 'pong');
  os.close(one);
  os.close(two);
}

// A TCP connection, and who is on the other side.
const tcpPort = 40000 + (os.getpid() % 10000);
const tcpServer = native.socket(2, 1, 0);
native.setsockopt(tcpServer, 1, 2, 1);
native.bind(tcpServer, { address: '127.0.0.1', port: tcpPort });
native.listen(tcpServer, 1);
const caller = native.socket(2, 1, 0);
check('nobody is on the other side yet', native.peerAddress(caller) === '');
native.bind(caller, { address: '127.0.0.7', port: 0 });
native.connect(caller, { address: '127.0.0.1', port: tcpPort });
native.waitReadable(tcpServer, 1000);
const called = native.accept(tcpServer);
check('peerAddress', native.peerAddress(called) === '127.0.0.7' && native.peerAddress(caller) === '127.0.0.1');
check('peerAddress of no socket', codeOf(() => native.peerAddress(999)) === 'EBADF');
for (const fd of [caller, called, tcpServer]) os.close(fd);

// Netlink: ask for the links, get lo among them.
const netlink = native.socket(16, 3, 0);
native.bind(netlink, { groups: 1 });
native.setsockopt(netlink, 270, 11, 1);
const request = new Uint8Array(32);
request.set([32, 0, 0, 0, 18, 0, 1, 3, 1, 0, 0, 0]);
native.send(netlink, request);
native.waitReadable(netlink, 1000);
const links = native.recv(netlink, 65536);
check('netlink answers', links.port === 0 && text(links.data).includes('lo\0'));
os.close(netlink);

// Bad arguments: an error each, never a crash.
check('a closed descriptor is EBADF', codeOf(() => native.send(999, bytes('x'))) === 'EBADF');
check('an address that is none', codeOf(() => native.bind(0, { address: 'nonsense' })) === 'EINVAL');
check('a path too long', codeOf(() => native.bind(0, { path: 'x'.repeat(200) })) === 'ENAMETOOLONG');
check('no bytes', codeOf(() => native.send(0, 'text')) !== undefined);
check('an object for a number', codeOf(() => native.socket({}, { valueOf() { throw new RangeError('no'); } }, 0)) === 'RangeError');
check('a property that throws', codeOf(() => native.bind(0, { get path() { throw new RangeError('no'); } })) === 'RangeError');
check('recv of nothing at all', codeOf(() => native.recv(0, 0)) === 'RangeError');
check('recv of too much', codeOf(() => native.recv(0, 1e9)) === 'RangeError');
check('a detached part', (() => {
  const empty = new Uint8Array(new ArrayBuffer(0));
  return codeOf(() => native.send(999, empty)) !== undefined;
})());
check('an unknown family', codeOf(() => native.socket(12345, 1, 0)) === 'EAFNOSUPPORT');
check('errors have text and number', (() => {
  try {
    native.fsync(999);
  } catch (error) {
    return error instanceof Error && error.errno === 9 && error.message === 'fsync: Bad file descriptor';
  }
})());
check('no arguments at all', ['bind', 'connect', 'send', 'recv', 'setsockopt', 'spawn', 'signalFd', 'blockSize', 'resizePartition', 'keyDown']
  .every((name) => codeOf(() => native[name]()) !== undefined));

// Files.
const file = os.open(`${folder}/file`, os.O_RDWR | os.O_CREAT, 0o600);
native.fsync(file);
native.fchmod(file, 0o640);
check('fchmod', (os.stat(`${folder}/file`)[0].mode & 0o777) === 0o640);
check('lock', native.lock(file) === true);
const other = os.open(`${folder}/file`, os.O_RDWR);
check('a lock held is false', native.lock(other) === false);
check('blockSize of a file', codeOf(() => native.blockSize(file)) === 'ENOTTY');
check('keyDown of a file', codeOf(() => native.keyDown(file, 408)) === 'ENOTTY');
check('keyDown of no key', [-1, 768].every((code) => codeOf(() => native.keyDown(file, code)) === 'RangeError'));
check('umask', (() => {
  const before = native.umask(0o077);
  return native.umask(before) === 0o077;
})());
os.close(file);
os.close(other);

// Events of keys, as a pipe gives them: two machine words of time, then type, code and value.
const arch = os.open('/proc/sys/kernel/arch', os.O_RDONLY);
const archName = new ArrayBuffer(100);
const words = text(new Uint8Array(archName, 0, os.read(arch, archName, 0, 100))).trim() === 'x86_64' ? 8 : 4;
os.close(arch);
const [eventsOut, eventsInto] = native.pipe();
native.setNonBlocking(eventsOut);
const event = new Uint8Array(2 * words + 8);
new DataView(event.buffer).setUint16(2 * words, 1, true);
new DataView(event.buffer).setUint16(2 * words + 2, 408, true);
new DataView(event.buffer).setInt32(2 * words + 4, -1, true);
check('readInputEvent of nothing is null', native.readInputEvent(eventsOut) === null);
os.write(eventsInto, event.buffer, 0, event.length);
check('readInputEvent', native.readInputEvent(eventsOut).join() === '1,408,-1');
os.write(eventsInto, event.buffer, 0, event.length - 1);
check('readInputEvent of a part', codeOf(() => native.readInputEvent(eventsOut)) === 'RangeError');
os.close(eventsInto);
check('readInputEvent at the end', codeOf(() => native.readInputEvent(eventsOut)) === 'RangeError');
os.close(eventsOut);

// Time.
const before = native.monotonic();
check('monotonic', native.monotonic() >= before && before > 0);

// Children and signals.
check('a program that is not there is an error', codeOf(() => native.spawn(['/nonexistent/program'], {})) === 'ENOENT');
check('too many words', codeOf(() => native.spawn(new Array(500).fill('x'), {})) === 'E2BIG');
check('a word that is none', codeOf(() => native.spawn(['true', Symbol('x')], {})) === 'TypeError');
check('environment that is none', codeOf(() => native.spawn(['true'], { env: [Symbol('x')] })) === 'TypeError');
const [out, into] = native.pipe();
native.spawn(['/bin/sh', '-c', 'echo "$WORD"; exit 3'], { stdout: into, env: ['WORD=spawned', 'PATH=/bin'], session: 1, deathSignal: 15 });
os.close(into);
const buffer = new ArrayBuffer(100);
const length = os.read(out, buffer, 0, 100);
check('spawn gives environment and output', text(new Uint8Array(buffer, 0, length)) === 'spawned\n');
os.close(out);

const signals = native.signalFd([17, 10]);
native.spawn(['/bin/sh', '-c', 'kill -USR1 $PPID'], {});
let ended = 0;
let asked = 0;
os.setReadHandler(signals, () => {
  for (let signal = native.readSignal(signals); signal !== null; signal = native.readSignal(signals)) {
    if (signal === 10) asked++;
    for (let child = native.reap(); child !== null; child = native.reap()) {
      check('reap tells how it ended', child[0] > 0 && (child[1] === 0 || child[1] === 3));
      ended++;
    }
  }
  if (ended < 2 || asked < 1) return;
  os.setReadHandler(signals, null);
  os.close(signals);
  check('signals arrive on a descriptor', asked === 1);
  check('nobody left to reap', native.reap() === null);
  os.remove(path);
  os.remove(`${folder}/file`);
  os.remove(folder);
  std.out.puts(`done ${checks}\n`);
});
