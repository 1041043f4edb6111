// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a device ready for a scheduler with flow control, and undoing it.
 *
 * Such a scheduler stops the device while its legs are full, so the device gets a queueing
 * discipline, the kernel's default one (net.core.default_qdisc; fq_codel on our boards), unless
 * somebody has given it one. A scheduler without flow control never waits, and its device needs none;
 * once there it stays, since taking it away would lose what is in it.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/pkt_sched.h>
#include <net/sch_generic.h>

#include "plait_link.h"

static bool plait_has_no_queue(const struct net_device *dev)
{
	const struct Qdisc *qdisc = rtnl_dereference(dev->qdisc);

	return !qdisc->enqueue;
}

/* What dev_activate() does for a device that never was up. */
static void plait_attach_default_queue(struct net_device *dev)
{
	struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);
	struct Qdisc *root, *leaf;

	dev->priv_flags &= ~IFF_NO_QUEUE;
	if (!plait_has_no_queue(dev))
		return;

	if (dev->flags & IFF_UP)
		plait_dev_deactivate(dev);
	leaf = dev_graft_qdisc(txq, NULL);
	root = rtnl_dereference(dev->qdisc);
	rcu_assign_pointer(dev->qdisc, &noop_qdisc);
	qdisc_put(leaf);
	qdisc_put(root);
	if (dev->flags & IFF_UP)
		dev_activate(dev);
}

/**
 * plait_backpressure_start() - see &plait_link_ops.start
 * @plait: the device
 *
 * Return: 0 or a negative error.
 */
int plait_backpressure_start(struct plait_device *plait)
{
	struct net_device *dev = plait->link.dev;
	int err;

	ASSERT_RTNL();
	err = plait_watch(plait);
	if (err)
		return err;
	WRITE_ONCE(plait->segments, true);
	netdev_update_features(dev);
	plait_attach_default_queue(dev);
	return 0;
}

/**
 * plait_backpressure_stop() - see &plait_link_ops.stop
 * @plait: the device
 */
void plait_backpressure_stop(struct plait_device *plait)
{
	struct net_device *dev = plait->link.dev;

	ASSERT_RTNL();
	plait_unwatch(plait);
	plait_codel_stop(plait);
	plait_queue_drain(plait);
	netif_wake_queue(dev);
	WRITE_ONCE(plait->segments, false);
	netdev_update_features(dev);
}
