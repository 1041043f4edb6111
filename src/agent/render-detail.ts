// SPDX-License-Identifier: MIT
/** All that is known of uplinks and legs, as `plaitctl show uplinks|tunnels` prints it: a block each, a line a fact. */
import type { BalanceFigures } from './netlink/balance.ts';
import { bufferLine, legState, lossText, peerLines, ruleEffect, uplinkState } from './render-status.ts';
import type {
  HealthStatus,
  LegStatus,
  PeerStatus,
  RuleStatus,
  Status,
  UdpLegStatus,
  UplinkStatus,
} from './status.ts';
import { bitRate, table } from './text-table.ts';

type Fact = [name: string, value: string];

export function renderUplinks(status: Status): string {
  const { balance } = status;
  const how = balance
    ? `balanced by ${balance.strategy}; sessions of dead uplinks ${balance.deadSessions}; the box's own traffic ${balance.local ? 'too' : 'not'}`
    : 'connections are spread by weight';
  return blocks(
    how,
    status.uplinks.map((uplink) => block(`uplink ${uplink.name}`, uplinkFacts(uplink))),
  );
}

export function renderTunnels({ tunnels, buffer }: Pick<Status, 'tunnels' | 'buffer'>): string {
  if (tunnels.length === 0) return 'there are no tunnels\n';
  const text = tunnels
    .map((tunnel) => {
      const { name, mode, scheduler, state, legs } = tunnel;
      const parts = [
        ...(tunnel.peer === undefined ? [] : [block('far end', peerFacts(tunnel.peer))]),
        ...legs.map((leg) => block(`leg ${leg.name}`, legFacts(leg))),
        ...tunnel.rules.map((rule) => block(ruleTitle(rule), ruleFacts(rule))),
      ];
      const how = `${mode}, ${scheduler}${tunnel.buffer ? ', buffered' : ''}`;
      return blocks(`tunnel ${name} (${how}): ${state}`, parts);
    })
    .join('\n');
  return buffer === undefined ? text : `${text}\n${bufferLine(buffer)}\n`;
}

function blocks(title: string, parts: readonly string[]): string {
  return `${[title, ...parts].join('\n\n')}\n`;
}

function block(title: string, facts: readonly Fact[]): string {
  return [title, ...table([], facts).map((line) => `  ${line}`)].join('\n');
}

function uplinkFacts(uplink: UplinkStatus): Fact[] {
  const { counters } = uplink;
  return [
    ['device', uplink.device],
    ['state', uplinkState(uplink)],
    ['weight', String(uplink.weight)],
    ['backup', uplink.backup ? 'yes' : 'no'],
    ...optional('address', uplink.address),
    ...optional('gateway', uplink.gateway),
    ...(uplink.targets.length > 1
      ? uplink.targets.flatMap(({ target, address, ...health }) => [
          fact('target', address === undefined ? target : `${target} (${address})`),
          ...healthFacts(health),
        ])
      : healthFacts(uplink.health)),
    ...(uplink.targets.length > 1 ? [fact('must answer', `${uplink.need} of ${uplink.targets.length}`)] : []),
    ...(counters
      ? [
          fact('sent', `${counters.txPackets} packets, ${counters.txBytes} bytes`),
          fact('received', `${counters.rxPackets} packets, ${counters.rxBytes} bytes`),
        ]
      : []),
    ...(uplink.balance ? balanceFacts(uplink.balance) : []),
  ];
}

function balanceFacts(figures: BalanceFigures): Fact[] {
  const { sessions, assigned, moved, ended, unusedUp, unusedDown } = figures;
  return [
    ['used', figures.live ? 'yes' : 'no'],
    [
      'sessions',
      `${sessions} now; ${assigned} began here, ${moved} moved here, ${ended} ended as it was dead`,
    ],
    ['since balanced', `${figures.txBytes} bytes sent, ${figures.rxBytes} received`],
    ['sending', `${bitRate(figures.txRate)} in the last second, ${bitRate(figures.txRateAverage)} in eight`],
    [
      'receiving',
      `${bitRate(figures.rxRate)} in the last second, ${bitRate(figures.rxRateAverage)} in eight`,
    ],
    ...optional('unused up', unusedUp === undefined ? undefined : bitRate(unusedUp)),
    ...optional('unused down', unusedDown === undefined ? undefined : bitRate(unusedDown)),
    [
      'TCP',
      `${figures.tcpRetransmitted} of ${figures.tcpSegments} segments retransmitted, ${(figures.retransmissionRate * 100).toFixed(2)} % lately`,
    ],
  ];
}

function peerFacts(peer: PeerStatus): Fact[] {
  const [session = '', ...problems] = peerLines(peer);
  return [
    fact('session', session.replace(/^session: /, '')),
    ...problems.map((problem) => fact('problem', problem)),
    ...optional('listens', peer.listen === undefined ? undefined : `UDP port ${peer.listen}`),
    fact('protect', peer.protect),
    fact('its public key', peer.peerKey),
    fact('own public key', peer.publicKey),
    fact('refused', `${peer.badPackets} bad packets, ${peer.replayed} replayed`),
    fact(
      'order',
      `${peer.held} waited for earlier ones; ${peer.lost} lost, ${peer.expired} waited in vain, ${peer.late} late`,
    ),
  ];
}

function udpFacts({
  number,
  heard,
  rttMs,
  behindMs,
  lossPpm,
  observed,
  behindNat,
  addressChanges,
  pathMtu,
  pathMtuProbes,
}: UdpLegStatus): Fact[] {
  const seen = observed === undefined ? undefined : `${observed.address}:${observed.port}`;
  return [
    fact('number', heard ? `${number}, of the far end` : String(number)),
    ...optional('round trip', rttMs === undefined ? undefined : `${rttMs.toFixed(1)} ms`),
    ...optional('behind', behindMs === undefined ? undefined : `${behindMs.toFixed(1)} ms the fastest leg`),
    fact('loss', lossText(lossPpm)),
    ...optional('seen as', seen === undefined ? undefined : `${seen}${behindNat ? ', behind NAT' : ''}`),
    fact('moved', `${addressChanges} times`),
    fact('path MTU', `${pathMtu ?? 'unknown'}, by ${pathMtuProbes} probes`),
  ];
}

function legFacts(leg: LegStatus): Fact[] {
  const { rate, estimates, udp } = leg;
  return [
    ...(udp === undefined ? [fact('device', leg.device)] : []),
    ['state', legState(leg)],
    ...optional('uplink', leg.uplink === '' ? undefined : leg.uplink),
    ['remote', leg.remote],
    ['weight', String(leg.weight)],
    ...optional('rate, set', rate === undefined ? undefined : bitRate(rate)),
    ...optional('rate, seen', estimates?.rate === undefined ? undefined : bitRate(estimates.rate)),
    ...optional('delay', estimates?.delayMs === undefined ? undefined : `${estimates.delayMs.toFixed(1)} ms`),
    ...optional('in flight', estimates && `${estimates.inFlight} bytes`),
    ...healthFacts(leg.health),
    ...(udp === undefined ? [] : udpFacts(udp)),
    ['sent', `${leg.txPackets} packets, ${leg.txBytes} bytes; ${leg.txDropped} dropped`],
    ['received', `${leg.rxPackets} packets, ${leg.rxBytes} bytes`],
  ];
}

function ruleTitle({ number, match }: RuleStatus): string {
  return number === 0 ? `rule for ${match}` : `rule ${number}: ${match}`;
}

function ruleFacts(rule: RuleStatus): Fact[] {
  const { counters } = rule;
  if (counters === undefined) return [fact('sent by', ruleEffect(rule)), fact('state', 'not set')];
  const { packets, elsewhere, copied, dropped } = counters;
  return [
    fact('sent by', ruleEffect(rule)),
    fact('sent', `${packets} packets, ${elsewhere} of them by other legs, ${copied} in two copies`),
    fact('dropped', `${dropped} packets`),
  ];
}

function healthFacts(health: HealthStatus | undefined): Fact[] {
  if (health === undefined) return [];
  const rtt = health.rttMs === undefined ? '' : `, round trip ${health.rttMs.toFixed(1)} ms`;
  return [fact('probes', `${health.received} of ${health.sent} answered${rtt}`)];
}

function optional(name: string, value: string | undefined): Fact[] {
  return value === undefined ? [] : [[name, value]];
}

function fact(name: string, value: string): Fact {
  return [name, value];
}
