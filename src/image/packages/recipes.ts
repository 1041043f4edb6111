// SPDX-License-Identifier: MIT
import { busybox } from './busybox.ts';
import { dnsmasq } from './dnsmasq.ts';
import { dropbear } from './dropbear.ts';
import { e2fsprogs } from './e2fsprogs.ts';
import { ethtool } from './ethtool.ts';
import { iproute2 } from './iproute2.ts';
import type { Recipe } from './recipe.ts';
import { swupdate } from './swupdate.ts';
import { tcpdump } from './tcpdump.ts';

/** What is in every image, in the order of merging: a later one's file replaces an earlier one's. */
export const imageRecipes: readonly Recipe[] = [
  busybox,
  e2fsprogs,
  iproute2,
  dnsmasq,
  dropbear,
  ethtool,
  tcpdump,
  swupdate,
];
