// SPDX-License-Identifier: MIT
/** What is said of each uplink at the end of setup: step by step from the cable to the name server, with a remedy. */
import type { UplinkStatus } from '../status.ts';

export interface CheckLine {
  uplink: string;
  step: 'port' | 'cable' | 'address' | 'unique' | 'router' | 'names';
  /** Undefined: it could not be looked at. */
  ok: boolean | undefined;
  /** What was seen. */
  text: string;
  /** What to do, where it is not ok. */
  remedy?: string;
}

/** What is known besides the status of an uplink. */
export interface UplinkProbes {
  /** The address comes by DHCP. */
  dhcp: boolean;
  /** Heard on the port and not usable: an access concentrator of PPPoE. */
  pppoe: boolean;
  /** Another machine answers for the box's own address. Undefined: not looked at. */
  duplicate?: boolean;
  /** What name servers said: milliseconds, refused or silence. */
  nameServers: readonly { server: string; result: number | 'refused' | undefined }[];
}

export function checkUplink(uplink: UplinkStatus, probes: UplinkProbes): CheckLine[] {
  const { name, device, state } = uplink;
  const line = (
    step: CheckLine['step'],
    ok: boolean | undefined,
    text: string,
    remedy?: string,
  ): CheckLine => ({
    uplink: name,
    step,
    ok,
    text,
    ...(remedy === undefined ? {} : { remedy }),
  });
  if (state === 'missing') return [line('port', false, `there is no port ${device}`, 'choose another port')];
  if (state === 'failed')
    return [line('port', false, `${device} could not be set up`, 'plaitctl status says what failed')];
  if (state === 'no carrier' || state === 'down')
    return [line('cable', false, `no link on ${device}`, 'plug the cable in; is the modem on?')];
  const lines = [line('cable', true, `${device} has a link`)];
  if (uplink.address === undefined) return [...lines, noAddress(uplink, probes, line)];
  lines.push(line('address', true, `${uplink.address}${probes.dhcp ? ' by DHCP' : ''}`));
  if (probes.duplicate !== undefined) lines.push(uniqueness(uplink.address, probes.duplicate, line));
  lines.push(routerLine(uplink, probes, line));
  lines.push(...probes.nameServers.map((one) => nameServerLine(one, line)));
  return lines;
}

type Make = (step: CheckLine['step'], ok: boolean | undefined, text: string, remedy?: string) => CheckLine;

function noAddress({ device, refused }: UplinkStatus, { pppoe }: UplinkProbes, line: Make): CheckLine {
  const [first] = refused;
  if (first !== undefined) {
    const remedy = 'ask the provider, or set the address by hand; plaitctl show uplinks tells more';
    return line(
      'address',
      false,
      `what DHCP says is refused: ${first.what} ${first.value}, ${first.reason}`,
      remedy,
    );
  }
  if (pppoe)
    return line('address', false, 'the line wants PPPoE', 'PPPoE is not supported: let the modem dial');
  const remedy = `is the VLAN right (${device})? Is it a line with a fixed address, or with PPPoE?`;
  return line('address', false, 'no DHCP server answers', remedy);
}

function uniqueness(address: string, duplicate: boolean, line: Make): CheckLine {
  const bare = address.split('/', 1)[0] ?? address;
  return duplicate
    ? line('unique', false, `another machine has ${bare} too`, 'ask the provider which address is yours')
    : line('unique', true, 'nobody else has this address');
}

function routerLine({ gateway, health, state }: UplinkStatus, probes: UplinkProbes, line: Make): CheckLine {
  const { dhcp, nameServers } = probes;
  if (gateway === undefined) {
    const remedy = dhcp ? 'ask the provider' : 'only its own subnet is reached; set a router';
    return line('router', false, 'there is no router', remedy);
  }
  if (health === undefined) return line('router', undefined, `router ${gateway} is not probed`);
  if (health.alive && state === 'up') {
    const time = health.rttMs === undefined ? '' : `, ${Math.max(1, Math.round(health.rttMs))} ms`;
    return line('router', true, `router ${gateway} answers${time}`);
  }
  // Some routers do not answer to ping; what is behind them shows that the line works.
  if (state === 'unproved' && nameServers.some(({ result }) => result !== undefined))
    return line('router', undefined, `${gateway} does not answer to ping`, 'name health.targets that do');
  const remedy = dhcp
    ? 'restart the modem, or ask the provider'
    : 'are address, length, router and VLAN right?';
  return line('router', false, `router ${gateway} is silent`, remedy);
}

function nameServerLine({ server, result }: UplinkProbes['nameServers'][number], line: Make): CheckLine {
  if (typeof result === 'number') return line('names', true, `name server ${server} answers, ${result} ms`);
  if (result === 'refused')
    return line(
      'names',
      false,
      `name server ${server} refuses`,
      "it may serve its own provider's lines only",
    );
  return line('names', false, `name server ${server} is silent`, 'does the line lead to the internet?');
}

/** Nothing that was looked at is wrong. */
export function allOk(lines: readonly CheckLine[]): boolean {
  return lines.every(({ ok }) => ok !== false);
}
