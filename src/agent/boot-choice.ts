// SPDX-License-Identifier: MIT
/** The configuration to start with; always gives one. */
import { safeDefaults } from '../appliance/defaults.ts';
import { type Chosen, chooseAtBoot } from './config-store.ts';
import { CONFIG } from './paths.ts';
import { errorText, type Ports } from './ports.ts';

/** Ports may appear after the agent: so long (ms) they are waited for before a configuration is given up. */
const PORTS_WAIT = 8000;
const PORTS_LOOK = 500;

export interface BootChoiceSource extends Pick<Ports, 'clock' | 'files' | 'log'> {
  /** Names of the board's ports, as far as they are there. */
  portNames(): string[];
  /** The agent is to end: no more waiting. */
  ending(): boolean;
}

/** What the board boots from; waits a while for ports that are named and not there yet. */
export async function bootChoice(source: BootChoiceSource): Promise<Chosen> {
  const { clock, files, log } = source;
  const end = clock.monotonic() + PORTS_WAIT;
  for (;;) {
    const chosen = choose(source);
    const missing =
      'reason' in chosen && !('config' in chosen) && /is not a port of this board/.test(chosen.reason);
    if (!missing || clock.monotonic() >= end || source.ending() || files.read(CONFIG) === undefined)
      return orDefaults(chosen, source);
    log('debug', `waiting for ports: ${chosen.reason}`);
    await new Promise<void>((resolve) => clock.after(PORTS_LOOK, resolve));
  }
}

/** The same with the ports of this moment. */
export function choiceNow(source: BootChoiceSource): Chosen {
  return orDefaults(choose(source), source);
}

export function defaults({ portNames }: BootChoiceSource, reason: string): Chosen {
  return { source: 'safe defaults', config: safeDefaults({ ports: portNames() }), reason };
}

function choose({ files, portNames }: BootChoiceSource): Chosen | { reason: string } {
  try {
    return chooseAtBoot(files, { ports: portNames() });
  } catch (error) {
    return { reason: `${CONFIG} cannot be read: ${errorText(error)}` };
  }
}

function orDefaults(chosen: Chosen | { reason: string }, source: BootChoiceSource): Chosen {
  return 'config' in chosen ? chosen : defaults(source, chosen.reason);
}
