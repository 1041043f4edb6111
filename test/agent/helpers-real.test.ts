// SPDX-License-Identifier: MIT
/** Protocols that name addresses and ports inside of what they say, through the board's NAT on this machine's kernel. */

import * as assert from 'uvu/assert';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { type Board, LAN, LTE, modem, SERVER, scene } from './support/scene.ts';

const HOST = '192.168.50.100';
const BOX = '10.1.0.2';
/** What each end numbers its half of the call with. */
const [CALL_OF_HOST, CALL_OF_SERVER] = [0x1111, 0x2222];

/**
 * A server of FTP (only PORT), of PPTP (only the beginning of a call), and of SIP (says which Contact it read). PPTP's
 * messages are of RFC 2637: length, 1, cookie, type.
 */
const SERVERS = `
const net = require("node:net"), dgram = require("node:dgram");
const { message } = require(process.argv[1] + "/pptp.cjs");
net.createServer((socket) => socket.on("error", () => {}).on("data", (data) => {
  const [, ip, high, low] = /PORT (\\d+,\\d+,\\d+,\\d+),(\\d+),(\\d+)/.exec(data) || [];
  if (!ip) return socket.write("331 Go on\\r\\n");
  socket.write("200 " + ip + "\\r\\n");
  net.connect({ port: 256 * high + Number(low), host: ip.replaceAll(",", "."), localAddress: "${SERVER}" }).on("error", () => {}).end("the file");
})).listen(21, "${SERVER}");
net.createServer((socket) => socket.on("error", () => {}).on("data", (data) => {
  if (data[9] === 1) socket.write(message(2, 156, Buffer.from([1, 0, 1, 0])));
  if (data[9] === 7) socket.write(message(8, 32, Buffer.from([${CALL_OF_SERVER} >> 8, ${CALL_OF_SERVER} & 255, data[12], data[13], 1, 0])));
})).listen(1723, "${SERVER}");
const sip = dgram.createSocket("udp4");
sip.on("message", (data, from) => sip.send(/Contact: <sip:phone@(.*)>/.exec(data)[1], from.port, from.address)).bind(5060, "${SERVER}");
`.replaceAll('\n', ' ');

const PPTP = `
exports.message = (type, length, rest) => {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt16BE(length, 0);
  bytes.writeUInt16BE(1, 2);
  bytes.writeUInt32BE(0x1a2b3c4d, 4);
  bytes.writeUInt16BE(type, 8);
  rest.copy(bytes, 12);
  return bytes;
};
`.replaceAll('\n', ' ');

/**
 * Active FTP: the server opens the connection for the file. Prints the address that the server read, and the file. The
 * kernel reads from the second line on, so there is a user first, as always.
 */
const FTP_CLIENT = `
const net = require("node:net");
let said = "", file = "";
const show = () => { console.log(said.trim().slice(4).replaceAll(",", "."), file || "nothing"); process.exit(); };
const listener = net.createServer((socket) => socket.on("data", (data) => (file += data)).on("end", show)).listen(0, "${HOST}", () => {
  const { port } = listener.address();
  net.connect({ port: 21, host: "${SERVER}", localAddress: "${HOST}" }, function () {
    this.write("USER anonymous\\r\\n");
  }).on("data", function (data) {
    if (/^331/.test(data)) this.write("PORT ${HOST.replaceAll('.', ',')}," + (port >> 8) + "," + (port & 255) + "\\r\\n");
    else said += data;
  });
});
setTimeout(show, 3000);`.replaceAll('\n', ' ');

/** Stays until it is told to end: what the kernel expects for a call lives as long as its connection. */
const PPTP_CLIENT = `
const { message } = require(process.argv[1] + "/pptp.cjs");
const socket = require("node:net").connect(1723, "${SERVER}", () => socket.write(message(1, 156, Buffer.from([1, 0]))));
socket.on("data", (data) => {
  if (data[9] === 2) socket.write(message(7, 168, Buffer.from([${CALL_OF_HOST} >> 8, ${CALL_OF_HOST} & 255, 0, 1])));
  if (data[9] === 8) require("node:fs").writeFileSync(process.argv[1] + "/call", "begun");
});
setTimeout(() => process.exit(), 30000);`.replaceAll('\n', ' ');

/** A telephone that registers; prints the Contact that the server read. */
const SIP_CLIENT = `
const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (data) => { console.log(String(data)); process.exit(); });
socket.bind(5060, "${HOST}", () => socket.send(["REGISTER sip:${SERVER} SIP/2.0", "Via: SIP/2.0/UDP ${HOST}:5060;branch=z9hG4bK1;rport", "From: <sip:phone@${SERVER}>;tag=1", "To: <sip:phone@${SERVER}>", "Call-ID: 1@${HOST}", "CSeq: 1 REGISTER", "Contact: <sip:phone@${HOST}:5060>", "Expires: 600", "Content-Length: 0", "", ""].join("\\r\\n"), 5060, "${SERVER}"));
setTimeout(() => process.exit(1), 5000);`.replaceAll('\n', ' ');

async function behindNat(helpers: string, play: (board: Board) => Promise<void>): Promise<void> {
  const setUp = [
    ...LAN,
    ...modem(1, '10.1.0.1/24', BOX),
    `echo '${PPTP}' >$folder/pptp.cjs`,
    `far 1 ${process.execPath} -e '${SERVERS}' "$folder" & for i in $(seq 200); do far 1 ss -Hlun | grep -q :5060 && break; sleep 0.05; done`,
  ];
  await scene(`${LTE}${helpers}`, setUp, async (board) => {
    await board.lease('eth1', { ip: BOX, mask: '24', router: '10.1.0.1' });
    await board.states('up', 'no address');
    await play(board);
  });
}

const asks = async (board: Board, program: string) =>
  (await board.shell.run(`far 0 ${process.execPath} -e '${program}' "$folder"`)).trim();

/** What the kernel lets in for the call, as [source, destination]. */
async function expectedCalls(board: Board): Promise<string[]> {
  await board.shell.run(`far 0 ${process.execPath} -e '${PPTP_CLIENT}' "$folder" &`);
  await board.shell.run(
    'for i in $(seq 100); do [ -e $folder/call ] && break; sleep 0.1; done; cat $folder/call',
  );
  // A call that has begun is expected at once, or never.
  const listed = await board.shell.run('conntrack -L expect 2>/dev/null; true');
  return listed
    .split('\n')
    .filter((line) => line.includes('proto=47'))
    .map((line) => / src=(\S+) dst=(\S+)/.exec(line)?.slice(1).join(' ') ?? line)
    .sort();
}

const helpers = suite('helpers of protocols behind NAT');
helpers.before(() => needs('iproute2', 'util-linux', 'conntrack'));

helpers(
  'by default: FTP and PPTP are read and translated, SIP is left as the telephone wrote it',
  async () => {
    await behindNat('', async (board) => {
      assert.is(await asks(board, FTP_CLIENT), `${BOX} the file`);
      assert.equal(await expectedCalls(board), [`${HOST} ${SERVER}`, `${SERVER} ${BOX}`]);
      assert.is(await asks(board, SIP_CLIENT), `${HOST}:5060`);
    });
  },
);

helpers('with sip alone: only SIP is', async () => {
  await behindNat('firewall: { helpers: [sip] }\n', async (board) => {
    assert.is(await asks(board, FTP_CLIENT), `${HOST} nothing`);
    assert.equal(await expectedCalls(board), []);
    assert.is(await asks(board, SIP_CLIENT), `${BOX}:5060`);
  });
});

helpers.run();
