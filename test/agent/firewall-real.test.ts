// SPDX-License-Identifier: MIT
/**
 * Tables as the agent sends them, on this machine's kernel in a network of its own. nft lists them: what it says is held
 * against the plan's text and against what the agent reads back.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../src/appliance/config.ts';
import { tableText } from '../../src/appliance/nft/text.ts';
import type { Rule, Table } from '../../src/appliance/nft/types.ts';
import { plan } from '../../src/appliance/plan.ts';
import { describe } from '../../src/appliance/problems.ts';
import { needs } from '../image/needs.ts';
import { suite } from '../support/suite.ts';
import { hostAgent } from './support/host-agent.ts';

const DEADLINE = 60_000;
const examples = fileURLToPath(new URL('../../src/appliance/examples/', import.meta.url));

/** Every match, statement and chain that the plan knows. */
const EVERYTHING = `version: 1
lan: { ports: [eth0, eth2], address: 192.168.50.1/24 }
uplinks:
  cable: { port: eth1, vlan: 5, address: 203.0.113.6/29, gateway: 203.0.113.1, rate: { up: 10mbit, down: 100mbit } }
  dsl: { port: eth1, vlan: 7, address: dhcp, rate: { down: 8388608bit } }
tunnels:
  hq: { mode: fou, remote: { cable: 198.51.100.7, dsl: 198.51.100.8 }, address: 10.255.0.1/30, routes: [10.0.0.0/16, 10.5.0.0/16] }
  b: { mode: ipip, remote: { cable: 198.51.100.9 }, routes: [10.9.0.0/16] }
  c: { mode: ipip, remote: { dsl: 198.51.100.10 }, routes: [10.10.0.0/16], sources: any, rules: [{ protocol: gre, leg: dsl }] }
  d:
    mode: plait
    listen: 5050
    peer: ZCn87emC/lHLN4yfPHHjqkm77W+mnRfgke4Tt0nNmE4=
    rules:
      - { from: 192.168.50.7, to: [10.9.0.0/16, 10.11.0.0/16], protocol: udp, ports: 5060-5090, dscp: ef, leg: leg0, else: drop }
      - { protocol: tcp, ports: [22, 8000-8010], copies: 2 }
      - { dscp: 5, order: no }
      - { dscp: 0, protocol: esp, order: no }
      - { from: '2001:db8::/32', to: '2001:db8:5::7', dscp: af41, protocol: tcp, ports: 5, order: no }
      - { protocol: icmp, dscp: cs6, order: no }
      - { protocol: icmpv6, leg: leg1 }
firewall:
  rules:
    - { comment: ssh from outside, from: [cable, dsl], to: [box], protocol: tcp, ports: [22, 8000-8010], source: [198.51.100.0/24, 203.0.113.77], limit: 10/minute, log: true, action: accept }
    - { from: [lan], to: [cable], protocol: udp, ports: [53], action: reject }
    - { from: [lan], protocol: tcp, ports: [25], action: reject }
    - { from: [box], to: [dsl], destination: [192.0.2.0/24], action: drop }
    - { from: [hq], source: ['2001:db8::/32', 'fe80::1'], action: drop }
    - { source: ['2001:db8::/33'], action: drop }
    - { from: [cable], to: [lan], protocol: gre, action: accept }
    - { from: [cable], protocol: icmpv6, limit: 5/second, action: accept }
  forwards:
    - { protocol: tcp, port: 8080, to: 192.168.50.10, to-port: 80 }
    - { from: [cable], protocol: udp, port: 5000-5010, to: 192.168.50.11 }
  helpers: [ftp, pptp, sip]
`;

/** Sessions that belong together, of each kind, over three uplinks of which one is a backup. */
const TOGETHER = `version: 1
lan: { ports: [eth0], address: 192.168.50.1/24 }
uplinks:
  a: { port: eth1, address: 192.0.2.2/24, gateway: 192.0.2.1, weight: 3 }
  b: { port: eth2, address: 203.0.113.2/24, gateway: 203.0.113.1 }
  c: { port: eth3, address: 198.51.100.2/24, gateway: 198.51.100.1, backup: true }
balance: { exclude: [192.0.2.128/25], together: [ike, pptp, tcp, 'udp:5060-5061', 9.9.9.0/24, all] }
dns: { servers: [9.9.9.9] }
`;

interface Tried {
  failures: { code?: string; message: string }[];
  held: boolean[];
  tables: Table[];
  /** `nft list ruleset` afterwards. */
  listed: string;
}

interface Scene {
  folder: string;
  program: string;
}

const real = suite<Scene>('the firewall on a real kernel');

real.before(async (scene) => {
  await needs('nftables', 'iproute2', 'util-linux');
  scene.folder = mkdtempSync(join(tmpdir(), 'plait-firewall-'));
  scene.program = (await hostAgent()).tables;
});
real.after(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** Makes the tables in a new network with the devices that chains of devices want. */
function tryTables({ folder, program }: Scene, tables: readonly Table[]): Promise<Tried> {
  const file = join(folder, 'tables.json');
  writeFileSync(file, JSON.stringify(tables));
  const script = [
    // As if they were VLANs, which this machine's kernel may not have.
    'ip link add eth1.5 type veth peer name eth1.7',
    '"$1" "$2"',
    'echo ====',
    'nft list ruleset',
  ].join(' && ');
  return new Promise((resolve, reject) => {
    const args = ['-n', 'sh', '-c', script, 'sh', program, file];
    execFile('unshare', args, { timeout: DEADLINE }, (error, out, err) => {
      const [json = '', listed = ''] = out.split('====\n');
      if (error) return reject(new Error(`${error.message}\n${out}${err}`));
      resolve({ ...(JSON.parse(json) as Omit<Tried, 'listed'>), listed });
    });
  });
}

/** Without those that this machine's kernel may not have. */
function tablesOf(text: string): Table[] {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(parsed.problems.map(describe).join('\n'));
  const facts = { ports: ['eth0', 'eth1', 'eth2', 'eth3'], leases: {}, deadUplinks: [], deadLegs: {} };
  return plan(parsed.config, facts).items.flatMap((item) => (item.kind === 'table' ? [item.table] : []));
}

const firewallOf = (text: string): Table => {
  const table = tablesOf(text).find(({ name }) => name === 'plait');
  assert.ok(table);
  return table;
};

const texts = (tables: readonly Table[]): string => tables.map(tableText).join('');
/** Each table whole, in an order of ours: nft lists them as they were made, and we by family. */
const sorted = (text: string): string =>
  text
    .replace(/\n+/g, '\n')
    .split(/(?<=^}\n)/m)
    .sort()
    .join('');
const withoutComments = (tables: readonly Table[]) => tables.map(({ comment: _, ...table }) => table);
const byName = (a: { family: string; name: string }, b: { family: string; name: string }) =>
  `${a.family} ${a.name}` < `${b.family} ${b.name}` ? -1 : 1;

for (const [name, text] of [
  ['everything that a configuration can ask for', EVERYTHING],
  ['sessions that belong together', TOGETHER],
  ...readdirSync(examples).map((file) => [file, readFileSync(join(examples, file), 'utf8')]),
] as [string, string][]) {
  real(`${name}: the kernel has what the plan says, and nft prints it as we do`, async (scene) => {
    const wanted = tablesOf(text).filter(({ family }) => family === 'inet' || text === EVERYTHING);
    const tried = await tryTables(scene, wanted);
    assert.equal(tried.failures, []);
    assert.equal(
      tried.held,
      wanted.map(() => true),
    );
    assert.equal(withoutComments(tried.tables).sort(byName), [...wanted].sort(byName));
    assert.fixture(sorted(texts(tried.tables)), sorted(tried.listed));
    for (const table of wanted) assert.match(texts(withoutComments(tried.tables)), tableText(table));
  });
}

const bad: Rule = { expressions: [{ op: 'verdict', verdict: 'jump', chain: 'nowhere' }] };

real('a rule that the kernel refuses leaves what was before, whole, and is named', async (scene) => {
  const before = firewallOf(EVERYTHING);
  const chains = before.chains.map((chain) =>
    chain.name === 'input' ? { ...chain, rules: [...chain.rules.slice(3), bad] } : chain,
  );
  const alone = await tryTables(scene, [before]);
  const tried = await tryTables(scene, [before, { ...before, chains }]);
  assert.is(tried.failures.length, 1);
  assert.is(tried.failures[0]?.code, 'ENOENT');
  assert.match(tried.failures[0]?.message ?? '', /^rule \d+ of chain input: /);
  assert.equal(tried.held, [true, false]);
  assert.is(tried.listed, alone.listed);
});

real('the next one takes its place, with nothing left of it', async (scene) => {
  const router = firewallOf(readFileSync(join(examples, 'router.yaml'), 'utf8'));
  const tried = await tryTables(scene, [firewallOf(EVERYTHING), router]);
  assert.equal(tried.failures, []);
  assert.equal(withoutComments(tried.tables), [router]);
});

const octet = fc.integer({ min: 1, max: 254 });
const network4 = fc
  .tuple(octet, octet, fc.constantFrom(8, 9, 16, 24, 32))
  .map(
    ([a, b, length]) => `${a}.${length < 16 ? 0 : b}.${length < 24 ? 0 : b}.${length < 32 ? 0 : a}/${length}`,
  )
  .filter((text) => !/^\d+\.[1-9]\d*\.0\.0\/[89]$/.test(text));
const network6 = fc
  .tuple(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom('::/32', '::1', ':0:5::/64'))
  .map(([group, rest]) => `2001:${group.toString(16)}${rest}`);
const portRange = fc
  .tuple(fc.integer({ min: 1, max: 65535 }), fc.nat(2000))
  .map(([from, more]) => (more % 2 ? from : `${from}-${Math.min(65535, from + more)}`));
const few = <T>(of: fc.Arbitrary<T>) => fc.uniqueArray(of, { minLength: 1, maxLength: 4 });
const side = few(fc.constantFrom('lan', 'cable', 'dsl', 'hq'));
const ruleOf = fc
  .record(
    {
      from: side,
      to: side,
      source: fc.oneof(few(network4), few(network6)),
      ports: few(portRange),
      protocol: fc.constantFrom('tcp', 'udp'),
      limit: fc.constantFrom('1/second', '10/minute', '500/hour', '3/day'),
      log: fc.boolean(),
      comment: fc.constantFrom('a', 'web (public), since 2026'),
      action: fc.constantFrom('accept', 'drop', 'reject'),
    },
    { requiredKeys: ['action', 'protocol'] },
  )
  .map((rule) => rule);

real(
  'any rules that a configuration may have: the kernel takes them, and nft prints them as we do',
  async (scene) => {
    const base = EVERYTHING.slice(0, EVERYTHING.indexOf('firewall:'));
    await fc.assert(
      fc.asyncProperty(fc.array(ruleOf, { minLength: 20, maxLength: 60 }), async (rules) => {
        const wanted = firewallOf(`${base}firewall: ${JSON.stringify({ rules })}\n`);
        const tried = await tryTables(scene, [wanted]);
        assert.equal(tried.failures, []);
        assert.equal(withoutComments(tried.tables), [wanted]);
        assert.fixture(texts(tried.tables), tried.listed);
      }),
      { numRuns: 4 },
    );
  },
);

real.run();
