// SPDX-License-Identifier: GPL-2.0-only
/* Links and legs in messages of the generic netlink family. */
#include <linux/math64.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

#include "core.h"

/* What the scheduler has found out, as far as it has. */
static int plait_put_leg_report(struct sk_buff *msg, const struct plait_leg *leg)
{
	struct plait_leg_report report;

	if (!plait_leg_report(leg, &report))
		return 0;
	if (report.rate && nla_put_u64_64bit(msg, PLAIT_LEG_A_ESTIMATED_RATE, report.rate * 8,
					     PLAIT_LEG_A_PAD))
		return -EMSGSIZE;
	if (report.delay >= 0 && nla_put_u32(msg, PLAIT_LEG_A_DELAY,
					     div_s64(report.delay, NSEC_PER_USEC)))
		return -EMSGSIZE;
	if (nla_put_u32(msg, PLAIT_LEG_A_IN_FLIGHT, report.in_flight) ||
	    nla_put_u8(msg, PLAIT_LEG_A_SUSPECT, report.suspect))
		return -EMSGSIZE;
	return 0;
}

/* By the index of its device, where it is one, and by its name. */
static int plait_put_leg_identity(struct sk_buff *msg, const struct plait_leg *leg)
{
	int ifindex = leg->ops->ifindex(leg);

	if (ifindex && nla_put_u32(msg, PLAIT_LEG_A_IFINDEX, ifindex))
		return -EMSGSIZE;
	return nla_put_string(msg, PLAIT_LEG_A_IFNAME, leg->ops->name(leg));
}

/**
 * plait_netlink_put_leg() - show a leg, its settings and its state
 * @msg: where to put it
 * @leg: the leg
 *
 * Return: 0 or -EMSGSIZE.
 */
int plait_netlink_put_leg(struct sk_buff *msg, const struct plait_leg *leg)
{
	struct plait_leg_totals totals;
	struct nlattr *nest;

	nest = nla_nest_start(msg, PLAIT_A_LEG);
	if (!nest)
		return -EMSGSIZE;

	plait_leg_totals(leg, &totals);
	if (plait_put_leg_identity(msg, leg) ||
	    nla_put_u32(msg, PLAIT_LEG_A_WEIGHT, leg->weight) ||
	    nla_put_u8(msg, PLAIT_LEG_A_ENABLED, leg->enabled) ||
	    nla_put_u8(msg, PLAIT_LEG_A_LIVE, leg->live) ||
	    nla_put_u64_64bit(msg, PLAIT_LEG_A_RATE, leg->rate, PLAIT_LEG_A_PAD) ||
	    nla_put_u32(msg, PLAIT_LEG_A_PRIORITY, leg->priority) ||
	    plait_put_leg_report(msg, leg) ||
	    nla_put_u64_64bit(msg, PLAIT_LEG_A_TX_PACKETS, totals.tx_packets, PLAIT_LEG_A_PAD) ||
	    nla_put_u64_64bit(msg, PLAIT_LEG_A_TX_BYTES, totals.tx_bytes, PLAIT_LEG_A_PAD) ||
	    nla_put_u64_64bit(msg, PLAIT_LEG_A_TX_DROPPED, totals.tx_dropped, PLAIT_LEG_A_PAD) ||
	    nla_put_u64_64bit(msg, PLAIT_LEG_A_RX_PACKETS, totals.rx_packets, PLAIT_LEG_A_PAD) ||
	    nla_put_u64_64bit(msg, PLAIT_LEG_A_RX_BYTES, totals.rx_bytes, PLAIT_LEG_A_PAD)) {
		nla_nest_cancel(msg, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * plait_netlink_put_link() - show a link and its legs
 * @msg: where to put it
 * @link: the link
 *
 * Return: 0 or -EMSGSIZE; what is in @msg is then to be taken back.
 */
int plait_netlink_put_link(struct sk_buff *msg, const struct plait_link *link)
{
	const struct plait_leg *leg;
	struct nlattr *nest;

	if (nla_put_u32(msg, PLAIT_A_IFINDEX, link->dev->ifindex) ||
	    nla_put_string(msg, PLAIT_A_IFNAME, link->dev->name) ||
	    nla_put_string(msg, PLAIT_A_SCHEDULER, link->scheduler->name))
		return -EMSGSIZE;

	nest = nla_nest_start(msg, PLAIT_A_LEGS);
	if (!nest)
		return -EMSGSIZE;
	list_for_each_entry(leg, &link->legs, list)
		if (plait_netlink_put_leg(msg, leg))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}
