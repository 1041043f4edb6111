// SPDX-License-Identifier: MIT
/** Applies plans to this board, and keeps the record of what was set. */
import { type ApplyPorts, type ApplyResult, applyPlan, dryRun, type Wanted } from './apply/engine.ts';
import { applyParts, type PartsOptions, type PartsResult, type PlanOfState } from './apply/parts.ts';
import { type ApplyRecord, hasFirewall, readRecord, writeRecord } from './apply/record.ts';
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

  /** `cancelled` is asked before each step; true stops, and undoes what is all or nothing. */
  constructor(ports: Ports, kernel: Kernel, services: ServiceControl, cancelled: () => boolean) {
    this.#ports = ports;
    this.#kernel = kernel;
    this.#services = services;
    this.#record = readRecord(ports.files, RECORD);
    this.#cancelled = cancelled;
  }

  get hasFirewall(): boolean {
    return hasFirewall(this.#record);
  }

  /** All or nothing. */
  apply(wanted: Wanted, leave: ReadonlySet<string>): Promise<ApplyResult> {
    return applyPlan(this.#applyPorts(), wanted, { cancelled: this.#cancelled, leave });
  }

  /** Part by part. */
  applyParts(plan: PlanOfState, options: Omit<PartsOptions, 'cancelled'>): Promise<PartsResult> {
    return applyParts(this.#applyPorts(), plan, { ...options, cancelled: this.#cancelled });
  }

  /** What applying it would do. */
  preview(wanted: Wanted, leave: ReadonlySet<string>) {
    return dryRun(this.#applyPorts(), wanted, leave);
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
