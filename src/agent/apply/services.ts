// SPDX-License-Identifier: MIT
/** What applying a plan needs of the helper programs; supervisor.ts keeps them running. */
import type { ServiceItem } from '../../appliance/plan-types.ts';

export interface ServiceControl {
  /** The services that are meant to run. */
  list(): ServiceItem[];
  /** Starts a service; throws when its program cannot be started at all. */
  start(item: ServiceItem): void;
  /** Ends it and waits until it is gone. */
  stop(name: string): Promise<void>;
}
