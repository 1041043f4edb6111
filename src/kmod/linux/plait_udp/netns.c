// SPDX-License-Identifier: GPL-2.0-only
/* Where a network namespace keeps what is ours. */
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "plait_udp.h"

unsigned int plait_udp_net_id __read_mostly;

struct plait_udp_net *plait_udp_net(struct net *net)
{
	return net_generic(net, plait_udp_net_id);
}
