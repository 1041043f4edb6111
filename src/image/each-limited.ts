// SPDX-License-Identifier: MIT

/**
 * Does `act` for each item, at most `limit` at a time. `worker`, from 0 to `limit` - 1, is that of no other that runs at the same
 * time. Rejects with the first error; what runs then goes on.
 */
export async function eachLimited<T>(
  items: readonly T[],
  limit: number,
  act: (item: T, worker: number) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const work = async (worker: number) => {
    for (const item of waiting) await act(item, worker);
  };
  await Promise.all(Array.from({ length: limit }, (_, worker) => work(worker)));
}
