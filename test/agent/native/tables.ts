// SPDX-License-Identifier: MIT
/**
 * Runs on QuickJS, compiled like the agent: makes the tables of nf_tables in a file (a JSON list), one after the other, and
 * prints what failed and what the kernel then has.
 */
import * as std from 'quickjs-std';
import { netlinkKernel } from '../../../src/agent/netlink/kernel.ts';
import { quickjsPorts } from '../../../src/agent/platform/quickjs/ports.ts';
import { errorCode, errorText } from '../../../src/agent/ports.ts';
import type { Table } from '../../../src/appliance/nft/types.ts';

const ports = quickjsPorts({ name: 'tables', daemon: false });
const kernel = netlinkKernel(ports.sockets);
const failures: { code: string | undefined; message: string }[] = [];
const held: boolean[] = [];
for (const table of JSON.parse(ports.files.read(scriptArgs[1] ?? '') ?? '[]') as Table[]) {
  try {
    kernel.putTable(table);
  } catch (error) {
    failures.push({ code: errorCode(error), message: errorText(error) });
  }
  held.push(kernel.hasTable(table));
}
std.out.puts(`${JSON.stringify({ failures, held, tables: kernel.tables() })}\n`);
std.out.flush();
std.exit(0);
