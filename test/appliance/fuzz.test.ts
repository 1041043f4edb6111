// SPDX-License-Identifier: MIT
/**
 * Hostile configurations. Whatever the text, there is an answer: a configuration that can be planned, or problems
 * that can be shown. A hang is ended by the deadline that each test file has.
 *
 * PLAIT_FUZZ_SEED repeats a run, PLAIT_FUZZ_RUNS changes its length.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../src/appliance/config.ts';
import { healthTargets } from '../../src/appliance/health-targets.ts';
import { tableText } from '../../src/appliance/nft/text.ts';
import { plan } from '../../src/appliance/plan.ts';
import { type Facts, key } from '../../src/appliance/plan-types.ts';
import { describe, MAX_PROBLEMS } from '../../src/appliance/problems.ts';
import { renderPlan } from '../../src/appliance/render-plan.ts';
import { configSchema } from '../../src/appliance/schema.ts';
import { keyPaths } from '../../src/appliance/schema-walk.ts';

const seed = Number(process.env.PLAIT_FUZZ_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.PLAIT_FUZZ_RUNS ?? 100_000);

const examplesFolder = new URL('../../src/appliance/examples/', import.meta.url);
const examples = readdirSync(examplesFolder).map((name) =>
  readFileSync(new URL(name, examplesFolder), 'utf8'),
);

/** Every word of the schema, and the marks that YAML is made of. */
const words = [...new Set(keyPaths(configSchema).flatMap((path) => path.split('.')))];
const marks = [
  ': ',
  '- ',
  '\n',
  '\n  ',
  '\n    ',
  ' ',
  '\t',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '&a ',
  '*a',
  '!!str ',
  '!x ',
]
  .concat([
    '|',
    '>',
    '"',
    "'",
    '#',
    '? ',
    '---\n',
    '...\n',
    '%YAML 1.2\n',
    '<<: ',
    '~',
    '\\',
    '\0',
    '\uFEFF',
    '\uD800',
  ])
  .concat([
    '__proto__',
    'constructor',
    '.inf',
    '-0',
    '0x10',
    '1e999',
    '99999999999999999999',
    'true',
    'null',
  ]);

const names = fc.constantFrom(
  'dsl',
  'cable',
  'lte',
  'hq',
  'eth0',
  'eth1',
  'lan',
  'constructor',
  '__proto__',
  'Ä',
  '',
);
const numbers = fc.oneof(fc.integer({ min: -1, max: 5000 }), fc.double());
const ips = fc
  .tuple(
    fc.constantFrom(10, 192, 198, 203, 0, 224),
    fc.constantFrom(0, 1, 255),
    fc.constantFrom(0, 5),
    fc.nat(255),
  )
  .map((bytes) => bytes.join('.'));
const cidrs = fc.tuple(ips, fc.nat(33)).map(([ip, length]) => `${ip}/${length}`);
const scalars = fc.oneof(
  names,
  numbers,
  ips,
  cidrs,
  fc.constantFrom(
    'dhcp',
    'ipip',
    'fou',
    'weighted',
    '1mbit',
    '100ms',
    '12h',
    '10.0.0.5-9',
    '',
    null,
    true,
    false,
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

const bytes = fc.uint8Array({ maxLength: 300 }).map((data) => String.fromCharCode(...data));
const text = fc.string({ unit: 'binary', maxLength: 200 });
const tokens = fc
  .array(fc.constantFrom(...words, ...marks), { maxLength: 80 })
  .map((parts) => parts.join(''));

/** A right document, cut, doubled or pierced in up to four places. */
const mutated = fc
  .tuple(
    fc.constantFrom(...examples),
    fc.array(
      fc.tuple(fc.nat(), fc.nat(40), fc.oneof(tokens, text, fc.constantFrom(...marks, ...words)), fc.nat(3)),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  )
  .map(([document, edits]) =>
    edits.reduce((before, [place, length, insert, kind]) => {
      const at = place % (before.length + 1);
      const cut = before.slice(at, at + length);
      const middle = [insert, '', cut + cut, cut + insert][kind] ?? '';
      return before.slice(0, at) + middle + before.slice(at + length);
    }, document),
  );

/** Objects of any shape whose keys are those of the schema. */
const shapes = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalars, tie('list'), tie('mapping')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  mapping: fc.dictionary(fc.oneof(fc.constantFrom(...words), names), tie('value'), { maxKeys: 6 }),
}));
const shaped = shapes.mapping.map((value) => JSON.stringify(value));

/** Mostly the first, now and then the other. */
function mostly(usual: fc.Arbitrary<unknown>, other: fc.Arbitrary<unknown>) {
  return fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: other });
}

const uplinkNames = fc.constantFrom('dsl', 'cable', 'lte');
const likelyUplink = fc.record(
  {
    port: mostly(fc.constantFrom('eth1', 'eth2'), names),
    vlan: mostly(fc.integer({ min: 1, max: 4094 }), numbers),
    address: mostly(fc.constant('dhcp'), cidrs),
    rate: fc.constantFrom({}, { up: '1mbit' }, { down: '16mbit' }),
    weight: mostly(fc.integer({ min: 1, max: 256 }), numbers),
    backup: mostly(fc.constant(false), fc.constant(true)),
    nat: fc.boolean(),
    mtu: fc.integer({ min: 576, max: 1500 }),
  },
  { requiredKeys: ['port', 'address', 'vlan'] },
);
const likelyTunnel = fc.record(
  {
    mode: mostly(fc.constantFrom('ipip', 'fou', 'plait'), scalars),
    peer: mostly(fc.constantFrom(`${'A'.repeat(43)}=`, `${'E'.repeat(43)}=`), scalars),
    listen: mostly(fc.constantFrom(5050, 5051), numbers),
    key: fc.constantFrom('me', 'us'),
    preshared: fc.constant('us'),
    protect: fc.constantFrom('encrypt', 'sign'),
    remote: fc.dictionary(
      mostly(fc.constantFrom('dsl', 'cable'), uplinkNames) as typeof uplinkNames,
      mostly(
        mostly(
          ips,
          ips.map((ip) => `${ip}:5051`),
        ),
        fc.array(mostly(ips, fc.constant('direct')), { maxLength: 17 }),
      ),
      { minKeys: 1, maxKeys: 2 },
    ),
    buffer: fc.boolean(),
    scheduler: mostly(fc.constantFrom('weighted', 'earliest', 'backup'), scalars),
    routes: fc.array(fc.constantFrom('0.0.0.0/0', '172.16.0.0/12', '100.64.0.0/10'), { maxLength: 1 }),
    weights: fc.dictionary(fc.constantFrom('dsl', 'cable'), fc.integer({ min: 1, max: 1000 }), {
      maxKeys: 1,
    }),
    address: fc.constantFrom('10.77.0.1/30', '10.78.0.1/32'),
  },
  { requiredKeys: ['mode'] },
);

/** Documents of the right shape, most of whose values are right: many of these reach the checks and the plan. */
const likely = fc
  .record(
    {
      version: mostly(fc.constant(1), scalars),
      lan: fc.record(
        {
          ports: fc.constantFrom(['eth0'], ['eth0', 'eth3']),
          address: mostly(fc.constantFrom('192.168.50.1/24', '172.30.1.1/16'), cidrs),
          dhcp: mostly(fc.constant({ range: '192.168.50.100-199' }), scalars),
        },
        { requiredKeys: ['ports', 'address'] },
      ),
      uplinks: fc
        .tuple(likelyUplink, likelyUplink, fc.dictionary(uplinkNames, likelyUplink, { maxKeys: 1 }))
        .map(([dsl, cable, more]) => ({ dsl, cable, ...more })),
      tunnels: fc.dictionary(fc.constantFrom('hq', 'b'), likelyTunnel, { maxKeys: 2 }),
      balance: fc.record(
        {
          strategy: mostly(fc.constantFrom('session', 'packet', 'headroom'), scalars),
          'dead-sessions': fc.constantFrom('move', 'end'),
          local: fc.boolean(),
          from: fc.constantFrom(['lan'], ['hq'], []),
          exclude: fc.array(mostly(fc.constant('10.0.0.0/8'), cidrs), { maxLength: 2 }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['version', 'lan', 'uplinks'] },
  )
  .map((value) => JSON.stringify(value));

/** What is learned outside may be hostile too. */
const outside = fc.oneof(ips, text);
const facts: fc.Arbitrary<Facts> = fc.record({
  ports: fc.constant(['eth0', 'eth1', 'eth2']),
  leases: fc.dictionary(
    fc.constantFrom('dsl', 'cable', 'lte'),
    fc.record(
      {
        address: fc.oneof(cidrs, text),
        gateway: outside,
        dns: fc.array(outside, { maxLength: 3 }),
        seconds: fc.nat(),
      },
      { requiredKeys: ['address', 'dns', 'seconds'] },
    ),
  ),
  deadUplinks: fc.subarray(['dsl', 'cable', 'lte', 'gone']),
  deadLegs: fc.dictionary(fc.constantFrom('hq', 'b'), fc.subarray(['dsl', 'cable', 'lte'])),
});

const documents = fc.oneof(bytes, text, tokens, mutated, shaped, { arbitrary: likely, weight: 2 });

const test = suite(`parseConfig and plan on ${numRuns} hostile inputs, PLAIT_FUZZ_SEED=${seed}`);

test('every input has an answer', () => {
  let accepted = 0;
  fc.assert(
    fc.property(documents, facts, (document, learned) => {
      const parsed = parseConfig(document);
      if (!parsed.ok) return mustBeShowable(parsed.problems);
      accepted++;
      const made = plan(parsed.config, learned);
      assert.is(new Set(made.items.map(key)).size, made.items.length, 'an item is there twice');
      for (const item of made.items) {
        if (item.kind === 'link') assert.match(item.name, /^[a-z][\w.-]{0,14}$/);
        if (item.kind === 'table') mustBeRules(tableText(item.table));
        if (item.kind === 'file') assert.match(item.content, /^[\n -~]*$/);
        if (item.kind === 'service') for (const word of item.argv) assert.match(word, /^[\w:/.,=-]+$/);
      }
      assert.type(renderPlan(made), 'string');
      assert.type(JSON.stringify(healthTargets(parsed.config, learned)), 'string');
    }),
    { seed, numRuns },
  );
  console.log(`\n  ${accepted} of ${numRuns} were right and planned`);
  assert.ok(accepted > numRuns / 100, 'the plan was hardly tried');
});

test.run();

function mustBeShowable(problems: Parameters<typeof describe>[0][]): void {
  assert.ok(problems.length >= 1 && problems.length <= MAX_PROBLEMS + 1, `${problems.length} problems`);
  assert.type(JSON.stringify(problems), 'string');
  for (const problem of problems) {
    const sentence = describe(problem);
    assert.match(sentence, /^[^\p{C}]{10,2000}\.$/u);
    assert.ok(problem.message !== '' && problem.remedy !== '', sentence);
  }
}

function mustBeRules(rules: string): void {
  for (const line of rules.trimEnd().split('\n')) {
    assert.match(line, /^[\t -~]*$/);
    assert.not.match(line, 'undefined|NaN|unknown');
  }
}
