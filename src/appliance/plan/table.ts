// SPDX-License-Identifier: MIT
import type { Table } from '../nft/types.ts';
import type { TableItem } from '../plan-types.ts';

/** A table of nf_tables as an item of the plan; what it does not name, it has none of. */
export function tableItem({
  family,
  name,
  helpers = [],
  chains,
}: Pick<Table, 'family' | 'name' | 'chains'> & Partial<Table>): TableItem {
  return { kind: 'table', table: { family, name, helpers, chains } };
}
