// SPDX-License-Identifier: MIT
/** Keeps helper programs running: what ends by itself is started again, later and later when it keeps ending. */
import type { ServiceItem } from '../appliance/plan-types.ts';
import type { ServiceControl } from './apply/services.ts';
import { type Child, type Clock, errorText, type Log, type Processes, type Timer } from './ports.ts';

const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;
/** One that ran so long starts again at once when it ends. */
const STEADY = 60_000;
const TERM_GRACE = 3000;

interface Service {
  item: ServiceItem;
  child?: Child;
  startedAt: number;
  delay: number;
  restarts: number;
  timer?: Timer;
  /** Set while it is being stopped: called when it is gone. */
  gone?: () => void;
}

export interface ServiceStatus {
  name: string;
  pid?: number;
  restarts: number;
}

export class Supervisor implements ServiceControl {
  #clock: Clock;
  #processes: Processes;
  #log: Log;
  #services = new Map<string, Service>();
  /** Called whenever a service has been started, also again. */
  onStart: (name: string) => void = () => {};

  constructor(ports: { clock: Clock; processes: Processes; log: Log }) {
    this.#clock = ports.clock;
    this.#processes = ports.processes;
    this.#log = ports.log;
  }

  list(): ServiceItem[] {
    return [...this.#services.values()].filter(({ gone }) => gone === undefined).map(({ item }) => item);
  }

  status(): ServiceStatus[] {
    return [...this.#services.values()].map(({ item, child, restarts }) => ({
      name: item.name,
      ...(child === undefined ? {} : { pid: child.pid }),
      restarts,
    }));
  }

  start(item: ServiceItem): void {
    const service: Service = { item, startedAt: 0, delay: FIRST_DELAY, restarts: 0 };
    this.#launch(service);
    this.#services.set(item.name, service);
    this.onStart(item.name);
  }

  stop(name: string): Promise<void> {
    const service = this.#services.get(name);
    if (service === undefined) return Promise.resolve();
    service.timer?.cancel();
    const { child } = service;
    if (child === undefined) {
      this.#services.delete(name);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = this.#clock.after(TERM_GRACE, () => child.signal('KILL'));
      service.gone = () => {
        timer.cancel();
        this.#services.delete(name);
        resolve();
      };
      child.signal('TERM');
    });
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#services.keys()].map((name) => this.stop(name)));
  }

  #launch(service: Service): void {
    const { item } = service;
    service.startedAt = this.#clock.monotonic();
    service.child = this.#processes.start(item.argv, {
      line: (text) => this.#log('info', `${item.name}: ${text}`),
      exit: (code) => this.#ended(service, code),
    });
  }

  #ended(service: Service, code: number): void {
    delete service.child;
    if (service.gone !== undefined) {
      service.gone();
      return;
    }
    const steady = this.#clock.monotonic() - service.startedAt >= STEADY;
    const delay = steady ? FIRST_DELAY : service.delay;
    service.delay = Math.min(LONGEST_DELAY, delay * 2);
    this.#log('warning', `${service.item.name} ended with status ${code}; again in ${delay / 1000} s`);
    service.timer = this.#clock.after(delay, () => this.#again(service));
  }

  #again(service: Service): void {
    service.restarts++;
    try {
      this.#launch(service);
      this.onStart(service.item.name);
    } catch (error) {
      this.#log('warning', `${service.item.name}: ${errorText(error)}`);
      this.#ended(service, 127);
    }
  }
}
