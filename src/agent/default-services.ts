// SPDX-License-Identifier: MIT
/** What is told of safe defaults while they are in force, and where they serve addresses: only where nobody else does. */
import { withoutDhcpServer } from '../appliance/defaults.ts';
import { lanDevice } from '../appliance/model.ts';
import type { Config } from '../appliance/schema.ts';
import type { Chosen } from './boot-choice.ts';
import type { DhcpGuard, GuardState } from './dhcp-guard.ts';
import { errorText, type Ports } from './ports.ts';
import type { TaskQueue } from './task-queue.ts';

interface Parts {
  ports: Pick<Ports, 'log'>;
  enforcer: { bringUp(config: Config): Promise<unknown> };
  guard: Pick<DhcpGuard, 'watch'>;
  queue: TaskQueue;
}

export interface DefaultsUse {
  /** Something else may have been applied meanwhile. */
  inForce(): boolean;
  /** The same, with what is to be said of it now. */
  changed(defaults: Chosen): void;
}

/** Until the guard is stopped. They are in force without a DHCP server by now. */
export function watchDefaults(
  { ports, enforcer, guard, queue }: Parts,
  defaults: Chosen,
  use: DefaultsUse,
): void {
  const { config } = defaults;
  const device = lanDevice(config);
  ports.log('notice', `the board is at ${config.lan.address} (${device}); "plaitctl apply FILE" leads back`);
  if (config.lan.dhcp === undefined || config.lan.ports.length === 0) return;
  let serving = false;
  const act = async (state: GuardState) => {
    if (!use.inForce()) return;
    const note = `another DHCP server answers on ${device}, so this board serves no addresses`;
    if (state === 'answered') ports.log('warning', note);
    use.changed(
      state === 'answered' ? { ...defaults, reason: `${defaults.reason ?? ''}; ${note}` } : defaults,
    );
    if (serving === (state === 'silent')) return;
    serving = state === 'silent';
    await enforcer.bringUp(serving ? config : withoutDhcpServer(config));
  };
  guard.watch(device, (state) => {
    queue.add(() => act(state)).catch((error) => ports.log('warning', errorText(error)));
  });
}
