// SPDX-License-Identifier: GPL-2.0-only
/* The buffer of a namespace: set-up and tear-down, and devices that go. */
#include <linux/netdevice.h>
#include <net/net_namespace.h>

#include "buffer.h"

/* Packets that may wait: as in the source document for a connection, and about 10 MB in all. */
#define PLAIT_BUFFER_SIZE 100
#define PLAIT_BUFFER_TOTAL 4096

/* A packet that waits holds its device. None does any more when the device goes. */
static int plait_buffer_notify(struct notifier_block *block, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct plait_buffer *buffer = &plait_net(dev_net(dev))->buffer;

	if (event != NETDEV_DOWN && event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	mutex_lock(&buffer->lock);
	if (buffer->users)
		plait_connections_flush(buffer);
	mutex_unlock(&buffer->lock);
	return NOTIFY_DONE;
}

static struct notifier_block plait_buffer_notifier = {
	.notifier_call = plait_buffer_notify,
};

/**
 * plait_buffer_enter() - set up the buffer of a namespace, off
 * @buffer: zeroed memory
 * @net: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int plait_buffer_enter(struct plait_buffer *buffer, struct net *net)
{
	int err;

	buffer->net = net;
	buffer->size = PLAIT_BUFFER_SIZE;
	buffer->total = PLAIT_BUFFER_TOTAL;
	mutex_init(&buffer->lock);
	INIT_HLIST_HEAD(&buffer->links);

	err = plait_buffer_counters_init(buffer);
	if (err)
		return err;
	err = plait_buffer_sysctl_init(buffer);
	if (err)
		goto err_counters;
	return 0;

err_counters:
	plait_buffer_counters_uninit(buffer);
	return err;
}

/**
 * plait_buffer_leave() - undo plait_buffer_enter()
 * @buffer: the buffer of a namespace without links
 */
void plait_buffer_leave(struct plait_buffer *buffer)
{
	/* First, so that nobody switches it on again. */
	plait_buffer_sysctl_uninit(buffer);
	plait_buffer_set_on(buffer, false);
	plait_buffer_counters_uninit(buffer);
}

int __init plait_buffer_notify_init(void)
{
	return register_netdevice_notifier(&plait_buffer_notifier);
}

void plait_buffer_notify_uninit(void)
{
	unregister_netdevice_notifier(&plait_buffer_notifier);
}

int __init plait_buffer_init(void)
{
	int err;

	err = plait_connections_init();
	if (err)
		return err;
	err = plait_hold_init();
	if (err)
		goto err_connections;
	return 0;

err_connections:
	plait_connections_uninit();
	return err;
}

void plait_buffer_uninit(void)
{
	plait_hold_uninit();
	plait_connections_uninit();
}
