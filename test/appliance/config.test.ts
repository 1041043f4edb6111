// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_TEXT, parseConfig } from '../../src/appliance/config.ts';
import { describe, MAX_PROBLEMS } from '../../src/appliance/problems.ts';
import { baseWith, type Changes, mustParse, sentences } from './support.ts';

const EXAMPLES = new URL('../../src/appliance/examples/', import.meta.url);

const values = suite('parseConfig: values and defaults');

values('the smallest configuration gets every default', () => {
  assert.equal(mustParse('version: 1\nlan: { ports: [eth0], address: 192.168.1.1/24 }'), {
    version: 1,
    minor: 0,
    hostname: 'plait',
    lan: { ports: ['eth0'], address: '192.168.1.1/24' },
    uplinks: {},
    firewall: { rules: [], forwards: [], helpers: ['ftp', 'pptp'], offload: true },
    tunnels: {},
    health: { interval: 40, 'far-interval': 1000, misses: 3, need: 1 },
    dns: { servers: [], domain: 'lan', forward: {}, hosts: {}, 'private-domains': [] },
    ntp: {},
    admin: { 'ssh-keys': [] },
  });
});

values('an uplink gets its defaults, and units become numbers', () => {
  const config = mustParse(
    baseWith({ 'uplinks.dsl.rate': { up: '1.5mbit', down: '16mbit' }, 'lan.dhcp.lease': '90m' }),
  );
  assert.equal(config.uplinks.dsl, {
    port: 'eth1',
    vlan: 5,
    address: '192.0.2.2/24',
    gateway: '192.0.2.1',
    rate: { up: 1_500_000, down: 16_000_000 },
    weight: 1,
    backup: false,
    metered: false,
    nat: true,
    mtu: 1500,
  });
  assert.is(config.lan.dhcp?.lease, 90 * 60 * 1000);
  assert.equal(config.lan.dhcp?.range, { from: '192.168.50.100', to: '192.168.50.199' });
});

values('a tunnel gets its defaults', () => {
  assert.equal(mustParse(baseWith()).tunnels.hq, {
    mode: 'ipip',
    remote: { dsl: ['198.51.100.9'], cable: ['198.51.100.9'] },
    rules: [],
    buffer: false,
    routes: ['10.0.0.0/8'],
    sources: 'routes',
  });
});

for (const name of readdirSync(EXAMPLES)) {
  values(`the example ${name} is right`, () => {
    const url = new URL(name, EXAMPLES);
    assert.equal(sentences(readFileSync(url, 'utf8')), []);
  });
}

values.run();

const refusals = suite('parseConfig: single values that are refused');

const REFUSED: [changes: Changes, sentence: string][] = [
  [{ version: 2 }, 'version 2 is not supported: write 1.'],
  [{ version: '1' }, 'version "1" is not supported: write 1.'],
  [
    { hostname: '-a' },
    'hostname "-a" is not a host name: use 1 to 63 letters, digits and -, not beginning or ending with -.',
  ],
  [
    { hostname: 'a.b' },
    'hostname "a.b" is not a host name: use 1 to 63 letters, digits and -, not beginning or ending with -.',
  ],
  [{ lan: undefined }, 'lan is missing: add lan: { ports: [eth0], address: 192.168.1.1/24 }.'],
  [{ 'lan.ports': [] }, 'lan.ports "[list]" has the wrong number of entries: write 1 to 16.'],
  [{ 'lan.ports': 'eth0' }, 'lan.ports "eth0" is not a list: put the values in brackets, [a, b].'],
  [
    { 'lan.ports': ['../eth0'] },
    'lan.ports[0] "../eth0" is not the name of a port: write the name of an Ethernet port, such as eth0.',
  ],
  [
    { 'uplinks.dsl.port': 'lan' },
    'uplinks.dsl.port "lan" is not the name of a port: write the name of an Ethernet port, such as eth0.',
  ],
  [
    { 'lan.address': '192.168.1.1' },
    'lan.address "192.168.1.1" has no prefix length: write 192.168.1.1/24 or whatever the length is.',
  ],
  [
    { 'lan.address': '192.168.1.0/24' },
    'lan.address "192.168.1.0/24" is the network address of its subnet: write an address between, such as 192.168.1.1/24.',
  ],
  [
    { 'lan.address': '192.168.1.255/24' },
    'lan.address "192.168.1.255/24" is the broadcast address of its subnet: write an address between, such as 192.168.1.1/24.',
  ],
  [
    { 'lan.address': '192.168.01.1/24' },
    'lan.address "192.168.01.1/24" is not an address with prefix length: write it like 192.168.1.1/24.',
  ],
  [
    { 'lan.address': '224.0.0.1/24' },
    'lan.address "224.0.0.1/24" is not the address of a machine: write a unicast address, such as 192.168.1.1/24.',
  ],
  [
    { 'lan.address': '10.0.0.1/31' },
    'lan.address "10.0.0.1/31" has an unusable prefix length: write /8 to /30, such as 192.168.1.1/24.',
  ],
  [
    { 'lan.dhcp': { range: '9-1' } },
    'lan.dhcp.range "9-1" is not a range of addresses: write first-last, such as 192.168.1.100-199.',
  ],
  [
    { 'lan.dhcp.range': '192.168.50.9-2' },
    'lan.dhcp.range "192.168.50.9-2" ends before it begins: write 192.168.50.2-192.168.50.9.',
  ],
  [
    { 'lan.dhcp.lease': 3600 },
    'lan.dhcp.lease 3600 is not a duration: write a number and ms, s, m, h or d, from 2m to 30d, such as 12h.',
  ],
  [
    { 'lan.dhcp.lease': '1s' },
    'lan.dhcp.lease "1s" is out of range: write a number and ms, s, m, h or d, from 2m to 30d, such as 12h.',
  ],
  [
    { 'uplinks.dsl.vlan': 4095 },
    'uplinks.dsl.vlan 4095 is not a whole number in range: write one from 1 to 4094.',
  ],
  [{ 'uplinks.dsl.vlan': 0 }, 'uplinks.dsl.vlan 0 is not a whole number in range: write one from 1 to 4094.'],
  [
    { 'uplinks.dsl.address': 'auto' },
    'uplinks.dsl.address "auto" is not an address with prefix length: write it like 203.0.113.6/29 or the word dhcp.',
  ],
  [
    { 'uplinks.dsl.rate': { up: '1mb' } },
    'uplinks.dsl.rate.up "1mb" is not a rate: write a number and bit, kbit, mbit or gbit, from 64kbit to 10gbit, such as 16mbit.',
  ],
  [
    { 'uplinks.dsl.rate': { up: '1bit' } },
    'uplinks.dsl.rate.up "1bit" is out of range: write a number and bit, kbit, mbit or gbit, from 64kbit to 10gbit, such as 16mbit.',
  ],
  [
    { 'uplinks.dsl.weight': 1.5 },
    'uplinks.dsl.weight 1.5 is not a whole number in range: write one from 1 to 256.',
  ],
  [{ 'uplinks.dsl.nat': 'no' }, 'uplinks.dsl.nat "no" is neither true nor false: write true or false.'],
  [{ 'uplinks.dsl': null }, 'uplinks.dsl null is empty: give it a value, or leave the key out.'],
  [{ uplinks: [] }, 'uplinks "[list]" is not a mapping: write a name for each entry, then its value.'],
  [{ 'tunnels.hq.mode': 'gre' }, 'tunnels.hq.mode "gre" is not supported: write ipip or fou or plait.'],
  [
    { 'tunnels.hq.buffer': true, 'buffer.deadline': '2s' },
    'buffer.deadline "2s" is out of range: write a number and ms, s, m, h or d, from 1ms to 1s, such as 50ms or the word auto.',
  ],
  [
    { 'tunnels.hq.buffer': true, 'buffer.size': 0 },
    'buffer.size 0 is not a whole number in range: write one from 1 to 1000.',
  ],
  [
    { 'balance.strategy': 'sessions' },
    'balance.strategy "sessions" is not supported: write route or packet or session or bandwidth or headroom or retransmit or history.',
  ],
  [
    { 'tunnels.hq.scheduler': 'fastest' },
    'tunnels.hq.scheduler "fastest" is not supported: write weighted or earliest or duplicate or backup.',
  ],
  [
    { 'tunnels.hq.routes': ['10.0.0.1/8'] },
    'tunnels.hq.routes[0] "10.0.0.1/8" has bits set beyond its prefix length: write 10.0.0.0/8.',
  ],
  [
    { 'tunnels.hq.remote.dsl': 'hq.example' },
    'tunnels.hq.remote.dsl "hq.example" is not an IPv4 address: write four numbers, such as 198.51.100.9, or direct.',
  ],
  [
    { 'tunnels.hq.remote.dsl': ['198.51.100.9', 'hq.example'] },
    'tunnels.hq.remote.dsl "[list]" has an entry (number 2) that is not an IPv4 address: write four numbers, such as 198.51.100.9, or direct.',
  ],
  [
    { 'tunnels.hq.remote.dsl': [] },
    'tunnels.hq.remote.dsl "[list]" has the wrong number of entries: write one address or direct, or a list of 1 to 16.',
  ],
  [
    { 'tunnels.hq.remote.dsl': Array.from({ length: 17 }, (_, index) => `198.51.100.${index + 1}`) },
    'tunnels.hq.remote.dsl "[list]" has the wrong number of entries: write one address or direct, or a list of 1 to 16.',
  ],
  [
    { 'admin.ssh-keys': ['ssh-dss AAAA'] },
    'admin.ssh-keys[0] "ssh-dss AAAA" is not a public SSH key: paste the one line of a .pub file, such as ssh-ed25519 AAAA… name.',
  ],
];

for (const [changes, sentence] of REFUSED) {
  refusals(sentence, () => assert.equal(sentences(baseWith(changes)), [sentence]));
}

refusals('an upper-case name is refused', () => {
  const [sentence] = sentences(baseWith({ 'uplinks.LTE': { port: 'eth2', address: 'dhcp' } }));
  assert.match(sentence ?? '', 'uplinks.LTE "LTE" is not a usable name: use 1 to 15 small letters');
});

refusals('names that JavaScript objects have anyway are refused', () => {
  for (const name of ['constructor', 'prototype', '__proto__']) {
    const text = baseWith().replace('"dsl":{"port"', `"${name}":{"port"`);
    assert.ok(
      sentences(text).some((sentence) => sentence.includes(`${name} "{mapping}" is not a usable name`)),
      name,
    );
  }
});

refusals('a key with a line end in it stays on one line', () => {
  const all = sentences(baseWith({ 'a\nb': 1 }));
  assert.equal(all.length, 1);
  assert.not.match(all[0] ?? '\n', '\n');
});

refusals('bytes that would steer a terminal are written out', () => {
  const [sentence] = sentences(baseWith({ hostname: '\u001b[2J\u009b\u202e' }));
  assert.match(sentence ?? '', 'hostname "\\u001b[2J\\u{9b}\\u{202e}" is not a host name');
});

refusals('a password hash is never shown', () => {
  const secret = '$6$salt$almostahash';
  const [sentence] = sentences(baseWith({ 'admin.password-hash': secret }));
  assert.is(
    sentence,
    'admin.password-hash "(not shown)" is not a password hash: write the output of: openssl passwd -6.',
  );
});

refusals('a password hash that would take minutes to check is refused', () => {
  const hash = (rounds: string) => `$6$${rounds}saltsalt$${'a'.repeat(86)}`;
  assert.equal(sentences(baseWith({ 'admin.password-hash': hash('') })), []);
  assert.equal(sentences(baseWith({ 'admin.password-hash': hash('rounds=5000$') })), []);
  assert.is(sentences(baseWith({ 'admin.password-hash': hash('rounds=999999999$') })).length, 1);
});

refusals.run();

const unknown = suite('parseConfig: unknown keys');

unknown('the nearest right key is named', () => {
  assert.equal(sentences(baseWith({ hostnam: 'x' })), ['hostnam "x" is not a known key: write hostname.']);
  assert.equal(sentences(baseWith({ 'uplinks.dsl.wieght': 3 })), [
    'uplinks.dsl.wieght 3 is not a known key: write weight.',
  ]);
  assert.equal(sentences(baseWith({ 'balance.stratgy': 'session' })), [
    'balance.stratgy "session" is not a known key: write strategy.',
  ]);
});

unknown('a key that is like no other names them all', () => {
  assert.equal(sentences(baseWith({ 'lan.telephone': true })), [
    'lan.telephone true is not a known key: the nearest is ports; known here: ports, address, dhcp.',
  ]);
});

unknown('keys that later versions may bring are not silently ignored', () => {
  for (const key of ['managers', 'reservations']) {
    assert.match(sentences(baseWith({ [key]: {} }))[0] ?? '', `${key} "{mapping}" is not a known key`);
  }
});

unknown('keys of every object are no keys of ours', () => {
  for (const key of ['constructor', 'toString', 'hasOwnProperty']) {
    assert.match(
      sentences(baseWith({ [`health.${key}`]: 1 }))[0] ?? '',
      `health.${key} 1 is not a known key`,
    );
  }
});

unknown.run();

const document = suite('parseConfig: the document');

document('all problems are told at once, in the order of the lines, with line numbers', () => {
  const text = [
    'version: 1',
    'hostnam: x',
    'lan:',
    '  ports:',
    '    - eth0',
    '    - "eth 1"',
    '  address: 192.168.1.1',
    'uplinks:',
    '  dsl: { port: eth1 }',
  ].join('\n');
  const parsed = parseConfig(text);
  assert.not.ok(parsed.ok);
  const seen = parsed.ok ? [] : parsed.problems.map(({ line, path }) => `${line} ${path}`);
  assert.equal(seen, ['2 hostnam', '6 lan.ports[1]', '7 lan.address', '9 uplinks.dsl.address']);
});

document('an unknown key and an impossible combination are told together', () => {
  const found = sentences(baseWith({ hostnam: 'x', 'uplinks.cable.gateway': '203.0.113.2' }));
  assert.is(found.length, 2);
});

document('a text that YAML takes for a number is shown as it was written, and wants quotes', () => {
  const text = (name: string) =>
    `version: 1\nhostname: ${name}\nlan: { ports: [eth0], address: 10.0.0.1/24 }\n`;
  assert.equal(
    ['12', '0815', '1e3', 'true'].map((name) => sentences(text(name)).join()),
    [
      'hostname 12 is read as a number, where a text is needed: put it in quotes, as in "12".',
      'hostname "0815" is read as a number, where a text is needed: put it in quotes, as in "12".',
      'hostname "1e3" is read as a number, where a text is needed: put it in quotes, as in "12".',
      'hostname true is read as true or false, where a text is needed: put it in quotes, as in "12".',
    ],
  );
  assert.ok(parseConfig(text('"12"')).ok);
});

document('a tab that YAML does not understand is named', () => {
  for (const text of [
    'version:\t1\nlan:\n  ports:\t[eth0]\n',
    'version: 1\nlan: { ports: [eth0],\taddress: x }\n',
  ]) {
    assert.match(sentences(text).join(), /there is a tab in this line: write blanks instead\.$/);
  }
  assert.not.match(sentences('version: 1\nlan: { ports: [eth0]\n').join(), 'tab');
});

document('a sentence begins with the line', () => {
  const parsed = parseConfig('version: 1\nlan:\n  ports: [eth0]\n  address: 10.0.0.1\n');
  const [first] = parsed.ok ? [] : parsed.problems;
  assert.is(
    first && describe(first),
    'line 4: lan.address "10.0.0.1" has no prefix length: write 10.0.0.1/24 or whatever the length is.',
  );
});

const DOCUMENTS: [title: string, text: string, sentence: RegExp][] = [
  ['an empty text', '', /^the document is empty: begin with the line version: 1/],
  ['only a comment', '# nothing\n', /^the document is empty/],
  ['a null document', '---\n', /^the document null is empty/],
  ['a list', '- 1\n', /^the document "\[list\]" is not a mapping/],
  ['a word', 'hello\n', /^the document "hello" is not a mapping/],
  [
    'two documents',
    'version: 1\n---\nversion: 1\n',
    /^the document holds several YAML documents: remove the lines ---/,
  ],
  ['a key written twice', 'version: 1\nversion: 1\n', /cannot be read as YAML \(duplicated mapping key\)/],
  ['an open bracket', 'lan: [\n', /cannot be read as YAML/],
  ['a list as key', '? [a]\n: 1\n', /cannot be read as YAML/],
  ['a tag of somebody else', 'version: !!js/function x\n', /cannot be read as YAML/],
  ['a merge key', 'version: 1\n<<: { hostname: a }\n', /\["<<"\] "\{mapping\}" is not a known key/],
];

for (const [title, text, sentence] of DOCUMENTS) {
  document(`${title} is refused`, () => assert.match(sentences(text).join('\n'), sentence));
}

document('a byte order mark and Windows line ends are no problem', () => {
  assert.equal(sentences('\uFEFFversion: 1\r\nlan: { ports: [eth0], address: 10.0.0.1/24 }\r\n'), []);
});

document('a few aliases are fine, a bomb of them is not', () => {
  const few = 'version: 1\nhostname: &a eth0\nlan: { ports: [*a], address: 10.0.0.1/24 }\n';
  assert.equal(sentences(few), []);
  const bomb = [
    'a: &a [x, x]',
    ...'bcdefghijk'.split('').map((key, index) => {
      const before = `*${'abcdefghij'[index]}`;
      return `${key}: &${key} [${before}, ${before}, ${before}]`;
    }),
  ].join('\n');
  assert.match(sentences(bomb)[0] ?? 'accepted', 'aliases exceeded');
});

document('an alias that contains itself is refused', () => {
  assert.ok(sentences('version: 1\nlan: &a { ports: *a, address: *a }\n').length > 0);
});

document('deep nesting is refused', () => {
  assert.match(sentences(`a: ${'['.repeat(5000)}`)[0] ?? 'accepted', 'nesting exceeded');
});

document('a text beyond the limit is refused unread', () => {
  assert.equal(sentences(`# ${' '.repeat(MAX_TEXT)}`), [
    `the document "${MAX_TEXT + 2} characters" is too long: write at most ${MAX_TEXT}.`,
  ]);
});

document('a flood of problems is cut off and counted', () => {
  const text = baseWith(Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`key${index}`, 1])));
  const found = sentences(text);
  assert.is(found.length, MAX_PROBLEMS + 1);
  assert.ok(found.includes('the document has 30 more problems: correct these first.'));
});

document.run();
