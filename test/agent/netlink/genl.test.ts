// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decodeFamily,
  decodeFouPort,
  encodeFouPort,
  encodeGenl,
  FOU_CMD_ADD,
  FOU_CMD_DEL,
} from '../../../src/agent/netlink/genl.ts';
import { hex } from './arbitraries.ts';

const others = suite('controller and fou families');

others('a family is read with its number and multicast groups', () => {
  const bytes = encodeGenl(1, 2, (w) => {
    w.attrU16(1, 30)
      .attrString(2, 'plait')
      .nest(7, (groups) => groups.nest(1, (group) => group.attrString(1, 'events').attrU32(2, 6)));
  });
  assert.equal(decodeFamily(bytes), { id: 30, name: 'plait', groups: { events: 6 } });
});

others('a FOU port is in network order and carries IP in IP', () => {
  assert.is(
    hex(encodeFouPort(FOU_CMD_ADD, 5555)).slice(8),
    '0600010015b3000005000200020000000500030004000000' + '0500040001000000',
  );
  assert.is(decodeFouPort(encodeFouPort(FOU_CMD_ADD, 5555)), 5555);
  assert.is(decodeFouPort(encodeFouPort(FOU_CMD_DEL, 5555)), undefined);
});

others.run();
