// SPDX-License-Identifier: MIT
/** What the targets of probes need. */
import { parseIp } from '../ipv4.ts';
import { formatTarget, type ProbeTarget } from '../probe-target.ts';
import type { Config } from '../schema.ts';
import { hasNameServersBy } from './names.ts';
import type { Path, Report } from './report.ts';

type Targets = { targets?: ProbeTarget[] | undefined; need: number };

export function checkHealth(config: Config, report: Report): void {
  checkTargets(config.health, ['health'], report);
  for (const [name, uplink] of Object.entries(config.uplinks)) {
    const path = ['uplinks', name, 'health'];
    if (uplink.health !== undefined) checkTargets(uplink.health, path, report);
    const own = uplink.health?.targets;
    const hasServers = hasNameServersBy(config, uplink);
    (own ?? config.health.targets ?? []).forEach((target, index) => {
      if (target === 'gateway' || parseIp(target.host) !== undefined || hasServers) return;
      const at = own === undefined ? ['health', 'targets', index] : [...path, 'targets', index];
      const remedy = 'write its address, or give the uplink name servers (dns)';
      const text = formatTarget(target.host, target.method);
      report(at, text, `is a name that nobody resolves by uplink ${name}`, remedy);
    });
  }
}

function checkTargets({ targets, need }: Targets, path: Path, report: Report): void {
  const count = targets?.length ?? 1;
  if (count === 0 || need <= count) return;
  const remedy = `write ${count} or less, or more targets`;
  report(
    [...path, 'need'],
    need,
    `is more than the ${count} that ${count === 1 ? 'is' : 'are'} probed`,
    remedy,
  );
}
