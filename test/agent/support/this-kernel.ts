// SPDX-License-Identifier: MIT
import { dump, load } from 'js-yaml';

/**
 * A configuration for the kernel of the machine that runs the tests, which has none of Plait's modules: without the fast path. The
 * lab tests that with the modules.
 */
export function withoutModules(config: string): string {
  const { firewall, ...rest } = load(config) as Record<string, unknown>;
  return dump({ ...rest, firewall: { ...(firewall as object | undefined), offload: false } });
}
