// SPDX-License-Identifier: MIT
/** Each impossible combination, made from a right configuration by one change, is refused in one sentence. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../src/appliance/config.ts';
import { describe } from '../../src/appliance/problems.ts';
import { baseWith, type Changes, sentences } from './support.ts';

type Case = [title: string, changes: Changes, ...expected: string[]];

const ports: Case[] = [
  ['the base is right', {}],
  [
    'a LAN port is named twice',
    { 'lan.ports': ['eth0', 'eth0'] },
    'lan.ports[1] "eth0" is named twice: remove one of the two.',
  ],
  [
    'a LAN port is an untagged uplink too',
    { 'uplinks.dsl': { port: 'eth0', address: 'dhcp' } },
    'uplinks.dsl.port "eth0" is a port of the LAN: choose another port, or give the uplink a VLAN on this one.',
  ],
  ['a LAN port carries an uplink on a VLAN, which is fine', { 'uplinks.dsl.port': 'eth0' }],
  ['untagged and tagged uplinks share a port, which is fine', { 'uplinks.dsl.vlan': undefined }],
  [
    'two uplinks are on one port and VLAN',
    { 'uplinks.dsl.vlan': 6 },
    'uplinks.cable.port "eth1" is already used with VLAN 6 by uplink dsl: choose another port or VLAN.',
  ],
  [
    'two uplinks are on one port without VLAN',
    { 'uplinks.dsl.vlan': undefined, 'uplinks.cable.vlan': undefined },
    'uplinks.cable.port "eth1" is already used without a VLAN by uplink dsl: choose another port or VLAN.',
  ],
  [
    'all uplinks are backups',
    { 'uplinks.dsl.backup': true, 'uplinks.cable.backup': true },
    'uplinks "{mapping}" are all backups, of nothing: remove backup: true from one of them.',
  ],
  [
    'an uplink that is in use is metered',
    { 'uplinks.dsl.metered': true },
    'uplinks.dsl.metered true is for a backup: one that is in use is probed as often as the others: add backup: true, or remove it.',
  ],
  [
    'a VLAN has a larger MTU than its port',
    { 'uplinks.dsl.vlan': undefined, 'uplinks.dsl.mtu': 1400 },
    'uplinks.cable.mtu 1500 is more than uplink dsl gives port eth1: write 1400 or less, or raise that of dsl.',
  ],
  [
    'the rate of an untagged uplink would hold for the VLANs on its port',
    { 'uplinks.dsl.vlan': undefined, 'uplinks.dsl.rate': { up: '1mbit' } },
    'uplinks.dsl.rate.up "1mbit" would slow down uplink cable on the same port as well: give this uplink a VLAN too, or no rate.up.',
  ],
];

const names: Case[] = [
  [
    'the device of a VLAN has a name that is too long',
    { 'uplinks.dsl.port': 'enp0s29f7u1', 'uplinks.dsl.vlan': 4000 },
    'uplinks.dsl "dsl" makes the device name enp0s29f7u1.4000, which is too long: shorten the names so that enp0s29f7u1.4000 has at most 15 characters.',
  ],
  [
    'the device of a leg has a name that is too long',
    { tunnels: { headquarters: { mode: 'ipip', remote: { cable: '198.51.100.9' } } } },
    'tunnels.headquarters.remote.cable "cable" makes the device name headquarters.cable, which is too long: shorten the names so that headquarters.cable has at most 15 characters.',
  ],
  [
    'a tunnel has the name of a device of the system',
    { tunnels: { lan: { mode: 'ipip', remote: { cable: '198.51.100.9' } } } },
    'tunnels.lan "lan" is a name that the system uses itself: rename the tunnel.',
  ],
  [
    'a tunnel has the name of an uplink port',
    { 'uplinks.dsl.port': 'wan', tunnels: { wan: { mode: 'ipip', remote: { cable: '198.51.100.9' } } } },
    'tunnels.wan "wan" makes a device wan, which is the port of uplink dsl already: rename it.',
  ],
];

const addresses: Case[] = [
  ['a gateway may be outside of its subnet', { 'uplinks.cable.gateway': '198.18.0.1' }],
  ['a single address has its gateway outside', { 'uplinks.cable.address': '203.0.113.6/32' }],
  [
    'a single address without a gateway reaches nothing',
    { 'uplinks.cable.address': '203.0.113.6/32', 'uplinks.cable.gateway': undefined },
    'uplinks.cable.address "203.0.113.6/32" is a single address without a gateway, by which nothing is reached: add gateway, or write the length of the subnet.',
    'tunnels.hq.remote.cable "198.51.100.9" cannot be reached by uplink cable, which has no gateway: add gateway to the uplink, or write an address in 203.0.113.6/32.',
  ],
  [
    'a gateway is the box itself',
    { 'uplinks.cable.gateway': '203.0.113.2' },
    'uplinks.cable.gateway "203.0.113.2" is the uplink\'s own address: write the address of the provider\'s router.',
  ],
  [
    'a gateway is another uplink of the box',
    { 'uplinks.cable.gateway': '192.0.2.2' },
    'uplinks.cable.gateway "192.0.2.2" is this box\'s own address on uplink dsl: write the address of the provider\'s router.',
  ],
  [
    'a gateway is a host of the LAN',
    { 'uplinks.cable.gateway': '192.168.50.7' },
    'uplinks.cable.gateway "192.168.50.7" is inside of the LAN: write the address of the provider\'s router.',
  ],
  [
    'a gateway lies behind a tunnel',
    { 'uplinks.cable.gateway': '10.1.2.3' },
    'uplinks.cable.gateway "10.1.2.3" is inside of 10.0.0.0/8, a route of tunnel hq: leave it out of the routes.',
  ],
  [
    'a gateway is a broadcast address',
    { 'uplinks.cable.gateway': '203.0.113.7' },
    'uplinks.cable.gateway "203.0.113.7" is the network or broadcast address of the uplink\'s subnet: write the address of the provider\'s router.',
  ],
  [
    'two uplinks may have one subnet and one router',
    { 'uplinks.cable.address': '192.0.2.3/24', 'uplinks.cable.gateway': '192.0.2.1' },
  ],
  [
    'two uplinks may have the very same address',
    { 'uplinks.cable.address': '192.0.2.2/24', 'uplinks.cable.gateway': '192.0.2.1' },
  ],
  [
    'the subnet of an uplink may not be a part of that of another',
    { 'uplinks.cable.address': '192.0.2.9/29', 'uplinks.cable.gateway': '192.0.2.10' },
    'uplinks.cable.address "192.0.2.9/29" overlaps with uplink dsl (192.0.2.2/24): give each its own subnet, or both the very same one.',
  ],
  ['both ends of a /31 are usable', { 'uplinks.cable.address': '203.0.113.0/31' }],
  [
    'a gateway stands beside DHCP',
    { 'uplinks.cable.address': 'dhcp' },
    'uplinks.cable.gateway "203.0.113.1" contradicts address: dhcp: remove it, the lease brings the gateway.',
  ],
  [
    'an uplink is in the LAN',
    { 'uplinks.dsl': { port: 'eth1', address: '192.168.50.77/25' } },
    'uplinks.dsl.address "192.168.50.77/25" overlaps with the LAN (192.168.50.1/24): give each its own subnet.',
    `tunnels.hq.remote.dsl "198.51.100.9" cannot be reached by uplink dsl, which has no gateway: add gateway to the uplink, or write an address in 192.168.50.77/25.`,
  ],
  [
    'a tunnel is in the subnet of an uplink',
    { 'tunnels.hq.address': '192.0.2.129/25' },
    'tunnels.hq.address "192.0.2.129/25" overlaps with uplink dsl (192.0.2.2/24): give each its own subnet.',
  ],
  [
    'a DHCP range is outside of the LAN',
    { 'lan.dhcp.range': '192.168.51.10-20' },
    `lan.dhcp.range "192.168.51.10-192.168.51.20" is not within the LAN's subnet: choose from 192.168.50.1 to 192.168.50.254.`,
  ],
  [
    'a DHCP range ends with the broadcast address',
    { 'lan.dhcp.range': '192.168.50.10-255' },
    `lan.dhcp.range "192.168.50.10-192.168.50.255" is not within the LAN's subnet: choose from 192.168.50.1 to 192.168.50.254.`,
  ],
  [
    'a DHCP range contains the box',
    { 'lan.dhcp.range': '192.168.50.1-192.168.50.9' },
    `lan.dhcp.range "192.168.50.1-192.168.50.9" contains the box's own address 192.168.50.1: choose a range beside it.`,
  ],
  [
    'a name server is the box itself',
    { 'dns.servers': ['9.9.9.9', '192.168.50.1'] },
    'dns.servers[1] "192.168.50.1" is this box itself: write the address of another name server.',
  ],
];

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER = Buffer.alloc(32, 2).toString('base64');
const PLAIT = { mode: 'plait', remote: { dsl: '198.51.100.9' }, peer: KEY };
const LISTEN = { mode: 'plait', listen: 5050, peer: KEY };

const plaitTunnels: Case[] = [
  [
    'a tunnel of mode plait opens, with a port',
    { 'tunnels.hq': { ...PLAIT, remote: { dsl: '198.51.100.9:5051' } } },
  ],
  ['a tunnel of mode plait answers', { 'tunnels.hq': LISTEN }],
  [
    'all keys of mode plait',
    {
      'tunnels.hq': {
        ...PLAIT,
        key: 'me',
        preshared: 'us',
        protect: 'sign',
        scheduler: 'backup',
        weights: { dsl: 2 },
      },
    },
  ],
  ['a hub: two far ends at one port', { 'tunnels.hq': LISTEN, 'tunnels.b': { ...LISTEN, peer: OTHER } }],
  ['two tunnels lead to one far end', { 'tunnels.hq': PLAIT, 'tunnels.b': { ...PLAIT, peer: OTHER } }],
  [
    'the far end has no key',
    { 'tunnels.hq': { ...PLAIT, peer: undefined } },
    'tunnels.hq.peer is missing: add peer: and what "plaitctl key show" prints on the far end.',
  ],
  [
    'the key of the far end is a word',
    { 'tunnels.hq': { ...PLAIT, peer: 'hq' } },
    'tunnels.hq.peer "hq" is not a public key: paste what "plaitctl key show" prints on the far end: 44 characters, the last one =.',
  ],
  [
    'the key of the far end is too short',
    { 'tunnels.hq': { ...PLAIT, peer: KEY.slice(1) } },
    `tunnels.hq.peer "${KEY.slice(1)}" is not a key of 32 bytes in base64: paste what "plaitctl key show" prints on the far end: 44 characters, the last one =.`,
  ],
  ...(['key', 'preshared'] as const).map(
    (key): Case => [
      `the ${key} itself is in plait.yaml, and is not shown once more`,
      { 'tunnels.hq': { ...PLAIT, [key]: OTHER } },
      `tunnels.hq.${key} "(not shown)" is a secret key, and plait.yaml is shown and copied: put it into a file: plaitctl key import FILE NAME, and write NAME here; if others have seen it, make a new one.`,
    ],
  ),
  [
    'a private key stands where no key is known',
    { 'tunnels.hq': { ...PLAIT, private: OTHER } },
    'tunnels.hq.private "(not shown)" is not a known key: the nearest is remote; known here: mode, port, remote, answer, listen, peer, key, preshared, protect, address, scheduler, weights, rules, buffer, routes, sources, mtu.',
  ],
  [
    'a name of a key leads elsewhere',
    { 'tunnels.hq': { ...PLAIT, key: '../x' } },
    'tunnels.hq.key "../x" is not the name of a key: write 1 to 15 small letters, digits, - and _, beginning with a letter.',
  ],
  ...['0', '65536', '', '-1', '5050:1', 'x'].map(
    (port): Case => [
      `the port "${port}" is none`,
      { 'tunnels.hq': { ...PLAIT, remote: { dsl: `198.51.100.9:${port}` } } },
      `tunnels.hq.remote.dsl "198.51.100.9:${port}" has a port that is none: write 198.51.100.9:PORT with a port from 1 to 65535, or direct.`,
    ],
  ),
  [
    'the port to listen to is out of range',
    { 'tunnels.hq': { ...LISTEN, listen: 65536 } },
    'tunnels.hq.listen 65536 is not a whole number in range: write one from 1 to 65535.',
  ],
  [
    'the port to listen to is the name server',
    { 'tunnels.hq': { ...LISTEN, listen: 53 } },
    'tunnels.hq.listen 53 is used by the box itself for DNS or DHCP: choose another, such as 5050.',
  ],
  [
    'the port to listen to is that of a tunnel of mode fou, wherever that stands',
    {
      'tunnels.hq': { ...LISTEN, listen: 5555 },
      'tunnels.b': { mode: 'fou', remote: { dsl: '198.51.100.9' } },
    },
    'tunnels.hq.listen 5555 is the port of tunnel b, of mode fou: choose another, such as 5050.',
  ],
  [
    'the port to listen to is forwarded into the LAN',
    {
      'tunnels.hq': LISTEN,
      'firewall.forwards': [
        { protocol: 'tcp', port: 5050, to: '192.168.50.10' },
        { protocol: 'udp', port: '5000-5100', to: '192.168.50.10' },
      ],
    },
    'tunnels.hq.listen 5050 is forwarded into the LAN by entry 2 of firewall.forwards: choose another port for one of the two.',
  ],
  ['who listens may know that more than usual fits', { 'tunnels.hq': { ...LISTEN, mtu: 1440 } }],
  [
    'who listens asks for more than the own line takes',
    { 'tunnels.hq': { ...LISTEN, mtu: 1441 } },
    'tunnels.hq.mtu 1441 does not fit into its legs: write 1440 or less, or leave it out.',
  ],
  [
    'a far end is for an uplink that is not there',
    { 'tunnels.hq': { ...PLAIT, remote: { lte: '198.51.100.9' } } },
    'tunnels.hq.remote.lte "198.51.100.9" is for an unknown uplink: write one of dsl, cable.',
  ],
  [
    'it both opens and answers',
    { 'tunnels.hq': { ...PLAIT, listen: 5050 } },
    'tunnels.hq "{mapping}" has both remote and listen: keep remote on the box that opens the tunnel, listen on the one that answers.',
  ],
  [
    'it neither opens nor answers',
    { 'tunnels.hq': { mode: 'plait', peer: KEY } },
    'tunnels.hq "{mapping}" has neither remote nor listen: add remote: { <uplink>: <address of the far end> }, or listen: 5050 on the box that answers.',
  ],
  [
    'it answers as mode ipip does',
    { 'tunnels.hq': { mode: 'plait', peer: KEY, answer: { a: { uplink: 'dsl', from: '198.51.100.9' } } } },
    'tunnels.hq.answer "{mapping}" is not for mode plait: write listen: 5050 in its place: who has the key of peer may come from anywhere.',
  ],
  [
    'it has the port of mode fou',
    { 'tunnels.hq': { ...PLAIT, port: 5050 } },
    'tunnels.hq.port 5050 is only for mode fou: write it behind the address in remote, or as listen on the end that answers.',
  ],
  [
    'it has the buffer of other modes',
    { 'tunnels.hq': { ...PLAIT, buffer: true } },
    'tunnels.hq.buffer true is not for mode plait: remove it: a tunnel of mode plait puts all packets in order by itself.',
  ],
  [
    'a leg is direct',
    { 'tunnels.hq': { ...PLAIT, remote: { dsl: 'direct' } } },
    'tunnels.hq.remote.dsl "direct" is no leg of mode plait: write an address.',
  ],
  [
    'two far ends at one port have one key',
    { 'tunnels.hq': LISTEN, 'tunnels.b': LISTEN },
    `tunnels.b.peer "${KEY}" is the peer of tunnel hq already, on the same port: give each far end a key of its own, or another port.`,
  ],
  [
    'a hub would have two keys',
    { 'tunnels.hq': LISTEN, 'tunnels.b': { ...LISTEN, peer: OTHER, key: 'me' } },
    'tunnels.b.key "me" is not the key of tunnel hq, which listens to the same port: write key: listen-5050, or listen to another port.',
  ],
  [
    'two legs of a tunnel lead by one uplink to one address and port',
    { 'tunnels.hq': { ...PLAIT, remote: { dsl: ['198.51.100.9', '198.51.100.9:5050'] } } },
    'tunnels.hq.remote.dsl[1] "198.51.100.9" goes by the same uplink to the same address as leg hq.dsl-1: use another uplink or another address of the far end.',
  ],
  [
    'two ports of one address are two legs',
    { 'tunnels.hq': { ...PLAIT, remote: { dsl: ['198.51.100.9', '198.51.100.9:5051'] } } },
  ],
  [
    'the name of a leg is too long for the kernel',
    {
      'uplinks.enp0s29f7u1-dsl': { port: 'eth2', address: 'dhcp' },
      'tunnels.hq': { ...PLAIT, remote: { 'enp0s29f7u1-dsl': ['198.51.100.9', '198.51.100.10'] } },
    },
    ...[1, 2].map(
      (at) =>
        `tunnels.hq.remote.enp0s29f7u1-dsl[${at - 1}] "enp0s29f7u1-dsl-${at}" makes a leg whose name is longer than 15 characters: shorten the name of the uplink, to 13 characters at most.`,
    ),
  ],
  [
    'legs of mode plait are no devices: their names need not be short',
    { tunnels: { headquarters: { ...PLAIT, remote: { cable: '198.51.100.9' } } } },
  ],
  [
    'who listens has no uplink',
    { uplinks: {}, tunnels: { hq: LISTEN } },
    'tunnels.hq.listen 5050 has no uplink to be heard by: add an uplink.',
  ],
  ...(['ipip', 'fou'] as const).map(
    (mode): Case => [
      `keys of mode plait are written for mode ${mode}`,
      {
        'tunnels.hq.mode': mode,
        'tunnels.hq.peer': KEY,
        'tunnels.hq.protect': 'encrypt',
        'tunnels.hq.listen': 5050,
      },
      `tunnels.hq.listen 5050 is only for mode plait: mode ${mode} protects nothing: remove it or write mode: plait.`,
      `tunnels.hq.peer "${KEY}" is only for mode plait: mode ${mode} protects nothing: remove it or write mode: plait.`,
      `tunnels.hq.protect "encrypt" is only for mode plait: mode ${mode} protects nothing: remove it or write mode: plait.`,
    ],
  ),
  [
    'a far end of mode ipip has a port',
    { 'tunnels.hq.remote.dsl': '198.51.100.9:5050' },
    'tunnels.hq.remote.dsl "198.51.100.9:5050" names a port, which only mode plait has here: remove the port.',
  ],
  [
    'a far end of mode fou has a port of its own',
    { 'tunnels.hq.mode': 'fou', 'tunnels.hq.remote.dsl': '198.51.100.9:5050' },
    'tunnels.hq.remote.dsl "198.51.100.9:5050" names a port, which only mode plait has here: write port: beside mode, for both ends.',
  ],
  [
    'a packet does not fit into the legs',
    { 'tunnels.hq': { ...PLAIT, mtu: 1441 } },
    'tunnels.hq.mtu 1441 does not fit into its legs: write 1440 or less, or leave it out.',
  ],
];

const tunnels: Case[] = [
  [
    'a tunnel has two roles',
    { 'tunnels.hq.answer': { far: { uplink: 'dsl', from: '198.51.100.1' } } },
    'tunnels.hq "{mapping}" has both remote and answer: keep remote on the box that opens the tunnel, answer on the one that answers.',
  ],
  [
    'a tunnel has no role',
    { 'tunnels.hq.remote': undefined },
    'tunnels.hq "{mapping}" has no legs: add remote: { <uplink>: <address of the far end> } or answer.',
  ],
  [
    'a leg names an unknown uplink',
    { 'tunnels.hq.remote.lte': '198.51.100.10' },
    'tunnels.hq.remote.lte "198.51.100.10" is for an unknown uplink: write one of dsl, cable.',
  ],
  [
    'an answered leg names an unknown uplink',
    { 'tunnels.hq': { mode: 'ipip', answer: { a: { uplink: 'lte', from: '198.51.100.9' } } } },
    'tunnels.hq.answer.a.uplink "lte" is not an uplink: write one of dsl, cable.',
  ],
  [
    'a far end is in the LAN',
    { 'tunnels.hq.remote.dsl': '192.168.50.9' },
    `tunnels.hq.remote.dsl "192.168.50.9" is inside of the LAN's subnet: write the address of the other box on the uplink side.`,
  ],
  [
    'a far end is inside of its own tunnel',
    { 'tunnels.hq.address': '198.51.100.10/30' },
    `tunnels.hq.remote.dsl "198.51.100.9" is inside of the tunnel's own subnet: write the outer address of the other box.`,
    `tunnels.hq.remote.cable "198.51.100.9" is inside of the tunnel's own subnet: write the outer address of the other box.`,
  ],
  [
    'a far end is the box itself',
    { 'tunnels.hq.remote.dsl': '203.0.113.2' },
    `tunnels.hq.remote.dsl "203.0.113.2" is this box's own address on uplink cable: write the address of the other box.`,
  ],
  [
    'a port is given without UDP',
    { 'tunnels.hq.port': 5555 },
    'tunnels.hq.port 5555 is only for mode fou: remove it or write mode: fou.',
  ],
  [
    'a UDP port is that of the name server',
    { 'tunnels.hq.mode': 'fou', 'tunnels.hq.port': 53 },
    'tunnels.hq.port 53 is used by the box itself for DNS or DHCP: choose another, such as 5555.',
  ],
  [
    'a weight is for no leg',
    { 'tunnels.hq.weights': { lte: 3 } },
    'tunnels.hq.weights.lte 3 is for a leg that is not there: the legs are: dsl, cable.',
  ],
  [
    'weights are given to answered legs from outside',
    {
      'tunnels.hq.remote': undefined,
      'tunnels.hq.answer': { a: { uplink: 'dsl', from: '198.51.100.9' } },
      'tunnels.hq.weights': { a: 3 },
    },
    'tunnels.hq.weights "{mapping}" is for tunnels with remote: write weight into each leg of answer.',
  ],
  [
    'two tunnels have a leg by the same uplink to the same address, though one is in UDP',
    { 'tunnels.b': { mode: 'fou', remote: { dsl: '198.51.100.9' } } },
    'tunnels.b.remote.dsl "198.51.100.9" goes by the same uplink to the same address as leg hq.dsl: use another uplink or another address of the far end.',
  ],
  ['a buffer is used by a tunnel', { 'tunnels.hq.buffer': true, 'buffer.size': 7 }],
  ['a buffer is used for everything', { 'buffer.all': true }],
  [
    'a buffer is used nowhere',
    { 'buffer.size': 7 },
    'buffer "{mapping}" is used nowhere: add buffer: true to a tunnel, or all: true here.',
  ],
  [
    'several legs by one uplink, to as many proxies, which is fine',
    { 'tunnels.hq.remote.dsl': ['198.51.100.7', '198.51.100.8'], 'tunnels.hq.weights': { 'dsl-2': 4 } },
  ],
  ['the direct route may be a leg', { 'tunnels.hq.remote.cable': 'direct' }],
  ['the direct route may be one of several legs', { 'tunnels.hq.remote.cable': ['direct', '198.51.100.7'] }],
  [
    'the direct route is a leg twice',
    { 'tunnels.hq.remote.cable': ['direct', 'direct'] },
    'tunnels.hq.remote.cable[1] "direct" goes by the same uplink to the same address as leg hq.cable-1: use another uplink or another address of the far end.',
  ],
  [
    'the direct route of an uplink without gateway leads nowhere',
    { 'tunnels.hq.remote.cable': 'direct', 'uplinks.cable.gateway': undefined },
    'tunnels.hq.remote.cable "direct" leads nowhere by uplink cable, which has no gateway: add gateway to the uplink, or write an address.',
  ],
  [
    'two legs by one uplink go to one proxy',
    { 'tunnels.hq.remote.dsl': ['198.51.100.7', '198.51.100.7'] },
    'tunnels.hq.remote.dsl[1] "198.51.100.7" goes by the same uplink to the same address as leg hq.dsl-1: use another uplink or another address of the far end.',
  ],
  [
    'the second of several legs is named like another',
    {
      'uplinks.dsl-2': { port: 'eth2', address: 'dhcp' },
      'tunnels.hq.remote': { 'dsl-2': '198.51.100.6', dsl: ['198.51.100.7', '198.51.100.8'] },
    },
    'tunnels.hq.remote.dsl[1] "dsl-2" makes a device hq.dsl-2, which is a leg of tunnel hq already: rename it.',
  ],
  [
    'a weight is for an uplink with several legs',
    { 'tunnels.hq.remote.dsl': ['198.51.100.7', '198.51.100.8'], 'tunnels.hq.weights': { dsl: 4 } },
    'tunnels.hq.weights.dsl 4 is for a leg that is not there: the legs are: dsl-1, dsl-2, cable.',
  ],
  [
    'a tunnel has more legs than a plait device takes',
    {
      'uplinks.lte': { port: 'eth2', address: 'dhcp' },
      'tunnels.hq.remote': {
        dsl: Array.from({ length: 16 }, (_, index) => `198.51.100.${index + 1}`),
        cable: Array.from({ length: 16 }, (_, index) => `198.51.100.${index + 1}`),
        lte: '198.51.100.9',
      },
    },
    'tunnels.hq "{mapping}" has 33 legs: keep at most 32.',
  ],
  [
    'a tunnel has an MTU that its legs cannot carry',
    { 'tunnels.hq.mode': 'fou', 'tunnels.hq.mtu': 1480 },
    'tunnels.hq.mtu 1480 does not fit into its legs: write 1472 or less, or leave it out.',
  ],
];

const tunnelRules = (...list: object[]) => ({ 'tunnels.hq': { ...PLAIT, rules: list } });
const PHONES = { to: '10.0.9.0/24', protocol: 'udp', ports: '5060-5090', leg: 'dsl' };
const COVERED = 'put it before that one, or remove one of the two.';

const rulesOfTunnels: Case[] = [
  [
    'every key of a rule',
    tunnelRules(
      { ...PHONES, else: 'any', order: 'no' },
      { from: ['192.168.50.7', '192.168.51.0/24'], protocol: 'tcp', ports: [22, '8000-8010'], copies: 2 },
      { dscp: 'ef', leg: ['dsl'], else: 'drop' },
      { dscp: 40, protocol: 'esp', order: false, copies: 1 },
      { to: '2001:db8::/32', leg: 'dsl' },
    ),
  ],
  ['a leg in any mode', { 'tunnels.hq.rules': [{ protocol: 'udp', leg: ['cable', 'dsl'] }] }],
  [
    'what needs the far end in other modes',
    {
      'tunnels.hq.rules': [{ protocol: 'udp', order: true, copies: 1 }],
      'tunnels.hq.scheduler': 'duplicate',
    },
    'tunnels.hq.scheduler "duplicate" is only for mode plait, whose far end gives on one of two copies: write another, or mode: plait.',
    'tunnels.hq.rules[0].order true is only for mode plait: remove it, or write mode: plait.',
    'tunnels.hq.rules[0].copies 1 is only for mode plait: remove it, or write mode: plait.',
  ],
  [
    'a rule for all packets',
    tunnelRules({ leg: 'dsl' }),
    'tunnels.hq.rules[0] "{mapping}" does not say for which packets it is: add to, from, protocol or dscp; how all packets are sent, scheduler says.',
  ],
  [
    'a rule that does nothing',
    tunnelRules({ protocol: 'udp' }),
    'tunnels.hq.rules[0] "udp" says nothing of how its packets are sent: add leg, copies or order.',
  ],
  [
    'a rule that does nothing where there is less to do',
    { 'tunnels.hq.rules': [{ to: '10.0.9.0/24', dscp: 5 }] },
    'tunnels.hq.rules[0] "to 10.0.9.0/24, dscp 5" says nothing of how its packets are sent: add leg.',
  ],
  [
    'what else to do, of all legs',
    tunnelRules({ protocol: 'udp', copies: 2, else: 'drop' }),
    'tunnels.hq.rules[0].else "drop" is for a rule with leg: add leg, or remove it.',
  ],
  [
    'a leg that is not there, and one twice',
    tunnelRules({ protocol: 'udp', leg: ['fibre', 'dsl', 'dsl'] }),
    'tunnels.hq.rules[0].leg "fibre" is no leg of this tunnel: the legs are: dsl.',
    'tunnels.hq.rules[0].leg "dsl" is named twice: remove one of the two.',
  ],
  [
    'several legs by one uplink have numbers',
    {
      'tunnels.hq.remote': { dsl: ['198.51.100.9', '198.51.100.10'] },
      'tunnels.hq.rules': [
        { protocol: 'udp', leg: 'dsl-2' },
        { protocol: 'tcp', leg: 'dsl' },
      ],
    },
    'tunnels.hq.rules[1].leg "dsl" is no leg of this tunnel: the legs are: dsl-1, dsl-2.',
  ],
  [
    'legs of the far end',
    {
      'tunnels.hq': {
        ...LISTEN,
        rules: [
          { protocol: 'udp', leg: ['leg0', 'leg31'] },
          { protocol: 'tcp', leg: ['leg32', 'leg01', 'dsl'] },
        ],
      },
    },
    ...['leg32', 'leg01', 'dsl'].map(
      (leg) =>
        `tunnels.hq.rules[1].leg "${leg}" is no leg of this tunnel: write leg0 for the first leg of the far end's remote, leg1 for the second, up to leg31.`,
    ),
  ],
  [
    'ports of no protocol',
    tunnelRules({ ports: 53, leg: 'dsl' }, { protocol: 'sctp', ports: 53, leg: 'dsl' }),
    'tunnels.hq.rules[0].ports has ports without tcp or udp: add protocol: tcp or protocol: udp.',
    'tunnels.hq.rules[1].ports "sctp" has ports without tcp or udp: add protocol: tcp or protocol: udp.',
    `tunnels.hq.rules[1] "sctp 53" never fits: rule 1 takes all of its packets: ${COVERED}`,
  ],
  [
    'both families at once',
    tunnelRules(
      { from: '10.0.0.0/8', to: '2001:db8::1', leg: 'dsl' },
      { from: '10.0.0.0/8', protocol: 'icmpv6', leg: 'dsl' },
      { to: ['10.0.0.0/8', '2001:db8::/32'], leg: 'dsl' },
    ),
    'tunnels.hq.rules[0].to is of IPv4 and of IPv6: write a rule for each of the two.',
    'tunnels.hq.rules[1].from is of IPv4 and of IPv6: write a rule for each of the two.',
    'tunnels.hq.rules[2].to is of IPv4 and of IPv6: write a rule for each of the two.',
  ],
  ...(
    [
      ['udp 53', { protocol: 'udp' }, { protocol: 'udp', ports: 53 }],
      ['udp 5-8 or 20', { protocol: 'udp', ports: ['6-30', '1-5'] }, { protocol: 'udp', ports: ['5-8', 20] }],
      ['to 10.1.2.3, dscp ef', { to: ['9.0.0.0/8', '10.1.0.0/16'] }, { to: '10.1.2.3', dscp: 'ef' }],
      ['from 10.0.0.0/9', { from: '0.0.0.0/0' }, { from: '10.0.0.0/9' }],
      ['from 2001:db8::1', { from: '2001:db8::/33' }, { from: '2001:db8::1' }],
      ['esp, dscp cs5', { dscp: 40 }, { protocol: 'esp', dscp: 'cs5' }],
    ] as const
  ).map(
    ([text, first, second]): Case => [
      `an earlier rule takes all packets of ${text}`,
      tunnelRules({ ...first, leg: 'dsl' }, { protocol: 'gre', leg: 'dsl' }, { ...second, copies: 2 }),
      `tunnels.hq.rules[2] "${text}" never fits: rule 1 takes all of its packets: ${COVERED}`,
    ],
  ),
  ...(
    [
      ['udp', { protocol: 'udp', ports: 53 }, { protocol: 'udp' }],
      ['udp 5-8', { protocol: 'udp', ports: ['1-6', '8-9'] }, { protocol: 'udp', ports: '5-8' }],
      ['to 10.1.0.0/15', { to: '10.1.0.0/16' }, { to: '10.0.0.0/15' }],
      ['all of IPv6', { to: '0.0.0.0/0' }, { to: '::/0' }],
      ['from there', { to: '10.0.0.0/8' }, { from: '10.0.0.0/8' }],
      ['cs5', { dscp: 'ef' }, { dscp: 'cs5' }],
      ['anything', { dscp: 'ef', to: '10.0.0.0/8' }, { to: '10.0.0.0/8' }],
    ] as const
  ).map(
    ([text, first, second]): Case => [
      `an earlier rule leaves packets of ${text}`,
      tunnelRules({ ...first, leg: 'dsl' }, { ...second, leg: 'dsl' }),
    ],
  ),
  [
    'values that are none',
    tunnelRules(
      { to: '10.0.9.1/24', leg: 'dsl' },
      { to: ['10.0.9.0/24', 'hq'], leg: 'dsl' },
      { protocol: 'udp', ports: [], leg: 'dsl' },
      { dscp: 'af44', leg: 'dsl' },
      { dscp: 64, order: 'never' },
      { dscp: 'ef', copies: 3, else: 'wait', leg: 'Dsl' },
    ),
    'tunnels.hq.rules[0].to "10.0.9.1/24" is not a network: write 10.0.0.0/8, 2001:db8::/32 or one address, without bits after the prefix.',
    'tunnels.hq.rules[1].to "[list]" has an entry (number 2) that is not a network: write 10.0.0.0/8, 2001:db8::/32 or one address, without bits after the prefix.',
    'tunnels.hq.rules[2].ports "[list]" has the wrong number of entries: write one port or range, or a list of 1 to 32.',
    'tunnels.hq.rules[3].dscp "af44" is not a DSCP: write a name such as ef, af41 or cs5, or a number from 0 to 63.',
    'tunnels.hq.rules[4].dscp 64 is not a DSCP: write a name such as ef, af41 or cs5, or a number from 0 to 63.',
    'tunnels.hq.rules[4].order "never" is neither true nor false: write true or false.',
    'tunnels.hq.rules[5].leg "Dsl" is not a usable name: use 1 to 15 small letters, digits, - and _, beginning with a letter.',
    'tunnels.hq.rules[5].else "wait" is not supported: write any or drop.',
    'tunnels.hq.rules[5].copies 3 is not supported: write 1 or 2.',
  ],
  [
    'more rules than a mark has numbers',
    tunnelRules(...Array.from({ length: 16 }, (_, at) => ({ protocol: 'udp', ports: at + 1, leg: 'dsl' }))),
    'tunnels.hq.rules "[list]" has the wrong number of entries: write 0 to 15.',
  ],
];

const waiting = suite('checkDoubtful: legs that wait');

waiting('a rule that names nothing but backups is a warning, unless the scheduler uses them', () => {
  const lte = { port: 'eth2', address: '100.64.0.2/24', gateway: '100.64.0.1', backup: true };
  const warnings = (tunnel: object) => {
    const remote = { dsl: '198.51.100.9', lte: '198.51.100.9' };
    const parsed = parseConfig(
      baseWith({ 'uplinks.lte': lte, 'tunnels.hq': { ...PLAIT, remote, ...tunnel } }),
    );
    assert.ok(parsed.ok);
    return parsed.warnings.map(({ line: _, ...problem }) => describe(problem));
  };
  const rules = [
    { protocol: 'udp', leg: ['dsl', 'lte'] },
    { protocol: 'tcp', leg: 'lte' },
  ];
  assert.equal(warnings({ rules }), [
    'tunnels.hq.rules[1].leg "lte" names legs by backup uplinks only, which carry nothing while another leg lives: its packets are treated by "else" until then.',
  ]);
  assert.equal(warnings({ rules, scheduler: 'backup' }), []);
  assert.equal(warnings({ rules: rules.slice(1), remote: { lte: '198.51.100.9' } }), []);
});

waiting.run();

const balance: Case[] = [
  ['every strategy but packet goes with NAT', { balance: { strategy: 'bandwidth' } }],
  [
    'packets of one connection cannot be parted where addresses are translated',
    { balance: { strategy: 'packet' }, 'uplinks.dsl.nat': false },
    'balance.strategy "packet" cannot part the packets of a connection where NAT gives it the uplink\'s address (cable): write session or bandwidth, or nat: false where the LAN has addresses that are routed to this box.',
  ],
  [
    'without NAT they can',
    { balance: { strategy: 'packet' }, 'uplinks.dsl.nat': false, 'uplinks.cable.nat': false },
  ],
  [
    'one uplink leaves nothing to choose',
    { balance: {}, 'uplinks.cable.gateway': undefined, tunnels: undefined },
    'balance "{mapping}" has fewer than two uplinks to choose from: add another uplink with a gateway or a lease, or remove balance.',
  ],
  [
    'traffic comes from where there is nothing',
    { 'balance.from': ['lan', 'hq', 'dsl'] },
    'balance.from[2] "dsl" is neither lan nor a tunnel: write lan or hq.',
  ],
  [
    'traffic comes from one place twice',
    { 'balance.from': ['lan', 'lan'] },
    'balance.from[1] "lan" is named twice: remove one of the two.',
  ],
  [
    'sessions together twice',
    { 'balance.together': ['ike', 'ike'] },
    'balance.together[1] "ike" is named twice: remove one of the two.',
  ],
  [
    'sessions together of each kind',
    { 'balance.together': ['ike', 'pptp', 'all', 'tcp', 'udp:5060-5061', '10.9.0.0/16', '9.9.9.9'] },
  ],
  ...['sip', 'tcp:', 'tcp:0', 'tcp:9-1', 'icmp', 'tcp:443 ', '2001:db8::/32', '10.0.0.1/8', '', 443].map(
    (entry): Case => [
      `sessions together as ${JSON.stringify(entry)}`,
      { 'balance.together': [entry] },
      `balance.together[0] ${JSON.stringify(entry)} names no sessions: write ike, pptp, all, tcp, udp, tcp:PORT, udp:FIRST-LAST, or an IPv4 network such as 198.51.100.0/24.`,
    ],
  ),
  [
    'a tunnel has the name of the folder of balance below /proc/sys',
    { 'tunnels.balance': { mode: 'ipip', remote: { dsl: '198.51.100.8' } } },
    'tunnels.balance "balance" is a name that the system uses itself: rename the tunnel.',
  ],
];

const routes: Case[] = [
  [
    'a route covers the far end',
    { 'tunnels.hq.routes': ['198.51.0.0/16'] },
    'tunnels.hq.routes[0] "198.51.0.0/16" covers 198.51.100.9, the far end of a leg: leave that address out of the routes, the tunnel itself must reach it outside.',
  ],
  ['everything may go through the tunnel', { 'tunnels.hq.routes': ['0.0.0.0/0'] }],
  ['a route may be wider than the LAN', { 'tunnels.hq.routes': ['192.168.0.0/16'] }],
  [
    'a route is part of the LAN',
    { 'tunnels.hq.routes': ['192.168.50.128/25'] },
    'tunnels.hq.routes[0] "192.168.50.128/25" is part of the LAN (192.168.50.1/24): remove it or correct the network.',
  ],
  [
    'two tunnels have the same route',
    { 'tunnels.b': { mode: 'ipip', remote: { dsl: '198.51.100.8' }, routes: ['10.0.0.0/8'] } },
    'tunnels.b.routes[0] "10.0.0.0/8" is already a route of tunnel hq: remove one of the two.',
  ],
];

const rules = (...list: object[]) => ({ 'firewall.rules': list });
const forwards = (...list: object[]) => ({ 'firewall.forwards': list });
const web = { protocol: 'tcp', port: 443, to: '192.168.50.10' };

const firewall: Case[] = [
  [
    'rules and forwards that fit',
    {
      ...rules(
        { from: ['dsl'], to: ['box'], protocol: 'tcp', ports: [22, '8000-8010'], action: 'accept' },
        { from: ['hq', 'lan'], source: ['2001:db8::/32', 'fe80::1'], limit: '10/minute', action: 'drop' },
      ),
      ...forwards(web, { ...web, protocol: 'udp', port: '5000-5010' }, { ...web, port: 80, 'to-port': 8080 }),
    },
  ],
  [
    'a rule names nobody that is there',
    rules({ from: ['fibre'], action: 'drop' }),
    'firewall.rules[0].from[0] "fibre" is neither lan, box, an uplink nor a tunnel: write lan or box or dsl or cable or hq.',
  ],
  [
    'a rule has no action',
    rules({ from: ['dsl'] }),
    'firewall.rules[0].action is missing: add action: accept.',
  ],
  [
    'a rule has ports of no protocol',
    rules({ ports: [22], action: 'drop' }),
    'firewall.rules[0].ports has ports without tcp or udp: add protocol: tcp or protocol: udp.',
  ],
  [
    'a port is none',
    rules({ protocol: 'tcp', ports: ['80-22'], action: 'drop' }),
    'firewall.rules[0].ports[0] "80-22" is not a port: write 1 to 65535, or a range such as 8000-8010.',
  ],
  [
    'a network has bits beyond its prefix',
    rules({ source: ['2001:db8::1/32'], action: 'drop' }),
    'firewall.rules[0].source[0] "2001:db8::1/32" is not a network: write 10.0.0.0/8, 2001:db8::/32 or one address, without bits after the prefix.',
  ],
  [
    'a rule is of both families',
    rules({ source: ['10.0.0.0/8'], destination: ['2001:db8::/32'], action: 'drop' }),
    'firewall.rules[0].source is of IPv4 and of IPv6: write a rule for each of the two.',
  ],
  [
    'a rule is for the box and others',
    rules({ to: ['box', 'lan'], action: 'drop' }),
    'firewall.rules[0].to "[list]" names box and others: write a rule for box and one for the others.',
  ],
  [
    'a limit is no rate',
    rules({ limit: '10 a minute', action: 'drop' }),
    'firewall.rules[0].limit "10 a minute" is not a number of packets in a time: write such as 10/second, 30/minute or 100/hour.',
  ],
  [
    'a comment would break out of its quotes',
    rules({ comment: 'a" accept', action: 'drop' }),
    'firewall.rules[0].comment "a\\" accept" is not a usable comment: write 1 to 60 letters, digits, blanks and , . : _ ( ) / + -.',
  ],
  [
    'a forward leads out of the LAN',
    forwards({ ...web, to: '192.168.60.10' }),
    'firewall.forwards[0].to "192.168.60.10" is not an address of the LAN: write one of 192.168.50.1/24.',
  ],
  [
    'a port is forwarded twice',
    forwards({ ...web, from: ['dsl'] }, { ...web, port: '400-500', to: '192.168.50.11' }),
    'firewall.forwards[1].port is forwarded by entry 1 already: remove one of the two.',
  ],
  [
    'the same port of another uplink is another',
    forwards({ ...web, from: ['dsl'] }, { ...web, from: ['cable'] }),
  ],
  [
    'a range leads to one port',
    forwards({ ...web, port: '80-90', 'to-port': 80 }),
    'firewall.forwards[0].to-port 80 is one port for several: remove it: ports stay as they are.',
  ],
];

for (const [group, cases] of Object.entries({
  ports,
  names,
  addresses,
  tunnels,
  plaitTunnels,
  rulesOfTunnels,
  balance,
  routes,
  firewall,
})) {
  const test = suite(`checkConfig: ${group}`);
  for (const [title, changes, ...expected] of cases) {
    test(title, () => assert.equal(sentences(baseWith(changes)), expected));
  }
  test.run();
}
