// SPDX-License-Identifier: MIT
/** Gathers the status from the daemon, the kernel and /proc. */
import { missingPorts } from '../appliance/board-checks.ts';
import { type HealthTarget, probedBy } from '../appliance/health-targets.ts';
import { acceptAddresses, type Refused } from '../appliance/lease-checks.ts';
import { inUse, plannedUplinks, type Uplink, uplinksOf } from '../appliance/model.ts';
import { timeServers } from '../appliance/plan/time.ts';
import type { Facts } from '../appliance/plan-types.ts';
import { formatTarget } from '../appliance/probe-target.ts';
import { describe, type Problem } from '../appliance/problems.ts';
import { type Board, portsOf } from './board.ts';
import type { ConfigLifecycle } from './config-lifecycle.ts';
import { devicePublicKey } from './device-key.ts';
import type { FailedPart } from './failed-parts.ts';
import type { StoredIdentity } from './identity.ts';
import { identityStatus } from './identity-status.ts';
import type { Kernel } from './kernel.ts';
import type { BalanceFigures, BalanceState } from './netlink/balance.ts';
import { IFF_RUNNING, IFF_UP, type Link } from './netlink/rtnl/link.ts';
import type { PathState } from './path-states.ts';
import type { Files, Ports } from './ports.ts';
import type { ClockStatus, HealthStatus, Status, TargetStatus, UplinkStatus } from './status.ts';
import type { Supervisor } from './supervisor.ts';
import type { ClockKeeper } from './time/clock-keeper.ts';
import { healthStatus, type TunnelStatusSource, tunnelStatuses } from './tunnel-status.ts';
import { isBusy } from './upgrade/job-states.ts';
import type { Upgrader } from './upgrade/upgrader.ts';

/** What the status is gathered from: the daemon, without what else it does. */
export interface StatusSource extends TunnelStatusSource {
  readonly board: Board;
  readonly identity: StoredIdentity;
  readonly lifecycle: Pick<ConfigLifecycle, 'confirmLeft' | 'edited' | 'phase'>;
  readonly firmware: Status['firmware'] | undefined;
  readonly applying: boolean;
  readonly problem: string | undefined;
  readonly failedParts: readonly FailedPart[];
  readonly clock: Pick<ClockKeeper, 'known'>;
  readonly supervisor: Pick<Supervisor, 'status'>;
  readonly upgrader: Pick<Upgrader, 'job'>;
  facts(): Facts;
}

export function statusOf(daemon: StatusSource, ports: Ports, kernel: Kernel): Status {
  const { files } = ports;
  const { chosen } = daemon;
  const links = new Map(kernel.links().map((link) => [link.name, link]));
  const left = daemon.lifecycle.confirmLeft;
  const state = chosen?.config.balance === undefined ? undefined : kernel.balance();
  const identity = identityStatus(
    daemon.identity,
    macsOf(daemon.board, files, kernel),
    devicePublicKey(ports.disks),
  );
  return {
    version: PLAIT_VERSION,
    board: daemon.board.name,
    hostname: files.read('/proc/sys/kernel/hostname')?.trim() ?? '',
    ...(daemon.board.slot === undefined ? {} : { slot: daemon.board.slot }),
    ...(daemon.firmware === undefined ? {} : { firmware: daemon.firmware }),
    ...upgradeStatus(daemon.upgrader),
    ...(identity === undefined ? {} : { identity }),
    uptimeSeconds: Math.floor(Number(files.read('/proc/uptime')?.split(' ')[0] ?? 0)),
    clock: clockStatus(daemon, ports),
    memory: memory(files),
    config: {
      source: chosen?.source ?? 'safe defaults',
      ...(chosen?.reason === undefined ? {} : { reason: chosen.reason }),
      edited: daemon.lifecycle.edited,
      phase: daemon.lifecycle.phase,
      failures: daemon.failedParts.map(failureText),
      warnings: [...warningsOf(daemon).map(describe), ...passwordWarning(daemon)],
    },
    ...(left === undefined ? {} : { pending: { secondsLeft: Math.ceil(left / 1000) } }),
    applying: daemon.applying,
    ...(daemon.problem === undefined ? {} : { problem: daemon.problem }),
    failedParts: [...daemon.failedParts],
    ...(state === undefined ? {} : { balance: balanceStatus(state) }),
    uplinks: uplinks(daemon, links, state),
    tunnels: tunnelStatuses(daemon, kernel, links),
    ...bufferStatus(daemon, files),
    services: daemon.supervisor.status(),
  };
}

function clockStatus(daemon: StatusSource, { clock }: Ports): ClockStatus {
  const { state, syncedAgo, report } = daemon.clock.known;
  const { config } = daemon.chosen ?? {};
  const asked =
    config === undefined ? undefined : timeServers(config, plannedUplinks(config, daemon.facts()));
  return {
    time: new Date(clock.wall()).toISOString(),
    state,
    ...(syncedAgo === undefined ? {} : { syncedSecondsAgo: Math.floor(syncedAgo / 1000) }),
    ...(report ?? {}),
    ...(asked === undefined ? {} : { asked }),
  };
}

function macsOf(board: Board, files: Files, kernel: Kernel): string[] {
  return portsOf(board, kernel).flatMap((port) => files.read(`/sys/class/net/${port}/address`)?.trim() ?? []);
}

/** Missing ports are told as they are missing now. */
function warningsOf(daemon: StatusSource): Problem[] {
  const { chosen } = daemon;
  return chosen === undefined ? [] : [...chosen.warnings, ...missingPorts(chosen.config, daemon.facts())];
}

function passwordWarning({ chosen }: StatusSource): string[] {
  if (chosen === undefined || chosen.config.admin['password-hash'] !== undefined) return [];
  return ['root has no password: whoever is at the serial console has the board; set admin.password-hash'];
}

function failureText({ part = 'left over', step, reason, retryInSeconds }: FailedPart): string {
  return `${part}: ${step}: ${reason} (tried again in ${retryInSeconds} s)`;
}

function balanceStatus({ strategy, deadSessions, local }: BalanceState): NonNullable<Status['balance']> {
  return { strategy, deadSessions, local };
}

function uplinks(
  daemon: StatusSource,
  links: ReadonlyMap<string, Link>,
  state: BalanceState | undefined,
): UplinkStatus[] {
  const targets = daemon.targets();
  const all = daemon.chosen ? uplinksOf(daemon.chosen.config, daemon.facts()) : [];
  const used = inUse(all);
  const refused = refusedOf(daemon);
  return all.map((uplink) => {
    const link = links.get(uplink.device);
    const wanted = targets.filter((one) => one.kind === 'uplink' && one.uplink === uplink.name);
    const probed = targetStatuses(daemon, wanted);
    const path = daemon.observer.paths.state(uplink.name) ?? 'unprobed';
    const health = bestOf(probed);
    const balanced = state?.uplinks.find(({ index }) => index === link?.index);
    return {
      name: uplink.name,
      device: uplink.device,
      // With targets that nobody has begun to ask it has not answered either.
      state: stateOf(link, uplink, path === 'unprobed' && wanted.length > 0 ? 'unproved' : path),
      refused: refused.filter((one) => one.uplink === uplink.name),
      backup: uplink.config.backup,
      standby: uplink.config.backup && used.length > 0 && !used.includes(uplink),
      weight: uplink.config.weight,
      ...(uplink.address === undefined ? {} : { address: uplink.address }),
      ...(uplink.gateway === undefined ? {} : { gateway: uplink.gateway }),
      ...(health === undefined ? {} : { health }),
      targets: probed,
      need: daemon.chosen ? probedBy(daemon.chosen.config, uplink.name).need : 1,
      ...(link?.stats === undefined ? {} : { counters: link.stats }),
      ...(balanced === undefined ? {} : { balance: figuresOf(balanced) }),
    };
  });
}

function figuresOf(uplink: BalanceState['uplinks'][number]): BalanceFigures {
  const { index, mark, weight, rateUp, rateDown, alive, nat, ...figures } = uplink;
  return figures;
}

function refusedOf(daemon: StatusSource): Refused[] {
  const config = daemon.chosen?.config;
  return config === undefined ? [] : acceptAddresses(config, daemon.facts().leases).refused;
}

/** What is wrong below comes first: without carrier nobody can answer. */
function stateOf(
  link: Link | undefined,
  { address, dead, missing, failed }: Uplink,
  path: PathState,
): UplinkStatus['state'] {
  if (missing) return 'missing';
  if (failed) return 'failed';
  if (link === undefined) return 'missing';
  if (!(link.flags & IFF_UP)) return 'down';
  if (!(link.flags & IFF_RUNNING)) return 'no carrier';
  if (address === undefined) return 'no address';
  if (dead) return 'dead';
  return path === 'unproved' || path === 'expected' ? 'unproved' : 'up';
}

function targetStatuses(daemon: StatusSource, targets: readonly HealthTarget[]): TargetStatus[] {
  return targets.flatMap((target) => {
    const health = daemon.observer.prober.health(target);
    if (health === undefined) return [];
    const { address } = health;
    return [
      {
        target: formatTarget(target.target, target.method),
        ...(address === undefined ? {} : { address }),
        ...healthStatus(health),
      },
    ];
  });
}

/** One that answers, else the first. */
function bestOf(targets: readonly TargetStatus[]): HealthStatus | undefined {
  const best = targets.find(({ alive, received }) => alive && received > 0) ?? targets[0];
  if (best === undefined) return undefined;
  const { target, address, ...health } = best;
  return health;
}

const BUFFER_STATISTICS = '/proc/sys/net/ipv4/multipath/bufferStatistics';

function bufferStatus(daemon: StatusSource, files: Files): Pick<Status, 'buffer'> {
  const { buffer, tunnels } = daemon.chosen?.config ?? {};
  const used = buffer?.all || Object.values(tunnels ?? {}).some((tunnel) => tunnel.buffer);
  const text = used ? files.read(BUFFER_STATISTICS) : undefined;
  if (text === undefined) return {};
  const lines = [...text.matchAll(/^(\w+) (\d+)$/gm)];
  return { buffer: Object.fromEntries(lines.map(([, name = '', count]) => [name, Number(count)])) };
}

function upgradeStatus({ job }: Pick<Upgrader, 'job'>): Pick<Status, 'upgrade'> {
  if (job === undefined || !isBusy(job.state)) return {};
  const { id, state, from } = job;
  return { upgrade: { id, state, from } };
}

function memory(files: Files): Status['memory'] {
  const info = files.read('/proc/meminfo') ?? '';
  return {
    totalKiB: field(info, 'MemTotal'),
    availableKiB: field(info, 'MemAvailable'),
    agentKiB: field(files.read('/proc/self/status') ?? '', 'VmRSS'),
  };
}

function field(text: string, name: string): number {
  return Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0);
}
