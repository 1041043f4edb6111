// SPDX-License-Identifier: MIT
/** Applies plans to this board, and keeps the record of what was set. */
import {
  type ApplyOptions,
  type ApplyPorts,
  type ApplyResult,
  applyPlan,
  dryRun,
  type Wanted,
} from './apply/engine.ts';
import { type ApplyRecord, readRecord, writeRecord } from './apply/record.ts';
import type { ServiceControl } from './apply/services.ts';
import type { Kernel } from './kernel.ts';
import { RECORD } from './paths.ts';
import type { Ports } from './ports.ts';

export class Applier {
  #ports: Ports;
  #kernel: Kernel;
  #services: ServiceControl;
  #record: ApplyRecord;
  #cancelled: () => boolean;

  /** `cancelled` is asked before each step; true stops and undoes. */
  constructor(ports: Ports, kernel: Kernel, services: ServiceControl, cancelled: () => boolean) {
    this.#ports = ports;
    this.#kernel = kernel;
    this.#services = services;
    this.#record = readRecord(ports.files, RECORD);
    this.#cancelled = cancelled;
  }

  apply(wanted: Wanted, options: Omit<ApplyOptions, 'cancelled'> = {}): Promise<ApplyResult> {
    return applyPlan(this.#applyPorts(), wanted, { ...options, cancelled: this.#cancelled });
  }

  /** What applying it would do. */
  preview(wanted: Wanted) {
    return dryRun(this.#applyPorts(), wanted);
  }

  #applyPorts(): ApplyPorts {
    const { files, processes, log } = this.#ports;
    return {
      kernel: this.#kernel,
      files,
      processes,
      services: this.#services,
      record: this.#record,
      log,
      saveRecord: () => writeRecord(files, RECORD, this.#record),
    };
  }
}
