// SPDX-License-Identifier: MIT
/** What the keys of a configuration must be to each other: combinations that cannot work are found here. */
import { checkBalance } from './checks/balance.ts';
import { checkDeviceNames, checkPorts } from './checks/devices.ts';
import { checkFirewall } from './checks/firewall.ts';
import { checkHealth } from './checks/health.ts';
import { checkNamesResolve, checkOnlyForwarded, checkResolvers } from './checks/names.ts';
import type { Report } from './checks/report.ts';
import { checkRoutes } from './checks/routes.ts';
import { checkDhcpRange, checkSubnets } from './checks/subnets.ts';
import { checkTime } from './checks/time.ts';
import { checkWaitingLegs } from './checks/tunnel-rules.ts';
import { checkBuffer, checkLegPairs, checkTunnel, checkTunnelMtus } from './checks/tunnels.ts';
import { checkBackup, checkGateways, checkMetered, checkShapers, checkUplinkMtus } from './checks/uplinks.ts';
import { type Problem, problemAt } from './problems.ts';
import type { Config } from './schema.ts';

/** What works, and hardly as it was meant. */
export function checkDoubtful(config: Config): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (...what) => problems.push(problemAt(...what));
  checkOnlyForwarded(config, report);
  checkWaitingLegs(config, report);
  return problems;
}

/** All impossible combinations in a configuration that fits the schema. */
export function checkConfig(config: Config): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (...what) => problems.push(problemAt(...what));
  checkPorts(config, report);
  checkDeviceNames(config, report);
  checkGateways(config, report);
  checkBackup(config, report);
  checkMetered(config, report);
  checkShapers(config, report);
  checkUplinkMtus(config, report);
  checkTunnelMtus(config, report);
  checkDhcpRange(config, report);
  checkSubnets(config, report);
  for (const [name, tunnel] of Object.entries(config.tunnels)) checkTunnel(config, name, tunnel, report);
  checkLegPairs(config, report);
  checkBuffer(config, report);
  checkRoutes(config, report);
  checkBalance(config, report);
  checkHealth(config, report);
  checkNamesResolve(config, report);
  checkResolvers(config, report);
  checkTime(config, report);
  checkFirewall(config, report);
  return problems;
}
