// SPDX-License-Identifier: MIT
/** What is said of an uplink at the end of setup, for each thing that can be wrong with it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allOk, checkUplink, type UplinkProbes } from '../../../src/agent/setup/uplink-check.ts';
import type { UplinkStatus } from '../../../src/agent/status.ts';

const UP: UplinkStatus = {
  name: 'dsl',
  device: 'eth1.5',
  state: 'up',
  refused: [],
  backup: false,
  standby: false,
  weight: 1,
  address: '192.0.2.2/24',
  gateway: '192.0.2.1',
  health: { alive: true, rttMs: 11.6, sent: 9, received: 9 },
  targets: [],
  need: 1,
};
const DHCP: UplinkProbes = { dhcp: true, pppoe: false, nameServers: [{ server: '192.0.2.53', result: 20 }] };
const { address: _address, ...NO_ADDRESS } = { ...UP, state: 'no address' as const };
const SILENT = { ...UP, state: 'unproved' as const, health: { alive: false, sent: 9, received: 0 } };
const REFUSED = { uplink: 'dsl', what: 'router', value: '0.0.0.0', reason: 'not-unicast' } as const;

const CASES: [
  what: string,
  uplink: UplinkStatus,
  probes: UplinkProbes,
  step: string,
  ok: boolean | undefined,
  text: RegExp,
][] = [
  ['all is well', UP, DHCP, 'names', true, /192\.0\.2\.53 answers, 20 ms/],
  ['no cable', { ...UP, state: 'no carrier' }, DHCP, 'cable', false, /no link on eth1\.5/],
  ['no port', { ...UP, state: 'missing' }, DHCP, 'port', false, /no port eth1\.5/],
  ['no lease', NO_ADDRESS, DHCP, 'address', false, /no DHCP server answers/],
  ['PPPoE', NO_ADDRESS, { ...DHCP, pppoe: true }, 'address', false, /wants PPPoE/],
  [
    'a lease that cannot be',
    { ...NO_ADDRESS, refused: [REFUSED] },
    DHCP,
    'address',
    false,
    /router 0\.0\.0\.0/,
  ],
  ['a twin', UP, { ...DHCP, duplicate: true }, 'unique', false, /another machine has 192\.0\.2\.2/],
  ['a silent router', SILENT, { ...DHCP, nameServers: [] }, 'router', false, /192\.0\.2\.1 is silent/],
  ['a router that does not ping', SILENT, DHCP, 'router', undefined, /does not answer to ping/],
  ['a dead line', { ...SILENT, state: 'dead' }, DHCP, 'router', false, /is silent/],
  [
    'a name server that refuses',
    UP,
    { ...DHCP, nameServers: [{ server: '9.9.9.9', result: 'refused' }] },
    'names',
    false,
    /refuses/,
  ],
];

const check = suite('the look at an uplink');

for (const [what, uplink, probes, step, ok, text] of CASES)
  check(what, () => {
    const lines = checkUplink(uplink, probes);
    const line = lines.find((one) => one.step === step);
    assert.is(line?.ok, ok);
    assert.match(line?.text ?? '', text);
    assert.is(allOk(lines), ok !== false);
    // Whatever fails says what to do.
    for (const one of lines) if (one.ok === false) assert.ok(one.remedy, one.text);
  });

check.run();
