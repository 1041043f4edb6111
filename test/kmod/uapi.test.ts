// SPDX-License-Identifier: MIT
/** The YNL specifications, the uapi headers and the agent's codec say the same. */
import { readFile } from 'node:fs/promises';
import { CORE_SCHEMA, load } from 'js-yaml';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BALANCE_ATTRIBUTES, BALANCE_COMMANDS } from '../../src/agent/netlink/balance.ts';
import { PLAIT_ATTRIBUTES, PLAIT_COMMANDS } from '../../src/agent/netlink/plait.ts';
import { PLAIT_UDP_ATTRIBUTES, PLAIT_UDP_COMMANDS } from '../../src/agent/netlink/plait-udp.ts';
import { MOST_RULE_LEGS, MOST_TUNNEL_RULES } from '../../src/appliance/schema.ts';

interface Named {
  name: string;
  value?: number;
}
interface Spec {
  name: string;
  definitions: (Named & { type: string; 'value-start'?: number; entries?: string[] })[];
  'attribute-sets': (Named & { 'name-prefix'?: string; attributes: Named[] })[];
  operations: { 'name-prefix': string; list: (Named & { 'attribute-set': string })[] };
  'mcast-groups': { list: Named[] };
}
type Numbers = Record<string, number>;

const folder = new URL('../../src/kmod/uapi/', import.meta.url);
const read = (file: string) => readFile(new URL(file, folder), 'utf8');
const upper = (text: string) => text.replaceAll('-', '_').toUpperCase();

/** Each one is the one before plus one, unless it says its own value. */
function numbered(list: readonly Named[], first: number, prefix = ''): Numbers {
  let next = first;
  return Object.fromEntries(
    list.map(({ name, value }) => {
      next = (value ?? next) + 1;
      return [upper(prefix + name), next - 1];
    }),
  );
}

async function specOf(name: string): Promise<Spec> {
  return load(await read(`${name}.yaml`), { schema: CORE_SCHEMA }) as Spec;
}

/** All that a specification gives a number to, by the names that C has for it. */
function constantsOf(spec: Spec): Numbers {
  const family = `${spec.name}-`;
  const { operations } = spec;
  return Object.assign(
    numbered(operations.list, 1, operations['name-prefix']),
    ...spec['attribute-sets'].map(({ attributes, 'name-prefix': prefix }) =>
      prefix === undefined ? {} : numbered(attributes, 1, prefix),
    ),
    ...spec.definitions.map(({ type, name, value, entries, 'value-start': start = 0 }) =>
      type === 'const'
        ? numbered([{ name, value: value ?? 0 }], 0, family)
        : numbered(
            (entries ?? []).map((entry) => ({ name: entry })),
            start,
            `${family}${name}-`,
          ),
    ),
  );
}

/** Numbers of enums and plain numbers of macros in a header, less those of rtnetlink and what only helps C. */
async function headerOf(name: string): Promise<Numbers> {
  const header = await read(`${name}.h`);
  const pairs = [
    ...header.matchAll(/^\t([A-Z]\w+) = (\d+),?$/gm),
    ...header.matchAll(/^#define (PLAIT_\w+)\s+(\d+)(?:ULL)?$/gm),
  ];
  return Object.fromEntries(pairs.map(([, constant = '', value]) => [constant, Number(value)]));
}

/** In the header, and of no use in a specification of the family. */
const onlyInHeader =
  /_UNSPEC$|_VERSION$|_DEFAULT$|_MESSAGE_MAX$|^IFLA_|^PLAIT_LEG_(?:DISABLED|DOWN|LOOP|SUSPECT|LIVE)$/;

const test = suite('netlink families');

for (const name of ['plait', 'plait_balance', 'plait_udp']) {
  test(`the specification of ${name} has the numbers of its header, and all of them`, async () => {
    const header = await headerOf(name);
    const wanted = Object.entries(header).filter(([constant]) => !onlyInHeader.test(constant));
    assert.ok(wanted.length > 30, 'the header is read');
    assert.equal(sorted(constantsOf(await specOf(name))), sorted(Object.fromEntries(wanted)));
  });
}

function sorted(numbers: Numbers): [string, number][] {
  return Object.entries(numbers).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Every number that the codec knows is the specification's. */
async function checkCodec(
  name: string,
  commands: Numbers,
  attributes: Readonly<Record<string, Numbers>>,
): Promise<void> {
  const spec = await specOf(name);
  const all = numbered(spec.operations.list, 1);
  for (const [command, value] of Object.entries(commands)) assert.is(value, all[command], command);
  for (const [set, numbers] of Object.entries(attributes)) {
    const found = spec['attribute-sets'].find((one) => one.name === set);
    assert.ok(found, set);
    const known = numbered(found.attributes, 1);
    assert.ok(Object.keys(numbers).length > 1);
    for (const [attribute, value] of Object.entries(numbers)) {
      assert.is(value, known[attribute], `${set}, ${attribute}`);
    }
  }
}

test("the agent's codec of plait has the numbers of the specification", () =>
  checkCodec('plait', PLAIT_COMMANDS, PLAIT_ATTRIBUTES));

test('a tunnel has no more rules, and a rule no more legs and copies, than the module takes', async () => {
  const constants = constantsOf(await specOf('plait'));
  // One is for packets that no other fits.
  assert.is(MOST_TUNNEL_RULES + 1, constants.PLAIT_RULES_MAX);
  assert.is(MOST_RULE_LEGS, constants.PLAIT_RULE_LEGS_MAX);
  assert.is(2, constants.PLAIT_RULE_COPIES_MAX);
});

test("the agent's codec of plait_balance has the numbers of the specification", () =>
  checkCodec('plait_balance', BALANCE_COMMANDS, BALANCE_ATTRIBUTES));

test("the agent's codec of plait_udp has the numbers of the specification", () =>
  checkCodec('plait_udp', PLAIT_UDP_COMMANDS, PLAIT_UDP_ATTRIBUTES));

test.run();
