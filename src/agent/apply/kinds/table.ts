// SPDX-License-Identifier: MIT
/** Tables of nf_tables: replaced whole, in one transaction of the kernel, which does all of it or nothing. */
import type { Table } from '../../../appliance/nft/types.ts';
import type { Context, KindOperations, Of, Undo } from '../operation.ts';
import { tableKey } from '../record.ts';

export const table: KindOperations<'table'> = {
  add: replace,
  remove(context, item) {
    const { kernel, record } = context;
    const key = tableKey(item.table);
    kernel.deleteTable(item.table.family, item.table.name);
    delete record.tables[key];
    return () => put(context, item.table);
  },
};

function replace(context: Context, item: Of<'table'>): Undo {
  const { kernel, record } = context;
  const { family, name } = item.table;
  const key = tableKey(item.table);
  const before = record.tables[key];
  put(context, item.table);
  return () => {
    if (before !== undefined) return put(context, before);
    kernel.deleteTable(family, name);
    delete record.tables[key];
  };
}

function put({ kernel, record }: Context, item: Table): void {
  kernel.putTable(item);
  record.tables[tableKey(item)] = item;
}
