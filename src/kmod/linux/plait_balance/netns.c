// SPDX-License-Identifier: GPL-2.0-only
/* Where the part of a network namespace that is ours is found; pernet.c makes it. */
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "net.h"

unsigned int plait_balance_net_id __read_mostly;

/**
 * plait_balance_net() - the part of a namespace that is ours
 * @net: the namespace
 *
 * Return: never NULL while the namespace lives.
 */
struct plait_balance_net *plait_balance_net(struct net *net)
{
	return net_generic(net, plait_balance_net_id);
}
