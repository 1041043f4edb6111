// SPDX-License-Identifier: GPL-2.0-only
/* What each network namespace has, its links and its buffer: order of set-up and tear-down only. */
#include <net/net_namespace.h>

#include "core.h"

static int __net_init plait_net_enter(struct net *net)
{
	struct plait_net *pn = plait_net(net);

	INIT_LIST_HEAD(&pn->links);
	return plait_buffer_enter(&pn->buffer, net);
}

/* Devices of a namespace are destroyed before this is called, so there are no links left. */
static void __net_exit plait_net_leave(struct net *net)
{
	struct plait_net *pn = plait_net(net);

	WARN_ON_ONCE(!list_empty(&pn->links));
	plait_buffer_leave(&pn->buffer);
}

static struct pernet_operations plait_net_ops = {
	.init = plait_net_enter,
	.exit = plait_net_leave,
	.id = &plait_net_id,
	.size = sizeof(struct plait_net),
};

int __init plait_pernet_init(void)
{
	return register_pernet_subsys(&plait_net_ops);
}

void plait_pernet_uninit(void)
{
	unregister_pernet_subsys(&plait_net_ops);
}
