// SPDX-License-Identifier: MIT
import type { Kernel } from '../kernel.ts';
import type { Files } from '../ports.ts';
import type { ApplyRecord } from './record.ts';
import type { ServiceControl } from './services.ts';

/** Where it is read what is there now. */
export interface StateSource {
  kernel: Kernel;
  files: Files;
  services: ServiceControl;
  record: ApplyRecord;
}
