// SPDX-License-Identifier: GPL-2.0-only
/* plait_core: what all plait devices share. Order of set-up and tear-down only. */
#include <linux/module.h>
#include <net/genetlink.h>

#include "core.h"

static int __init plait_core_init(void)
{
	int err;

	err = plait_scheduler_init();
	if (err)
		return err;

	/* What the namespaces' buffers are made of. */
	err = plait_buffer_init();
	if (err)
		goto err_scheduler;

	err = plait_pernet_init();
	if (err)
		goto err_buffer;

	/* Looks into namespaces: it is there after them, gone before. */
	err = plait_buffer_notify_init();
	if (err)
		goto err_pernet;

	/* Last: requests may come in before it returns. */
	err = plait_netlink_init();
	if (err)
		goto err_notify;

	return 0;

err_notify:
	plait_buffer_notify_uninit();
err_pernet:
	plait_pernet_uninit();
err_buffer:
	plait_buffer_uninit();
err_scheduler:
	plait_scheduler_uninit();
	return err;
}

static void __exit plait_core_exit(void)
{
	plait_netlink_uninit();
	plait_buffer_notify_uninit();
	plait_pernet_uninit();
	plait_buffer_uninit();
	plait_scheduler_uninit();
}

module_init(plait_core_init);
module_exit(plait_core_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Plait: schedulers, namespaces and netlink family of plaited links");
MODULE_ALIAS_GENL_FAMILY(PLAIT_GENL_NAME);
