// SPDX-License-Identifier: GPL-2.0-only
/* The buffer of a namespace: on and off, for all devices or for some links. */
#include <linux/export.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "buffer.h"

static int plait_buffer_use(struct plait_buffer *buffer)
{
	int err;

	lockdep_assert_held(&buffer->lock);
	if (buffer->users) {
		buffer->users++;
		return 0;
	}
	err = plait_connections_begin(buffer);
	if (err)
		return err;
	err = plait_buffer_hooks_register(buffer->net);
	if (err)
		goto err_connections;
	buffer->users = 1;
	return 0;

err_connections:
	plait_connections_end(buffer);
	return err;
}

static void plait_buffer_unuse(struct plait_buffer *buffer)
{
	lockdep_assert_held(&buffer->lock);
	if (buffer->users > 1) {
		buffer->users--;
		return;
	}
	buffer->users = 0;
	plait_buffer_hooks_unregister(buffer->net);
	plait_connections_end(buffer);
}

/**
 * plait_buffer_set_on() - switch the buffer for all packets that come in
 * @buffer: the namespace
 * @on: to what
 *
 * Return: 0 or a negative error.
 */
int plait_buffer_set_on(struct plait_buffer *buffer, bool on)
{
	int err = 0;

	mutex_lock(&buffer->lock);
	if (on && !buffer->on)
		err = plait_buffer_use(buffer);
	if (!on && buffer->on)
		plait_buffer_unuse(buffer);
	if (!err)
		WRITE_ONCE(buffer->on, on);
	mutex_unlock(&buffer->lock);
	return err;
}

/**
 * plait_buffer_link_enters() - a link is published in the namespace of its device
 * @link: the link
 *
 * Return: 0 or a negative error.
 */
int plait_buffer_link_enters(struct plait_link *link)
{
	struct plait_buffer *buffer = &plait_net(dev_net(link->dev))->buffer;
	int err;

	ASSERT_RTNL();
	if (!link->buffer)
		return 0;
	mutex_lock(&buffer->lock);
	err = plait_buffer_use(buffer);
	mutex_unlock(&buffer->lock);
	if (!err)
		hlist_add_head_rcu(&link->buffer_node, &buffer->links);
	return err;
}

/**
 * plait_buffer_link_leaves() - a link is withdrawn from there
 * @link: the link; its device waits for an RCU grace period before it is freed
 */
void plait_buffer_link_leaves(struct plait_link *link)
{
	struct plait_buffer *buffer = &plait_net(dev_net(link->dev))->buffer;

	ASSERT_RTNL();
	if (hlist_unhashed(&link->buffer_node))
		return;
	hlist_del_init_rcu(&link->buffer_node);
	mutex_lock(&buffer->lock);
	plait_buffer_unuse(buffer);
	mutex_unlock(&buffer->lock);
}

/**
 * plait_buffer_set_link() - switch the buffer for packets that come in by a link
 * @link: a published link
 * @on: to what
 *
 * Return: 0 or a negative error.
 */
int plait_buffer_set_link(struct plait_link *link, bool on)
{
	int err = 0;

	ASSERT_RTNL();
	if (link->buffer == on)
		return 0;
	WRITE_ONCE(link->buffer, on);
	if (on)
		err = plait_buffer_link_enters(link);
	else
		plait_buffer_link_leaves(link);
	if (err)
		WRITE_ONCE(link->buffer, false);
	else
		call_netdevice_notifiers(NETDEV_CHANGEINFODATA, link->dev);
	return err;
}
EXPORT_SYMBOL_GPL(plait_buffer_set_link);

/**
 * plait_buffer_reads() - does the buffer look at the TCP packets that come in by a link?
 * @link: the link
 *
 * Return: true when it does.
 */
bool plait_buffer_reads(const struct plait_link *link)
{
	return READ_ONCE(link->buffer) || READ_ONCE(plait_net(dev_net(link->dev))->buffer.on);
}
EXPORT_SYMBOL_GPL(plait_buffer_reads);
