// SPDX-License-Identifier: MIT
/** Helper programs. */
import type { KindOperations } from '../operation.ts';

export const service: KindOperations<'service'> = {
  add({ services }, item) {
    services.start(item);
    return () => services.stop(item.name);
  },
  async remove({ services }, item) {
    await services.stop(item.name);
    return () => services.start(item);
  },
  async change({ services }, from, to) {
    await services.stop(from.name);
    try {
      services.start(to);
    } catch (error) {
      services.start(from);
      throw error;
    }
    return async () => {
      await services.stop(to.name);
      services.start(from);
    };
  },
};
