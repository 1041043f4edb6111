// SPDX-License-Identifier: MIT
/**
 * What comes in faster than `rate.down`, on this machine's kernel: counted packet by packet, in front of the policer and
 * behind it.
 */

import * as assert from 'uvu/assert';
import { OVER_RATE_MARK } from '../../src/appliance/model.ts';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { internet } from './support/internet.ts';
import { type Board, LAN, LTE, modem, SERVER, scene } from './support/scene.ts';

/** 8000 bytes a second: the bucket of a second holds eight packets of the flood. */
const RATE = 64_000;
const BUCKET = RATE / 8;
/** Of the IP packet, which the kernel counts. */
const FLOOD_SIZE = 1000;
const HEADERS = 28;
const FLOOD_PORT = 9;
const UPLOAD_PORT = 10;

const configOf = (targets: readonly string[]) =>
  LTE.replace(
    'lte1: { port: eth1, address: dhcp }',
    `lte1: { port: eth1, address: dhcp, rate: { down: ${RATE}bit }, health: { targets: [${targets}], need: ${targets.length} } }`,
  ).replace('misses: 8', 'misses: 8, far-interval: 300ms');

const LINES = [1, 2].flatMap((port) => modem(port, `10.${port}.0.1/24`, `10.${port}.0.2`));

/** What is counted, by what the packets match: those beyond the rate, all, and what is left behind the policer. */
const KINDS = {
  flood: `iifname eth1 udp dport ${FLOOD_PORT}`,
  other: `iifname eth2 udp dport ${FLOOD_PORT}`,
  tcp: `iifname eth1 tcp sport 8080 ip saddr ${SERVER}`,
  dns: `iifname eth1 udp sport 53 ip saddr ${SERVER}`,
} as const;
type Kind = keyof typeof KINDS;
interface Count {
  came: number;
  marked: number;
  passed: number;
}

/** Behind connection tracking and in front of the rule that drops, and right behind that. */
const COUNTERS = [
  'add table inet counted',
  'add chain inet counted before { type filter hook prerouting priority -180; }',
  'add chain inet counted behind { type filter hook prerouting priority -120; }',
  ...Object.entries(KINDS).flatMap(([kind, match]) => [
    ...['came', 'marked', 'passed'].map((what) => `add counter inet counted ${kind}_${what}`),
    `add rule inet counted before ${match} counter name ${kind}_came`,
    `add rule inet counted before ${match} meta mark and ${OVER_RATE_MARK} == ${OVER_RATE_MARK} counter name ${kind}_marked`,
    `add rule inet counted behind ${match} counter name ${kind}_passed`,
  ]),
].join('\n');

async function counted(board: Board): Promise<Record<Kind, Count>> {
  const counts: Record<string, Count> = {};
  for (const kind of Object.keys(KINDS)) counts[kind] = { came: 0, marked: 0, passed: 0 };
  const listed = JSON.parse(await board.shell.run('nft -j list counters table inet counted')) as {
    nftables: { counter?: { name: string; packets: number } }[];
  };
  for (const { counter } of listed.nftables) {
    const [kind = '', what = ''] = counter?.name.split('_') ?? [];
    const count = counts[kind];
    if (count !== undefined && counter !== undefined) count[what as keyof Count] = counter.packets;
  }
  return counts as Record<Kind, Count>;
}

/** Counts from now on: what came of `sent` packets of this kind when all of them are there, and the seconds that it took. */
async function burst(
  board: Board,
  kind: Kind,
  from: string,
  sent: number,
): Promise<Count & { seconds: number }> {
  await board.shell.run('nft reset counters table inet counted');
  const begun = Date.now();
  await board.shell.run(`${from} ${process.execPath} -e '${BURST}' ${sent}`);
  for (const end = Date.now() + 20_000; ; ) {
    const count = (await counted(board))[kind];
    if (count.came === sent) return { ...count, seconds: (Date.now() - begun) / 1000 };
    if (Date.now() > end) throw new Error(`of ${sent} packets only ${count.came} came`);
  }
}

/** From behind a port to the board's address there, at once; sent one by one, so that no queue of the sender overflows. */
const BURST = `
const socket = require("node:dgram").createSocket("udp4");
const own = Object.values(require("node:os").networkInterfaces()).flat().map((one) => one.address).find((one) => /^10[.]\\d[.]0[.]1$/.test(one));
const packet = Buffer.alloc(${FLOOD_SIZE - HEADERS});
const next = (left) => left ? socket.send(packet, ${FLOOD_PORT}, own.replace(/1$/, "2"), () => next(left - 1)) : socket.close();
next(Number(process.argv[1]));`.replaceAll('\n', ' ');

/** Seven times the rate until it is told to end, in packets so small that hardly an answer to a probe finds room. */
const FLOOD = `
require("node:fs").writeFileSync(process.argv[1] + "/flood.pid", String(process.pid));
process.on("SIGTERM", () => process.exit(0));
const socket = require("node:dgram").createSocket("udp4");
setInterval(() => { for (let n = 0; n < 10; n++) socket.send("", ${FLOOD_PORT}, "10.1.0.2"); }, 5);`.replaceAll(
  '\n',
  ' ',
);

async function leases(board: Board): Promise<void> {
  for (const port of [1, 2])
    await board.lease(`eth${port}`, { ip: `10.${port}.0.2`, mask: '24', router: `10.${port}.0.1` });
  await board.states('up', 'up');
  await board.shell.run(`nft -f - <<'RULES'\n${COUNTERS}\nRULES`);
}

/** Nothing came for so long that the bucket is full; answers to pings take nothing of it, ARP (28 bytes) does. */
const refilled = (board: Board) => board.shell.run('sleep 2');

const rates = suite('what comes in faster than rate.down');
rates.before(() => needs('iproute2', 'util-linux', 'nftables'));

rates('is dropped, as many packets as the token bucket says, and nothing else', async () => {
  await scene(configOf(['gateway']), [...LAN, ...LINES], async (board) => {
    await leases(board);
    await refilled(board);
    const under = await burst(board, 'flood', 'far 1', 7);
    assert.is(under.marked, 0, 'a second of the rate comes at once');
    assert.is(under.passed, 7);

    await refilled(board);
    const over = await burst(board, 'flood', 'far 1', 200);
    const least = Math.floor(BUCKET / FLOOD_SIZE) - 1;
    const most = Math.floor((BUCKET * (1 + over.seconds)) / FLOOD_SIZE);
    assert.ok(over.passed >= least, `${over.passed} passed, the bucket holds ${least}`);
    assert.ok(over.passed <= most, `${over.passed} passed in ${over.seconds} s, at most ${most} may`);
    assert.is(over.passed + over.marked, 200, 'what is marked is dropped, all of it');

    const other = await burst(board, 'other', 'far 2', 200);
    assert.equal([other.marked, other.passed], [0, 200], 'an uplink without a rate has no policer');
    console.log(`\n  ${over.passed} of 200 passed in ${over.seconds} s`);
  });
});

rates('does not keep what goes out by the same line', async () => {
  await scene(configOf(['gateway']), [...LAN, ...LINES], async (board) => {
    await leases(board);
    for (const line of [
      'add table inet counted',
      'add chain inet counted in { type filter hook prerouting priority 0; }',
      'add counter inet counted upload',
      `add rule inet counted in udp dport ${UPLOAD_PORT} counter name upload`,
    ])
      await board.shell.run(`far 1 nft '${line}'`);
    await board.shell.run(`far 1 ${process.execPath} -e '${FLOOD}' "$folder" &`);
    await untilMarked(board, 'flood', 20);
    await board.shell.run(`far 0 ${process.execPath} -e '${UPLOAD}'`);
    const text = await board.shell.run('far 1 nft list counter inet counted upload');
    await board.shell.run('kill $(cat $folder/flood.pid)');
    assert.match(text, 'packets 100 ');
    const { flood } = await counted(board);
    assert.is(flood.passed + flood.marked, flood.came);
  });
});

/** A hundred packets of one flow, from a host of the LAN to the modem of the flooded line. */
const UPLOAD = `
const socket = require("node:dgram").createSocket("udp4");
const next = (left) => left ? socket.send("x", ${UPLOAD_PORT}, "10.1.0.1", () => next(left - 1)) : socket.close();
next(100);`.replaceAll('\n', ' ');

/** So many of this kind have come beyond the rate. */
async function untilMarked(board: Board, kind: Kind, marked: number): Promise<void> {
  for (const end = Date.now() + 40_000; (await counted(board))[kind].marked < marked; ) {
    if (Date.now() > end) throw new Error(`never ${marked} of ${kind} beyond the rate`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

rates('does not take answers to probes along, whatever they are; without their mark it would', async () => {
  const targets = ['gateway', `tcp:${SERVER}:8080`, `http://${SERVER}:8080/`, `dns:${SERVER}`];
  await scene(configOf(targets), [...LINES, ...internet(1), ...internet(2)], async (board) => {
    await leases(board);
    await board.shell.run(`far 1 ${process.execPath} -e '${FLOOD}' "$folder" &`);
    await untilMarked(board, 'tcp', 50);
    await untilMarked(board, 'dns', 20);
    const { uplinks } = await board.states('up', 'up');
    const { tcp, dns, flood } = await counted(board);
    for (const { came, passed } of [tcp, dns]) assert.is(passed, came, 'all answers to probes');
    assert.is(flood.passed, flood.came - flood.marked, 'of the flood what is within the rate');
    assert.equal(
      uplinks[0]?.targets.map(({ alive }) => alive),
      targets.map(() => true),
    );
    await board.shell.run('nft flush chain inet plait_over_rate probes');
    await board.until('given up', ({ uplinks: [one] }) => one?.state === 'dead');
    await board.shell.run('kill $(cat $folder/flood.pid)');
    await board.states('up', 'up');
  });
});

rates.run();
