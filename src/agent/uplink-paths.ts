// SPDX-License-Identifier: MIT
/** The state of the path behind each uplink (path-states.ts), and which of them have ever answered. */
import { type HealthTarget, probedBy } from '../appliance/health-targets.ts';
import type { Config } from '../appliance/schema.ts';
import { type TargetHealth, targetKey } from './health.ts';
import { judge, nextState, type PathState, USABLE } from './path-states.ts';
import { ANSWERED } from './paths.ts';
import { errorText, type Files, type Log } from './ports.ts';

interface Path {
  state: PathState;
  /** Another one: another address, router or target. */
  key: string;
  targets: readonly HealthTarget[];
  need: number;
  /** What must be the same for an answer of an earlier run to count. */
  identity: string;
}

export interface PathChange {
  uplink: string;
  from: PathState;
  to: PathState;
}

export class UplinkPaths {
  #files: Files;
  #log: Log;
  #healthOf: (target: HealthTarget) => TargetHealth | undefined;
  #paths = new Map<string, Path>();
  #answered: Map<string, string>;

  constructor(
    ports: { files: Files; log: Log },
    healthOf: (target: HealthTarget) => TargetHealth | undefined,
  ) {
    this.#files = ports.files;
    this.#log = ports.log;
    this.#healthOf = healthOf;
    this.#answered = readAnswered(ports.files);
  }

  state(uplink: string): PathState | undefined {
    return this.#paths.get(uplink)?.state;
  }

  unusable(): string[] {
    return [...this.#paths].filter(([, { state }]) => !USABLE[state]).map(([name]) => name);
  }

  /** These are probed from now on. */
  setTargets(config: Config, targets: readonly HealthTarget[]): PathChange[] {
    const before = this.#paths;
    this.#paths = new Map();
    const changes: PathChange[] = [];
    for (const [uplink, settings] of Object.entries(config.uplinks)) {
      const own = targets.filter((target) => target.kind === 'uplink' && target.uplink === uplink);
      const { targets: asked, need } = probedBy(config, uplink);
      const path = {
        key: own.map(targetKey).join('\n'),
        targets: own,
        need,
        identity: JSON.stringify([
          settings.port,
          settings.vlan,
          settings.address,
          settings.gateway,
          asked,
          need,
        ]),
      };
      const known = before.get(uplink);
      const from = known?.state ?? 'unprobed';
      const to = known?.key === path.key ? from : nextState(from, this.#pathEvent(uplink, path));
      this.#paths.set(uplink, { ...path, state: to });
      if (from !== to) changes.push({ uplink, from, to });
    }
    return changes;
  }

  /** Takes in what the uplink's targets say now. */
  judge(uplink: string): PathChange | undefined {
    const path = this.#paths.get(uplink);
    if (path === undefined) return undefined;
    const event = judge(
      path.targets.map((target) => {
        const health = this.#healthOf(target);
        if (health === undefined || (health.alive && health.received === 0)) return undefined;
        return health.alive;
      }),
      path.need,
    );
    const from = path.state;
    const to = event === undefined ? from : nextState(from, event);
    if (from === to) return undefined;
    path.state = to;
    if (to === 'alive') this.#remember(uplink, path.identity);
    return { uplink, from, to };
  }

  #pathEvent(uplink: string, { targets, identity }: Omit<Path, 'state'>) {
    if (targets.length === 0) return 'no targets';
    return this.#answered.get(uplink) === identity ? 'known path' : 'new path';
  }

  /** Written once for each path, not at each answer: cards wear out. */
  #remember(uplink: string, identity: string): void {
    if (this.#answered.get(uplink) === identity) return;
    this.#answered.set(uplink, identity);
    for (const name of [...this.#answered.keys()]) if (!this.#paths.has(name)) this.#answered.delete(name);
    try {
      this.#files.makeFolder('/data/plait', 0o700);
      this.#files.write(ANSWERED, JSON.stringify(Object.fromEntries(this.#answered)), {
        mode: 0o600,
        durable: true,
      });
    } catch (error) {
      this.#log('warning', `which uplinks have answered is not kept over a restart: ${errorText(error)}`);
    }
  }
}

function readAnswered(files: Files): Map<string, string> {
  try {
    const read: unknown = JSON.parse(files.read(ANSWERED) ?? '{}');
    const entries = typeof read === 'object' && read !== null ? Object.entries(read) : [];
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return new Map();
  }
}
