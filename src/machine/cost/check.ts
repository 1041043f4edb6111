// SPDX-License-Identifier: MIT
import { MachineError } from '../errors.ts';
import type { CostCase } from './cost-case.ts';
import type { LoadCounts } from './load.ts';

/** Ways that are to carry equal shares carry that, give or take this share of it. */
const UNEVEN = 0.02;

/**
 * Compares what left the board with what the case says.
 * @throws MachineError that names the difference
 */
export function checkCounts({ name, ways, even }: CostCase, { byWay, damaged }: LoadCounts): void {
  if (damaged > 0) throw new MachineError(`${name}: ${damaged} packets left the board altered`);
  const total = [...byWay.values()].reduce((sum, count) => sum + count, 0);
  for (const way of byWay.keys()) {
    if (!ways.includes(way))
      throw new MachineError(`${name}: packets left by ${way}, which is none of ${ways.join(', ')}`);
  }
  for (const way of even ? ways : []) {
    const [count, share] = [byWay.get(way) ?? 0, total / ways.length];
    if (Math.abs(count - share) > share * UNEVEN)
      throw new MachineError(`${name}: ${count} packets left by ${way}, ${Math.round(share)} should have`);
  }
}
