// SPDX-License-Identifier: GPL-2.0-only
/* plait_link: the network device kinds "plait" and "plait_direct". Order of set-up and tear-down only. */
#include <linux/module.h>
#include <net/rtnetlink.h>

#include "plait_link.h"

static int __init plait_link_module_init(void)
{
	int err;

	err = plait_kept_init();
	if (err)
		return err;

	err = plait_watch_init();
	if (err)
		goto err_kept;

	/* The notifier publishes devices: it is there before the first, after the last. */
	err = plait_notify_init();
	if (err)
		goto err_watch;

	err = rtnl_link_register(&plait_rtnl_link_ops);
	if (err)
		goto err_notify;

	err = rtnl_link_register(&plait_direct_rtnl_link_ops);
	if (err)
		goto err_plait;

	return 0;

err_plait:
	rtnl_link_unregister(&plait_rtnl_link_ops);
err_notify:
	plait_notify_uninit();
err_watch:
	plait_watch_uninit();
err_kept:
	plait_kept_uninit();
	return err;
}

static void __exit plait_link_module_exit(void)
{
	/* Both destroy the devices of all namespaces and wait until they are freed. */
	rtnl_link_unregister(&plait_direct_rtnl_link_ops);
	rtnl_link_unregister(&plait_rtnl_link_ops);
	plait_notify_uninit();
	plait_watch_uninit();
	plait_kept_uninit();
}

module_init(plait_link_module_init);
module_exit(plait_link_module_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Plait: one network link plaited from several");
MODULE_ALIAS_RTNL_LINK("plait");
MODULE_ALIAS_RTNL_LINK("plait_direct");
