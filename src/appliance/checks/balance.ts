// SPDX-License-Identifier: MIT
/** What `balance` needs of uplinks and tunnels. */
import type { Config } from '../schema.ts';
import type { Report } from './report.ts';

export function checkBalance(config: Config, report: Report): void {
  const { balance } = config;
  if (balance === undefined) return;
  const outward = Object.values(config.uplinks).filter(
    (uplink) => uplink.address === 'dhcp' || uplink.gateway !== undefined,
  );
  if (outward.length < 2) {
    const remedy = 'add another uplink with a gateway or a lease, or remove balance';
    report(['balance'], balance, 'has fewer than two uplinks to choose from', remedy);
  }
  checkPacketStrategy(config, report);
  const together = balance.together?.map(({ text }) => text) ?? [];
  together.forEach((text, index) => {
    if (together.indexOf(text) !== index)
      report(['balance', 'together', index], text, 'is named twice', 'remove one of the two');
  });
  const sides = ['lan', ...Object.keys(config.tunnels)];
  balance.from?.forEach((name, index) => {
    if (!sides.includes(name)) {
      const remedy = `write ${sides.join(' or ')}`;
      report(['balance', 'from', index], name, 'is neither lan nor a tunnel', remedy);
    } else if (balance.from?.indexOf(name) !== index) {
      report(['balance', 'from', index], name, 'is named twice', 'remove one of the two');
    }
  });
}

/**
 * Each packet of a connection by another uplink means another address for each, where addresses are translated. The
 * kernel would keep such connections together, which is another strategy than the one that was asked for.
 */
function checkPacketStrategy({ balance, uplinks }: Config, report: Report): void {
  if (balance?.strategy !== 'packet') return;
  const translated = Object.keys(uplinks).filter((name) => uplinks[name]?.nat);
  if (translated.length === 0) return;
  report(
    ['balance', 'strategy'],
    balance.strategy,
    `cannot part the packets of a connection where NAT gives it the uplink's address (${translated.join(', ')})`,
    'write session or bandwidth, or nat: false where the LAN has addresses that are routed to this box',
  );
}
