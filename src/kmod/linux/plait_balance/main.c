// SPDX-License-Identifier: GPL-2.0-only
/* plait_balance: traffic over several uplinks without a far end. Order of set-up and tear-down only. */
#include <linux/module.h>
#include <net/genetlink.h>

#include "netlink.h"

static int __init plait_balance_init(void)
{
	int err;

	err = plait_balance_strategies_init();
	if (err)
		return err;

	err = plait_balance_pernet_init();
	if (err)
		goto err_strategies;

	err = plait_balance_notify_init();
	if (err)
		goto err_pernet;

	/* Last: requests may come in before it returns. */
	err = plait_balance_netlink_init();
	if (err)
		goto err_notify;

	return 0;

err_notify:
	plait_balance_notify_uninit();
err_pernet:
	plait_balance_pernet_uninit();
err_strategies:
	plait_balance_strategies_uninit();
	return err;
}

static void __exit plait_balance_exit(void)
{
	plait_balance_netlink_uninit();
	plait_balance_notify_uninit();
	plait_balance_pernet_uninit();
	plait_balance_strategies_uninit();
}

module_init(plait_balance_init);
module_exit(plait_balance_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Plait: balancing of traffic over several uplinks");
MODULE_ALIAS_GENL_FAMILY(PLAIT_BALANCE_GENL_NAME);
