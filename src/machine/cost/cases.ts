// SPDX-License-Identifier: MIT
/** What is measured: ways through the board, and what each may cost beside another one. */
import { balanceCases } from './balance-cases.ts';
import { bundleCases } from './bundle-cases.ts';
import type { CostCase } from './cost-case.ts';

export const costCases: readonly CostCase[] = [...bundleCases, ...balanceCases];
