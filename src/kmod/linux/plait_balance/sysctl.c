// SPDX-License-Identifier: GPL-2.0-only
/* The file /proc/sys/net/ipv4/multipath/balance/strategy. */
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "net.h"

#define PLAIT_BALANCE_SYSCTL_FOLDER "net/ipv4/multipath/balance"

/* The name and a newline, and room to see that it is too long. */
#define PLAIT_BALANCE_TEXT_SIZE (PLAIT_BALANCE_STRATEGY_LENGTH_MAX + 3)

static int plait_balance_strategy_write(struct plait_balance_net *balancer, const char *buffer, size_t length)
{
	char text[PLAIT_BALANCE_TEXT_SIZE];

	if (length >= sizeof(text))
		return -EINVAL;
	memcpy(text, buffer, length);
	text[length] = '\0';
	if (strlen(text) != length)
		return -EINVAL;
	return plait_balance_set_strategy(balancer->net, strim(text));
}

/* As in ../plait_core/sysctl.c, RTNL is only tried: whoever holds it may wait for us. */
static int plait_balance_strategy_handler(plait_ctl_table *ctl, int write, void *buffer, size_t *lenp,
					  loff_t *ppos)
{
	struct plait_balance_net *balancer = ctl->data;
	char name[PLAIT_BALANCE_TEXT_SIZE];
	struct ctl_table text = { .data = name, .maxlen = sizeof(name) };
	int err;

	if (write && *ppos)
		return -EINVAL;
	if (!rtnl_trylock())
		return restart_syscall();
	if (write)
		err = plait_balance_strategy_write(balancer, buffer, *lenp);
	else
		strscpy(name, balancer->strategy->name, sizeof(name));
	rtnl_unlock();
	return write ? err : proc_dostring(&text, write, buffer, lenp, ppos);
}

/* The last entry stays empty: kernels before 6.11 look for it. */
static const struct ctl_table plait_balance_table[] = {
	{
		.procname = "strategy",
		.mode = 0644,
		.proc_handler = plait_balance_strategy_handler,
	},
	{},
};

/**
 * plait_balance_sysctl_add() - make the folder of a namespace
 * @balancer: its part
 *
 * Return: 0 or -ENOMEM.
 */
int plait_balance_sysctl_add(struct plait_balance_net *balancer)
{
	BUILD_BUG_ON(sizeof(balancer->table) != sizeof(plait_balance_table));

	memcpy(balancer->table, plait_balance_table, sizeof(plait_balance_table));
	balancer->table[0].data = balancer;
	balancer->sysctl = register_net_sysctl_sz(balancer->net, PLAIT_BALANCE_SYSCTL_FOLDER,
						  balancer->table, ARRAY_SIZE(balancer->table) - 1);
	return balancer->sysctl ? 0 : -ENOMEM;
}

/**
 * plait_balance_sysctl_remove() - take the folder away, once nobody reads or writes in it
 * @balancer: the part of a namespace
 */
void plait_balance_sysctl_remove(struct plait_balance_net *balancer)
{
	unregister_net_sysctl_table(balancer->sysctl);
}
