// SPDX-License-Identifier: MIT
/**
 * Each file in plan/ is one case: a sentence, the configuration, what the board knows, and the exact plan as
 * `renderPlan()` writes it. After a wanted change of the plan, PLAIT_WRITE_EXPECTED=1 writes what came out into the
 * files, to be read in the diff.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { safeDefaults } from '../../src/appliance/defaults.ts';
import { RULE_MARK_MASK } from '../../src/appliance/model.ts';
import { fromHost32 } from '../../src/appliance/nft/hex.ts';
import type { Rule } from '../../src/appliance/nft/types.ts';
import { plan } from '../../src/appliance/plan.ts';
import { type Facts, type Item, key, type Plan } from '../../src/appliance/plan-types.ts';
import { renderItem, renderPlan } from '../../src/appliance/render-plan.ts';
import type { Config } from '../../src/appliance/schema.ts';
import { baseWith, factsWith, mustParse } from './support.ts';

const folder = new URL('./plan/', import.meta.url);
const examples = new URL('../../src/appliance/examples/', import.meta.url);

const cases = suite('plan: cases');

for (const name of readdirSync(folder)) {
  const file = new URL(name, folder);
  const [sentence = '', configText = '', factsText = '', expected = ''] = readFileSync(file, 'utf8').split(
    /^==.*\n/m,
  );
  cases(sentence.trim(), () => {
    const facts = factsWith(JSON.parse(factsText) as Partial<Facts>);
    const made = plan(configOf(configText, facts), facts);
    const rendered = renderPlan(made);
    if (process.env.PLAIT_WRITE_EXPECTED === '1') {
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.slice(0, text.length - expected.length) + rendered);
      return;
    }
    assert.fixture(rendered, expected);
    checkOrder(made);
  });
}

cases.run();

/** The word `defaults`, the name of an example, or a configuration. */
function configOf(text: string, facts: Facts): Config {
  const word = text.trim();
  if (word === 'defaults') return safeDefaults(facts);
  return mustParse(/^[\w-]+\.yaml$/.test(word) ? readFileSync(new URL(word, examples), 'utf8') : text);
}

/** Whatever an item refers to has been made by an item before it, and nothing is made twice. */
function checkOrder({ items }: Plan): void {
  const seen = new Set<string>();
  for (const item of items) {
    assert.not.ok(seen.has(key(item)), `twice: ${renderItem(item)}`);
    seen.add(key(item));
    for (const device of devicesOf(item)) {
      assert.ok(seen.has(`link ${device}`), `${device} comes too late for: ${renderItem(item)}`);
    }
    if (item.kind === 'service') {
      for (const path of item.files) assert.ok(seen.has(`file ${path}`), path);
    }
  }
}

function devicesOf(item: Item): string[] {
  switch (item.kind) {
    case 'link': {
      const parent = 'parent' in item.type ? [item.type.parent] : [];
      return item.master === undefined ? parent : [...parent, item.master];
    }
    case 'address':
    case 'qdisc':
      return [item.dev];
    case 'leg':
      return item.udp ? [item.link] : [item.link, item.dev];
    case 'peer':
    case 'leg-rules':
      return [item.link];
    case 'udp-leg':
      return [item.link, item.uplink];
    case 'fast-path':
      return [...item.devices];
    case 'balance':
      return [...(item.inputs ?? []), ...item.uplinks.map(({ dev }) => dev)];
    case 'route':
      return item.nexthops?.map((hop) => hop.dev) ?? (item.dev === undefined ? [] : [item.dev]);
    case 'sysctl': {
      const device = /^net\/ipv4\/(?:conf|multipath)\/(?!all\/|default\/)([^/]+)\//.exec(item.path)?.[1];
      return device === undefined ? [] : [device];
    }
    default:
      return [];
  }
}

const properties = suite('plan: properties');

properties('is pure: the same input twice gives the same plan', () => {
  const config = mustParse(baseWith());
  assert.equal(plan(config, factsWith()), plan(config, factsWith()));
});

properties('a part that failed is left out of the plan, whatever part it is, unless others share it', () => {
  for (const name of readdirSync(examples).filter((file) => file.endsWith('.yaml'))) {
    const config = mustParse(readFileSync(new URL(name, examples), 'utf8'));
    for (const part of plan(config, factsWith()).parts) {
      const without = plan(config, factsWith({ failedParts: [part.name] })).parts.map((one) => one.name);
      assert.is(without.includes(part.name), part.shared, `${part.name} of ${name}`);
    }
  }
});

properties('the firewall does not change with leases and probes, which come and go', () => {
  const config = mustParse(baseWith({ 'uplinks.lte': { port: 'eth2', address: 'dhcp' } }));
  const firewallWith = (facts: Partial<Facts>) =>
    plan(config, factsWith(facts)).items.filter(
      (item) => item.kind === 'table' && item.table.name === 'plait',
    );
  const lease = { address: '100.64.0.2/24', gateway: '100.64.0.1', dns: [], seconds: 60 };
  assert.equal(
    firewallWith({ leases: { lte: lease }, deadUplinks: ['dsl'], deadLegs: { hq: ['dsl'] } }),
    firewallWith({}),
  );
});

/** All that uses marks: policy routing, download rates, sessions that belong together, balancing, the fast path. */
const MARKED = {
  'uplinks.dsl.rate': { down: '8mbit' },
  'tunnels.hq.rules': [{ protocol: 'udp', leg: 'dsl' }],
};

properties('nobody else looks at the number of a rule or changes it: outer packets may have it, too', () => {
  for (const more of [{}, { balance: {} }]) {
    const { items } = plan(mustParse(baseWith({ ...MARKED, ...more })), factsWith());
    const masks = items.flatMap((item) => {
      if (item.kind === 'rule' && item.mark) return [item.mark.mask];
      if (item.kind === 'balance') return [item.mask];
      return item.kind === 'fast-path' ? [item.dropMark] : [];
    });
    assert.ok(masks.length > 1);
    for (const mask of masks) assert.is((mask & RULE_MARK_MASK) >>> 0, 0);
    const tables = items.flatMap((item) => (item.kind === 'table' ? [item.table] : []));
    const others = tables.filter(({ name }) => name !== 'plait_rules');
    assert.is(others.length, tables.length - 1);
    const used = others.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules.flatMap(usesOfMarks)));
    assert.ok(used.length > 3);
    for (const { mask, xor, sets } of used)
      assert.equal(
        [(mask & RULE_MARK_MASK) >>> 0, (xor & RULE_MARK_MASK) >>> 0],
        [sets ? RULE_MARK_MASK : 0, 0],
      );
  }
});

function usesOfMarks({ expressions }: Rule): { mask: number; xor: number; sets: boolean }[] {
  return expressions.flatMap((one, at) => {
    const before = expressions[at - 1];
    const next = expressions[at + 1];
    if (one.op !== 'bitwise' || before?.op !== 'meta' || before.key !== 'mark') return [];
    const sets = next?.op === 'meta' && next.sreg !== undefined;
    return [{ mask: fromHost32(one.mask), xor: fromHost32(one.xor), sets }];
  });
}

properties('no packet gets into a tunnel by the fast path, past the rules', () => {
  const { items } = plan(mustParse(baseWith(MARKED)), factsWith());
  const devices = items.flatMap((item) => (item.kind === 'fast-path' ? item.devices : []));
  assert.equal(devices, ['eth0', 'eth1.5', 'eth1.6']);
});

properties('what a DHCP server says cannot put lines into files', () => {
  const config = mustParse(baseWith({ 'uplinks.lte': { port: 'eth2', address: 'dhcp' }, dns: undefined }));
  const evil = 'x\ndhcp-script=/data/evil';
  const lease = { address: '100.64.0.2/24', gateway: evil, dns: [evil, '100.64.0.53'], seconds: 60 };
  const made = plan(config, factsWith({ leases: { lte: lease } }));
  assert.not.match(JSON.stringify(made), 'evil');
  assert.match(renderPlan(made), 'server=100.64.0.53@eth2');
  const nonsense = { ...lease, address: evil };
  assert.not.match(JSON.stringify(plan(config, factsWith({ leases: { lte: nonsense } }))), 'evil');
});

properties('a password hash is in the file and not in its rendering', () => {
  const hash = `$6$saltsalt$${'a'.repeat(86)}`;
  const made = plan(mustParse(baseWith({ 'admin.password-hash': hash })), factsWith());
  const shadow = made.items.find((item) => item.kind === 'file' && item.path === '/run/plait/shadow');
  assert.match(shadow?.kind === 'file' ? shadow.content : '', `root:${hash}:`);
  assert.not.match(renderPlan(made), 'saltsalt');
  assert.match(renderPlan(made), 'root:(not shown):');
});

properties(
  'there is an SSH server only when somebody can log in, and passwords only when there is one',
  () => {
    const ssh = (admin: object) =>
      plan(mustParse(baseWith({ admin })), factsWith()).items.flatMap((item) =>
        item.kind === 'service' && item.name === 'dropbear' ? [item.argv.join(' ')] : [],
      );
    const key = `ssh-ed25519 AAAA${'b'.repeat(64)} me`;
    assert.equal(ssh({}), []);
    assert.equal(ssh({ 'ssh-keys': [key] }), ['dropbear -F -R -p 22 -s']);
    assert.equal(ssh({ 'password-hash': `$6$salt$${'a'.repeat(86)}` }), ['dropbear -F -R -p 22']);
  },
);

properties.run();
