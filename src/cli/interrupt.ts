// SPDX-License-Identifier: MIT

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work that Ctrl-C, a request to end or a closed terminal stops: the controller that it gets is aborted. The second
 * signal of a kind ends the process at once, as ever.
 */
export async function interruptible<T>(work: (stop: AbortController) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const signal of signals) process.once(signal, abort);
  try {
    return await work(stop);
  } finally {
    for (const signal of signals) process.off(signal, abort);
  }
}
