// SPDX-License-Identifier: MIT
/** What `plaitctl status --json` prints; the shape is a promise, fields are only ever added. */

import type { Refused } from '../appliance/lease-checks.ts';
import type { TimeServers } from '../appliance/plan/time.ts';
import type { LegRule } from '../appliance/plan-types.ts';
import type { Source } from './boot-choice.ts';
import type { Phase } from './config-phases.ts';
import type { FailedPart } from './failed-parts.ts';
import type { IdentityStatus } from './identity-status.ts';
import type { BalanceFigures, BalanceSettings } from './netlink/balance.ts';
import type { LegCounters, LegEstimates } from './netlink/plait.ts';
import type { RuleCounters } from './netlink/plait-rules.ts';
import type { Protect, UdpLeg, UdpPeer } from './netlink/plait-udp.ts';
import type { SlotReason, SlotState } from './slot-record.ts';
import type { ClockState } from './time/clock-states.ts';
import type { UpgradeJob } from './upgrade/job-states.ts';

export interface Status {
  version: string;
  board: string;
  hostname: string;
  /** Absent outside of a board. */
  slot?: string;
  /** The firmware in the slots. Absent outside of a board. */
  firmware?: {
    state: SlotState;
    /** What a firmware on trial waits for. */
    waitingFor: string[];
    /** How the run before this one ended. */
    lastEnd?: { slot: string } & SlotReason;
    other?: { slot: string; version: string; state: SlotState; reason?: SlotReason };
  };
  /** An upgrade is under way; `plaitctl upgrade` tells more of it. */
  upgrade?: Pick<UpgradeJob, 'id' | 'state' | 'from'>;
  /** Absent: the disk has none. */
  identity?: IdentityStatus;
  uptimeSeconds: number;
  clock: ClockStatus;
  memory: { totalKiB: number; availableKiB: number; agentKiB: number };
  config: {
    source: Source;
    phase: Phase;
    /** Why it is not the configuration that was confirmed last. */
    reason?: string;
    /** plait.yaml has been edited since: `plaitctl apply` would use it. */
    edited: boolean;
    /** What could not be applied of it, in words; `failedParts` has it as data. */
    failures: string[];
    /** What this firmware or this board does without: unknown keys of a newer format, ports that are missing. */
    warnings: string[];
  };
  /** An apply waits for `plaitctl confirm`. */
  pending?: { secondsLeft: number };
  /** Applying right now. */
  applying: boolean;
  /** The last attempt to follow a change of facts failed altogether, so. */
  problem?: string;
  /** Parts of the plan that could not be applied: they are left out, the others go on, and they are tried again. */
  failedParts: FailedPart[];
  /** Absent: connections are spread by weight, and each stays on its uplink. */
  balance?: Pick<BalanceSettings, 'strategy' | 'deadSessions' | 'local'>;
  uplinks: UplinkStatus[];
  tunnels: TunnelStatus[];
  /**
   * What the receive-side buffer did, for all tunnels that use it together, by the names in bufferStatistics
   * (src/kmod/README.md). Absent: nothing is buffered.
   */
  buffer?: Record<string, number>;
  services: { name: string; pid?: number; restarts: number }[];
}

export interface ClockStatus {
  /** The time of now, as the board has it: ISO 8601, UTC. */
  time: string;
  /** How sure it is, from `build-time` to `ntp`. */
  state: ClockState;
  /** Since a server was followed last; absent: not since the start. */
  syncedSecondsAgo?: number;
  /** What ntpd reported last, while it follows a server. */
  stratum?: number;
  offsetMs?: number;
  /** Who is asked, and who named them. Absent: nobody. */
  asked?: TimeServers;
}

export interface UplinkStatus {
  name: string;
  device: string;
  /**
   * `unproved`: it is used, but no target of its probes has answered since its address, its router or they changed.
   * `down`: somebody set the device down; `plaitctl apply` brings it up. `missing`: the board does not have its port
   * (now). `failed`: it could not be applied, see `failedParts`.
   */
  state: 'up' | 'unproved' | 'dead' | 'no carrier' | 'no address' | 'down' | 'missing' | 'failed';
  /** What its DHCP server said and is not used, with the reason. */
  refused: Refused[];
  backup: boolean;
  /** A backup that waits, since another uplink lives. */
  standby: boolean;
  weight: number;
  address?: string;
  gateway?: string;
  /** Of the target that speaks best for it. */
  health?: HealthStatus;
  /** What is probed to see whether it lives, and how many of these must answer. */
  targets: TargetStatus[];
  need: number;
  counters?: { rxPackets: number; txPackets: number; rxBytes: number; txBytes: number };
  /** What plait_balance knows of it; absent: it does not balance by this uplink. */
  balance?: BalanceFigures;
}

export interface HealthStatus {
  alive: boolean;
  rttMs?: number;
  sent: number;
  received: number;
}

export interface TargetStatus extends HealthStatus {
  /** As plait.yaml writes it. */
  target: string;
  /** Where its name leads to. */
  address?: string;
}

export interface TunnelStatus {
  name: string;
  mode: string;
  scheduler: string;
  state: 'up' | 'down';
  /** TCP segments that come in by it are put in order. */
  buffer: boolean;
  /** Of mode `plait`, once its link has a far end. */
  peer?: PeerStatus;
  legs: LegStatus[];
  /** In their order; with scheduler `duplicate` that of all other packets comes last. */
  rules: RuleStatus[];
}

/** A rule of a tunnel: for which packets, what becomes of them, and what did. */
export interface RuleStatus extends Omit<LegRule, 'mark'> {
  /** 1 for the first; 0: for all packets that no other fits. */
  number: number;
  /** As people read it: `to 10.0.9.0/24, udp 5060-5090`. */
  match: string;
  /** Absent: the kernel does not have it. */
  counters?: RuleCounters;
}

/** The far end of a tunnel of mode `plait`; counters since it was set. No secret key is in it. */
export interface PeerStatus
  extends Pick<
    UdpPeer,
    | 'publicKey'
    | 'peerKey'
    | 'protect'
    | 'session'
    | 'badPackets'
    | 'replayed'
    | 'held'
    | 'lost'
    | 'expired'
    | 'late'
  > {
  /** UDP port; absent: this end asks. */
  listen?: number;
  /** What protects packets now; absent without a session. */
  agreed?: Protect;
  /** Since its keys were agreed; absent without a session. */
  sessionAgeSeconds?: number;
  /** Since somebody with an unknown key asked at this end; absent: nobody did, or the far end has answered since. */
  strangerSecondsAgo?: number;
  /** What is wrong, a sentence each. */
  problems: string[];
}

export interface LegStatus extends LegCounters {
  name: string;
  /** In mode `plait` there is none: its name. */
  device: string;
  /** Empty: it came up since it was heard, by whichever. */
  uplink: string;
  /** Address of the far end, or `direct`; in mode `plait` with its port, where packets are sent now. */
  remote: string;
  weight: number;
  enabled: boolean;
  live: boolean;
  /** Bit/s that the configuration gives it; absent: the scheduler finds it out, if it needs it. */
  rate?: number;
  estimates?: LegEstimates;
  health?: HealthStatus;
  /** What the kernel knows of a leg of mode `plait`, which is no device; absent: it is not there now. */
  udp?: UdpLegStatus;
}

export interface UdpLegStatus
  extends Pick<
    UdpLeg,
    | 'number'
    | 'state'
    | 'heard'
    | 'rttMs'
    | 'behindMs'
    | 'lossPpm'
    | 'addressChanges'
    | 'observed'
    | 'pathMtu'
    | 'pathMtuProbes'
  > {
  /** The far end sees another address than this box has there. */
  behindNat: boolean;
}
