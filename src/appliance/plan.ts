// SPDX-License-Identifier: MIT
/** The plan: what a configuration means on a board with these facts, in the order in which it can be created. */

import { balance } from './plan/balance.ts';
import { firewall } from './plan/firewall.ts';
import { legSettings, links } from './plan/links.ts';
import { addresses, routes, rules } from './plan/routing.ts';
import { files, services } from './plan/services.ts';
import { deviceSysctls, globalSysctls, multipathSysctls, shapers } from './plan/settings.ts';
import type { Facts, Plan } from './plan-types.ts';
import type { Config } from './schema.ts';

/** Pure: the same configuration and facts give the same items. The configuration must come from `parseConfig()`. */
export function plan(config: Config, facts: Facts): Plan {
  return {
    items: [
      { kind: 'hostname', name: config.hostname },
      // Before any device is up, so that no packet meets an open box; it also loads connection tracking.
      firewall(config, facts),
      ...globalSysctls(),
      ...links(config, facts),
      ...deviceSysctls(config, facts),
      ...multipathSysctls(config),
      ...shapers(config, facts),
      ...addresses(config, facts),
      ...rules(config, facts),
      ...routes(config, facts),
      ...balance(config, facts),
      ...legSettings(config, facts),
      ...files(config, facts),
      ...services(config, facts),
    ],
  };
}
