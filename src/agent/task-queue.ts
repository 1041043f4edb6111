// SPDX-License-Identifier: MIT
/** One thing after another: everything that changes the kernel goes through here. */
import { Refusal } from './protocol.ts';

export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;
  #ended = 0;
  #closed = false;
  /** Called after each task. It must not throw. */
  onEnd: () => void = () => {};

  /** A task is under way. */
  get busy(): boolean {
    return this.#running > 0;
  }

  /** So many tasks have ended: a busy queue in which this stands still is stuck. */
  get ended(): number {
    return this.#ended;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Runs the task when those before it are done; refused once the queue is closed. */
  add<T>(task: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      if (this.#closed) throw new Refusal({ code: 'failed', message: 'plaitd is ending' });
      this.#running++;
      try {
        return await task();
      } finally {
        this.#running--;
        this.#ended++;
        this.onEnd();
      }
    };
    const result = this.#last.then(run, run);
    // The queue goes on after a task that failed; who asked for it hears of the failure.
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when the task that is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }
}
