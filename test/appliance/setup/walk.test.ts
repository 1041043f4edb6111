// SPDX-License-Identifier: MIT
/**
 * The questions of setup as a whole: whatever is answered leads to a configuration that the validator accepts, or to a
 * question that says why not. PLAIT_FUZZ_SEED repeats a run, PLAIT_FUZZ_RUNS changes its length.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkBoard } from '../../../src/appliance/board-checks.ts';
import { parseConfig, readDocument } from '../../../src/appliance/config.ts';
import type { Answers, SetupFacts } from '../../../src/appliance/setup/answers.ts';
import { stuckText, type Walk, walk } from '../../../src/appliance/setup/walk.ts';
import { yamlText } from '../../../src/appliance/setup/yaml-text.ts';

const seed = Number(process.env.PLAIT_FUZZ_SEED ?? Date.now() % 2 ** 31);
const numRuns = Number(process.env.PLAIT_FUZZ_RUNS ?? 200);

const HASH = `$6$abcdefgh$${'x'.repeat(86)}`;
const KEY = `ssh-ed25519 AAAA${'C3NzaC1lZDI1NTE5'.repeat(4)} someone@desk`;
const BOARD: SetupFacts = {
  ports: ['eth0', 'eth1', 'eth2'].map((name, index) => ({
    name,
    mac: `00:0d:b9:12:34:5${index}`,
    carrier: false,
    heard: [],
  })),
};
const folder = new URL('../../../src/appliance/examples/', import.meta.url);
const EXAMPLES = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));

/** Answers as a person gives them who presses Enter wherever `given` has nothing. */
function answer(given: Answers, facts: SetupFacts, all = false): Walk {
  const answers: Record<string, string> = { password: HASH, ...given };
  for (let count = 0; count < 200; count++) {
    const at = walk(answers, facts, { all });
    if (at.state !== 'asking' || at.refused) return at;
    answers[at.next.id] = at.next.proposal;
  }
  throw new Error('the questions have no end');
}

function done(at: Walk): { text: string; unchanged: boolean } {
  if (at.state === 'done') return at;
  throw new Error(
    at.state === 'stuck' ? stuckText(at.problems) : JSON.stringify(at.refused ?? at.next, null, 1),
  );
}

const flow = suite('the way through the questions');

flow('two uplinks are 12 questions, and the configuration is what was answered', () => {
  const at = answer(
    {
      hostname: 'branch-12',
      'lan.address': '192.168.50.1/24',
      'uplink.1.port': 'eth1.5',
      'uplink.1.name': 'dsl',
      'uplink.2.port': 'eth1.6',
      'uplink.2.name': 'cable',
      'uplink.2.address': '203.0.113.6/29 203.0.113.1',
    },
    BOARD,
  );
  assert.is(at.answered.length, 12);
  assert.is(
    done(at).text,
    `version: 1
hostname: branch-12
lan:
  ports: [eth0]
  address: 192.168.50.1/24
  dhcp:
    range: 192.168.50.100-192.168.50.199
uplinks:
  dsl:
    port: eth1
    vlan: 5
    address: dhcp
  cable:
    port: eth1
    vlan: 6
    address: 203.0.113.6/29
    gateway: 203.0.113.1
admin:
  password-hash: "${HASH}"
`,
  );
});

flow('a fixed address may bring its name servers, and one of all lines must', () => {
  const lines = {
    'uplink.1.address': '203.0.113.6/29 203.0.113.1',
    'uplink.2.port': 'eth2',
    'uplink.2.address': '198.51.100.2/24 198.51.100.1 198.51.100.53 9.9.9.9',
  };
  const at = answer(lines, BOARD);
  assert.is(at.answered.length, 12);
  assert.match(done(at).text, 'gateway: 198.51.100.1\n    dns: [198.51.100.53, 9.9.9.9]\n');
  const again = answer({ password: 'keep' }, { ...BOARD, base: done(at).text });
  assert.is(again.accepted['uplink.2.address'], lines['uplink.2.address']);
  assert.ok(done(again).unchanged);
});

flow('Enter alone is enough, with any number of ports but none', () => {
  for (const count of [1, 2, 3]) done(answer({}, { ports: BOARD.ports.slice(0, count) }));
  const none = answer({}, { ports: [] });
  assert.is(none.state === 'asking' && none.refused?.remedy, 'the board has none');
});

flow('what was heard is proposed: a tagged line, then an untagged one, and a LAN beside them', () => {
  const [lan, first, second] = BOARD.ports.map((port) => ({ ...port, carrier: true }));
  if (!lan || !first || !second) throw new Error('three ports');
  const offer = { what: 'dhcp', server: '192.168.1.254', address: '192.168.1.77/24' } as const;
  const facts = {
    ports: [lan, { ...first, heard: [offer] }, { ...second, heard: [{ ...offer, vlan: 7 }] }],
  };
  const { accepted } = answer({}, facts);
  assert.equal(
    [
      accepted['lan.address'],
      accepted['uplink.1.port'],
      accepted['uplink.2.port'],
      accepted['uplink.3.port'],
    ],
    ['192.168.50.1/24', 'eth1', 'eth2.7', 'none'],
  );
});

flow('an answer that cannot be is refused with the remedy, and asked for again', () => {
  const cases: [id: string, answer: string, refusal: RegExp][] = [
    ['lan.ports', 'eth9', /not a port of this board.*the board has eth0, eth1, eth2/],
    ['lan.ports', 'eth0 eth0', /named twice/],
    ['lan.address', '192.168.1.1', /no prefix length.*192\.168\.1\.1\/24/],
    ['lan.address', '192.168.1.255/24', /broadcast address/],
    ['lan.dhcp', '10.0.0.1-9', /not within the LAN's subnet/],
    ['uplink.1.port', 'eth0', /is a port of the LAN/],
    ['uplink.1.port', 'eth1.0', /write one from 1 to 4094/],
    ['uplink.1.name', '9', /not a usable name/],
    ['uplink.1.name', '__proto__', /not a usable name/],
    ['uplink.1.address', '192.168.1.9/24 192.168.1.254', /overlaps with the LAN/],
    ['uplink.1.address', '203.0.113.6/29 203.0.113.6', /uplink's own address/],
    ['uplink.1.address', '203.0.113.6/32', /add gateway/],
    ['uplink.1.address', 'dhcp 203.0.113.1', /write dhcp alone/],
    ['uplink.1.address', '203.0.113.6/29 203.0.113.1', /no name could be resolved/],
    ['uplink.1.address', '203.0.113.6/29 203.0.113.1 dns.example', /is not an IPv4 address/],
    [
      'uplink.1.address',
      '203.0.113.6/29 203.0.113.1 1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4 5.5.5.5',
      /too many words/,
    ],
    ['uplink.1.rate', '5', /not a rate/],
    ['hostname', 'a b', /not a host name/],
    ['ssh-key', 'hello', /not a public SSH key/],
    ['password', 'plain', /not a password hash/],
  ];
  for (const [id, given, refusal] of cases) {
    const at = answer({ [id]: given }, BOARD);
    assert.is(at.state === 'asking' && at.next.id, id, `${id} ${given}`);
    const { message = '', remedy = '' } = (at.state === 'asking' && at.refused) || {};
    assert.match(`${message}: ${remedy}`, refusal, `${id} ${given}`);
  }
});

flow('a secret is in no refusal', () => {
  const at = answer({ password: '$6$secret' }, BOARD);
  assert.ok(at.state === 'asking' && at.refused);
  assert.not.match(JSON.stringify(at), '$6$secret');
});

const again = suite('setup of a board that has a configuration');

again('Enter alone leaves every byte as it was', () => {
  for (const base of EXAMPLES) {
    const ports = ['eth0', 'eth1', 'eth2', 'eth3'].map((name) => ({ name, carrier: false, heard: [] }));
    const facts = { ports, base };
    for (const all of [false, true]) {
      const at = answer({ password: hasPassword(base) ? 'keep' : 'none' }, facts, all);
      assert.equal([done(at).unchanged, done(at).text], [true, base]);
    }
  }
});

again('what is changed changes, and what was not asked for stays', () => {
  const base = EXAMPLES.find((text) => text.includes('tunnels:') && text.includes('remote:')) ?? '';
  const before = parseConfig(base);
  const { text } = done(answer({ password: HASH, hostname: 'other' }, { ...BOARD, base }));
  const after = parseConfig(text);
  if (!before.ok || !after.ok) throw new Error('cannot be');
  const { hostname, admin, ...rest } = after.config;
  const { hostname: _hostname, admin: adminBefore, ...restBefore } = before.config;
  assert.is(hostname, 'other');
  assert.equal(admin, { ...adminBefore, 'password-hash': HASH });
  assert.equal(rest, restBefore);
});

again('an uplink that carries a tunnel is neither renamed nor removed', () => {
  const base =
    'version: 1\nlan: { ports: [eth0], address: 192.168.7.1/24 }\nuplinks: { dsl: { port: eth1, address: dhcp } }\n' +
    'tunnels: { hq: { mode: ipip, remote: { dsl: 198.51.100.9 } } }\n';
  for (const change of [{ 'uplink.1.name': 'cable' }, { 'uplink.1.port': 'none' }]) {
    const at = answer({ password: 'none', ...change }, { ...BOARD, base });
    assert.is(at.state === 'asking' && at.refused?.message, 'would leave tunnel hq without dsl');
  }
});

again('what is wrong only together with a tunnel leads back to its question', () => {
  const base =
    'version: 1\nlan: { ports: [eth0], address: 192.168.7.1/24 }\nuplinks: { dsl: { port: eth1, address: dhcp } }\n' +
    'tunnels: { hq: { mode: ipip, remote: { dsl: 198.51.100.9 }, routes: [203.0.113.0/24] } }\n';
  const at = answer({ password: 'none', 'uplink.1.address': '192.0.2.2/24 203.0.113.1' }, { ...BOARD, base });
  assert.is(at.state === 'asking' && at.next.id, 'uplink.1.address');
  assert.match((at.state === 'asking' && at.refused?.message) || '', 'a route of tunnel hq');
});

function hasPassword(text: string): boolean {
  return text.includes('password-hash');
}

const random = suite('random answers');

const WORDS = [
  ...[
    'eth0',
    'eth1',
    'eth2',
    'eth0 eth2',
    'eth1.5',
    'eth1.6',
    'eth2.4094',
    'eth0.7',
    'eth9',
    'none',
    'n',
    'keep',
  ],
  ...[
    'dhcp',
    '192.168.1.1/24',
    '192.168.50.1/24',
    '10.0.0.1/8',
    '203.0.113.6/29 203.0.113.1',
    '192.0.2.2/30',
  ],
  ...['192.168.1.9/24 192.168.1.1', '198.51.100.4/32 198.51.100.9', '10.255.0.3/30', '0.0.0.0/0', '1.2.3.4'],
  ...[
    '192.168.1.100-199',
    '192.168.50.2-9',
    '192.168.1.1-254',
    '1mbit 16mbit',
    'none 2mbit',
    '10gbit',
    '1bit',
  ],
  ...[
    'wan',
    'dsl',
    'cable',
    'lan',
    'hq',
    'y',
    'null',
    'constructor',
    '__proto__',
    'toString',
    '12',
    '0x10',
    '1e3',
  ],
  ...[
    HASH,
    KEY,
    '',
    ' ',
    '?',
    '<',
    '"',
    "'",
    '#',
    ': ',
    '- a',
    '&a',
    '*a',
    '\u0000',
    'ä',
    '\ud800',
    '[',
    '{}',
  ],
];
const anAnswer = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 6, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string() },
);
const aBase = fc.constantFrom<string | undefined>(undefined, undefined, ...EXAMPLES);

random('each leads on, and the end is a configuration that the validator accepts', () => {
  const ends = { done: 0, stuck: 0 };
  fc.assert(
    fc.property(fc.array(anAnswer, { maxLength: 60 }), aBase, fc.boolean(), (given, base, all) => {
      const facts = { ...BOARD, ...(base === undefined ? {} : { base }) };
      const answers: Record<string, string> = {};
      for (const word of given) {
        const at = walk(answers, facts, { all });
        if (at.state !== 'asking') break;
        answers[at.next.id] = word ?? (at.next.id === 'password' ? 'none' : at.next.proposal);
      }
      // Then whoever it is gives up and takes what is proposed; what is refused once more is answered with none.
      for (let count = 0; ; count++) {
        if (count > 100) throw new Error(`no end: ${JSON.stringify(answers)}`);
        const at = walk(answers, facts, { all });
        if (at.state === 'asking') {
          if (at.refused) {
            assert.ok(at.refused.message !== '' && at.refused.remedy !== '');
            assert.is(at.refused.question.id, at.next.id);
          }
          const again = answers[at.next.id] === at.next.proposal;
          answers[at.next.id] = again || at.next.id === 'password' ? 'none' : at.next.proposal;
          // A LAN that took the port of an uplink before, or the subnet: proposals alone lead no further.
          if (again && count > 50) return;
          continue;
        }
        ends[at.state]++;
        if (at.state === 'stuck') {
          assert.ok(at.problems.length > 0);
        } else {
          const parsed = parseConfig(at.text);
          assert.ok(parsed.ok, at.text);
          const ports = facts.ports.map(({ name }) => name);
          if (parsed.ok) assert.equal(checkBoard(parsed.config, { ports }), []);
          // The same answers give the same bytes.
          assert.is(done(walk(at.accepted, facts, { all })).text, at.text);
        }
        return;
      }
    }),
    { seed, numRuns },
  );
  console.log(`\n  ${ends.done} configurations, ${ends.stuck} stuck, seed ${seed}`);
  assert.ok(ends.done > numRuns / 2);
});

random('a document that is written is read as what it was', () => {
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(...WORDS, 0, 5, 1.5, true, false, null, '12h', '1.5mbit', '0xf', '5m', '.5'),
    fc.string(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.constantFrom('a', 'y', 'b-1', '12', 'null'), fc.string()), tie('tree'), {
        maxKeys: 3,
      }),
    ),
  }));
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('lan', 'uplinks', '1', 'on'), tree, { minKeys: 1 }),
      (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        const text = yamlText(plain);
        const read = readDocument(text);
        if ('problem' in read) throw new Error(`${JSON.stringify(read.problem)}\n${text}`);
        assert.equal(JSON.parse(JSON.stringify(read.value)), plain, text);
      },
    ),
    { seed, numRuns: numRuns * 3 },
  );
});

flow.run();
again.run();
random.run();
