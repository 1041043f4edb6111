// SPDX-License-Identifier: GPL-2.0-only
/* The place of a link in the namespace of its device: seen by netlink, in /proc, and by the buffer. */
#include <linux/export.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "core.h"

/**
 * plait_link_publish() - show a link in the namespace of its device, over netlink and in /proc
 * @link: the link
 *
 * Return: 0, -EEXIST when the name is that of a file there, or -ENOMEM.
 */
int plait_link_publish(struct plait_link *link)
{
	int err;

	ASSERT_RTNL();
	err = plait_sysctl_add(link);
	if (err)
		return err;
	err = plait_buffer_link_enters(link);
	if (err)
		goto err_sysctl;
	list_add_tail(&link->list, &plait_net(dev_net(link->dev))->links);
	return 0;

err_sysctl:
	plait_sysctl_remove(link);
	return err;
}
EXPORT_SYMBOL_GPL(plait_link_publish);

/**
 * plait_link_withdraw() - undo plait_link_publish(); its device is about to leave the namespace
 * @link: the link; nothing happens when it is not published
 */
void plait_link_withdraw(struct plait_link *link)
{
	ASSERT_RTNL();
	list_del_init(&link->list);
	plait_buffer_link_leaves(link);
	plait_sysctl_remove(link);
}
EXPORT_SYMBOL_GPL(plait_link_withdraw);

/**
 * plait_link_renamed() - make the folder in /proc follow the name of the device
 * @link: a published link
 *
 * Return: 0, -EEXIST when there is a file of that name, or -ENOMEM. Then the device is to get its old name again.
 */
int plait_link_renamed(struct plait_link *link)
{
	ASSERT_RTNL();
	plait_sysctl_remove(link);
	return plait_sysctl_add(link);
}
EXPORT_SYMBOL_GPL(plait_link_renamed);
