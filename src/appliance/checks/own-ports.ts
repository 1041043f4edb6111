// SPDX-License-Identifier: MIT

/** UDP ports on which the box itself listens: DNS, DHCP server and client. */
export const OWN_UDP_PORTS = [53, 67, 68];
