// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatTarget, probeTarget } from '../../src/appliance/probe-target.ts';
import { Complaint } from '../../src/appliance/units.ts';
import { baseWith, sentences } from './support.ts';

const written = suite('a target of probes');

const RIGHT: [string, unknown][] = [
  ['gateway', 'gateway'],
  ['9.9.9.9', { host: '9.9.9.9', method: { by: 'ping' } }],
  ['host.example', { host: 'host.example', method: { by: 'ping' } }],
  ['tcp:9.9.9.9:443', { host: '9.9.9.9', method: { by: 'tcp', port: 443 } }],
  ['tcp:host.example:1', { host: 'host.example', method: { by: 'tcp', port: 1 } }],
  ['dns:9.9.9.9', { host: '9.9.9.9', method: { by: 'dns', name: '' } }],
  ['dns:9.9.9.9/host.example', { host: '9.9.9.9', method: { by: 'dns', name: 'host.example' } }],
  ['http://host.example/', { host: 'host.example', method: { by: 'http', port: 80, path: '/' } }],
  ['http://9.9.9.9:8080/a?b=c', { host: '9.9.9.9', method: { by: 'http', port: 8080, path: '/a?b=c' } }],
];

for (const [text, wanted] of RIGHT) {
  written(`${text} is read, and written the same way`, () => {
    const read = probeTarget(text);
    assert.equal(read, wanted);
    if (read !== 'gateway' && !(read instanceof Complaint))
      assert.is(formatTarget(read.host, read.method), text);
  });
}

const WRONG: unknown[] = [
  ...[
    '',
    'Gateway',
    'host',
    '9.9.9',
    '0.0.0.0',
    '224.0.0.1',
    'tcp:9.9.9.9',
    'tcp:9.9.9.9:0',
    'tcp:9.9.9.9:70000',
  ],
  ...['dns:host.example', 'dns:9.9.9.9/', 'dns:9.9.9.9/a b.example', 'udp:9.9.9.9:1', 'http:/host.example'],
  ...[
    'http://host.example/a b',
    'http://host.example/\r\nX: y',
    'http://user@host.example/',
    'a..example',
    '-a.example',
  ],
  ...[9, null, ['9.9.9.9'], {}, `${'a'.repeat(64)}.example`, `${'a.'.repeat(130)}example`],
];

for (const value of WRONG) {
  written(`${JSON.stringify(value)?.slice(0, 40)} is refused`, () => {
    assert.instance(probeTarget(value), Complaint);
  });
}

written('https is told what to write instead', () => {
  const said = probeTarget('https://host.example/');
  assert.ok(said instanceof Complaint && said.remedy.includes('tcp:HOST:443'));
});

written.run();

const together = suite('targets in a configuration');

together('must not be fewer than need to answer', () => {
  assert.equal(sentences(baseWith({ health: { targets: ['gateway', '9.9.9.9'], need: 2 } })), []);
  assert.equal(sentences(baseWith({ health: { targets: [] } })), []);
  assert.match(sentences(baseWith({ health: { need: 2 } })).join(), 'is more than the 1 that is probed');
  assert.match(
    sentences(baseWith({ 'uplinks.dsl.health': { targets: ['9.9.9.9'], need: 3 } })).join(),
    'uplinks.dsl.health.need',
  );
});

together('have names only where somebody resolves them', () => {
  const named = { health: { targets: ['host.example'] }, dns: undefined };
  assert.match(sentences(baseWith(named)).join(), 'is a name that nobody resolves by uplink dsl');
  assert.equal(sentences(baseWith({ ...named, dns: { servers: ['9.9.9.9'] } })), []);
  const own = { 'uplinks.dsl.dns': ['192.0.2.53'], 'uplinks.cable.dns': ['203.0.113.3'] };
  assert.equal(sentences(baseWith({ ...named, ...own })), []);
});

together.run();
