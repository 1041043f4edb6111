// SPDX-License-Identifier: MIT
// Runs on QuickJS, compiled like the agent: performs the sequences of operations that come on standard input on this
// machine's kernel, in the name space that it is started in, and prints what came of them. kernels.test.ts compares.
import * as std from 'quickjs-std';
import { netlinkKernel } from '../../../src/agent/netlink/kernel.ts';
import { sockets } from '../../../src/agent/platform/quickjs/sockets.ts';
import { performAll } from '../support/kernel-operations.ts';

const kernel = netlinkKernel(sockets);

/** Bridges stand in for ports: they are made by one message, and to addresses and routes all devices are alike. */
const indexOf = (name) => kernel.links().find((link) => link.name === name)?.index;
const ports = {
  plugIn(name) {
    if (indexOf(name) === undefined) kernel.createLink({ name, info: { kind: 'bridge' } });
  },
  pullOut(name) {
    const index = indexOf(name);
    if (index !== undefined) kernel.deleteLink(index);
  },
};

/** The next sequence starts with nothing. */
function cleanUp() {
  for (const { index, name } of kernel.links()) if (name !== 'lo') kernel.deleteLink(index);
  for (const route of kernel.routes()) kernel.deleteRoute(route);
  for (const rule of kernel.rules()) if (rule.priority > 0 && rule.priority < 32766) kernel.deleteRule(rule);
}

const came = JSON.parse(std.in.readAsString()).map((operations) => {
  const each = performAll(kernel, ports, operations);
  cleanUp();
  return each;
});
std.out.puts(JSON.stringify(came));
