// SPDX-License-Identifier: GPL-2.0-only
/* What netlink shows of a namespace. */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

#include "netlink.h"

static int plait_balance_put_u64(struct sk_buff *msg, int attribute, u64 value)
{
	return nla_put_u64_64bit(msg, attribute, value, PLAIT_BALANCE_UPLINK_A_PAD);
}

static int plait_balance_put_unused(struct sk_buff *msg, int attribute, u64 rate, s64 used)
{
	if (!rate)
		return 0;
	return plait_balance_put_u64(msg, attribute, used < (s64)rate ? rate - used : 0);
}

static int plait_balance_put_estimate(struct sk_buff *msg, struct net *net,
				      const struct plait_balance_uplink *uplink)
{
	struct plait_balance_net *balancer = plait_balance_net(net);
	struct plait_estimate estimate;

	spin_lock_bh(&balancer->lock);
	estimate = uplink->meter->estimate;
	spin_unlock_bh(&balancer->lock);

	return plait_balance_put_u64(msg, PLAIT_BALANCE_UPLINK_A_TX_RATE_1S, estimate.tx_rate_1s) ?:
	       plait_balance_put_u64(msg, PLAIT_BALANCE_UPLINK_A_TX_RATE_8S, estimate.tx_rate_8s) ?:
	       plait_balance_put_u64(msg, PLAIT_BALANCE_UPLINK_A_RX_RATE_1S, estimate.rx_rate_1s) ?:
	       plait_balance_put_u64(msg, PLAIT_BALANCE_UPLINK_A_RX_RATE_8S, estimate.rx_rate_8s) ?:
	       plait_balance_put_unused(msg, PLAIT_BALANCE_UPLINK_A_UNUSED_UP, uplink->up,
					estimate.tx_rate_8s) ?:
	       plait_balance_put_unused(msg, PLAIT_BALANCE_UPLINK_A_UNUSED_DOWN, uplink->down,
					estimate.rx_rate_8s) ?:
	       nla_put_u32(msg, PLAIT_BALANCE_UPLINK_A_TCP_RETRANSMISSION_RATE,
			   estimate.retransmission_rate);
}

static int plait_balance_put_counts(struct sk_buff *msg, const struct plait_balance_uplink *uplink)
{
	static const u8 attributes[PLAIT_BALANCE_COUNTS] = {
		[PLAIT_BALANCE_TX_PACKETS] = PLAIT_BALANCE_UPLINK_A_TX_PACKETS,
		[PLAIT_BALANCE_TX_BYTES] = PLAIT_BALANCE_UPLINK_A_TX_BYTES,
		[PLAIT_BALANCE_RX_PACKETS] = PLAIT_BALANCE_UPLINK_A_RX_PACKETS,
		[PLAIT_BALANCE_RX_BYTES] = PLAIT_BALANCE_UPLINK_A_RX_BYTES,
		[PLAIT_BALANCE_ASSIGNED] = PLAIT_BALANCE_UPLINK_A_ASSIGNED,
		[PLAIT_BALANCE_MOVED] = PLAIT_BALANCE_UPLINK_A_MOVED,
		[PLAIT_BALANCE_ENDED] = PLAIT_BALANCE_UPLINK_A_ENDED,
		[PLAIT_BALANCE_TCP_SEGMENTS] = PLAIT_BALANCE_UPLINK_A_TCP_SEGMENTS,
		[PLAIT_BALANCE_TCP_RETRANSMITTED] = PLAIT_BALANCE_UPLINK_A_TCP_RETRANSMITTED,
	};
	u64 totals[PLAIT_BALANCE_COUNTS];
	int err = 0;
	u32 i;

	plait_balance_meter_totals(uplink->meter, totals);
	for (i = 0; i < PLAIT_BALANCE_COUNTS && !err; i++)
		err = plait_balance_put_u64(msg, attributes[i], totals[i]);
	return err;
}

static int plait_balance_put_settings(struct sk_buff *msg, struct net *net,
				      const struct plait_balance_uplink *uplink)
{
	const struct net_device *dev = __dev_get_by_index(net, uplink->ifindex);

	return nla_put_u32(msg, PLAIT_BALANCE_UPLINK_A_IFINDEX, uplink->ifindex) ?:
	       (dev ? nla_put_string(msg, PLAIT_BALANCE_UPLINK_A_IFNAME, dev->name) : 0) ?:
	       nla_put_u32(msg, PLAIT_BALANCE_UPLINK_A_MARK, uplink->mark) ?:
	       nla_put_u32(msg, PLAIT_BALANCE_UPLINK_A_WEIGHT, uplink->weight) ?:
	       plait_balance_put_u64(msg, PLAIT_BALANCE_UPLINK_A_RATE_UP, uplink->up) ?:
	       plait_balance_put_u64(msg, PLAIT_BALANCE_UPLINK_A_RATE_DOWN, uplink->down) ?:
	       nla_put_u8(msg, PLAIT_BALANCE_UPLINK_A_ALIVE, uplink->alive) ?:
	       nla_put_u8(msg, PLAIT_BALANCE_UPLINK_A_NAT, uplink->nat) ?:
	       nla_put_u8(msg, PLAIT_BALANCE_UPLINK_A_LIVE, plait_balance_is_live(uplink));
}

/**
 * plait_balance_put_uplink() - show an uplink
 * @msg: the message
 * @net: its namespace
 * @uplink: the uplink
 * @sessions: sessions on it; NULL when they were not counted
 *
 * Return: 0 or -EMSGSIZE; then the message is good for nothing.
 */
int plait_balance_put_uplink(struct sk_buff *msg, struct net *net, const struct plait_balance_uplink *uplink,
			     const u32 *sessions)
{
	struct nlattr *nest = nla_nest_start(msg, PLAIT_BALANCE_A_UPLINK);

	ASSERT_RTNL();
	if (!nest || plait_balance_put_settings(msg, net, uplink) ||
	    (sessions && nla_put_u32(msg, PLAIT_BALANCE_UPLINK_A_SESSIONS, *sessions)) ||
	    plait_balance_put_counts(msg, uplink) || plait_balance_put_estimate(msg, net, uplink))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int plait_balance_put_uplinks(struct sk_buff *msg, struct net *net,
				     const struct plait_balance_config *config,
				     const struct plait_balance_sessions *sessions)
{
	struct nlattr *nest = nla_nest_start(msg, PLAIT_BALANCE_A_UPLINKS);
	u32 i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < config->uplink_count; i++) {
		const struct plait_balance_uplink *uplink = &config->uplinks[i];

		if (plait_balance_put_uplink(msg, net, uplink,
					     sessions ? plait_balance_sessions_on(sessions, config->mask,
										  uplink->mark) : NULL))
			return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static int plait_balance_put_inputs(struct sk_buff *msg, const struct plait_balance_config *config)
{
	struct nlattr *nest;
	u32 i;

	if (config->all_inputs)
		return 0;
	nest = nla_nest_start(msg, PLAIT_BALANCE_A_INPUTS);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < config->input_count; i++)
		if (nla_put_u32(msg, PLAIT_BALANCE_A_INPUT, config->inputs[i]))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int plait_balance_put_exclude(struct sk_buff *msg, const struct plait_balance_exclude *exclude)
{
	struct nlattr *nest = nla_nest_start(msg, PLAIT_BALANCE_A_EXCLUDE);

	if (!nest ||
	    nla_put(msg, PLAIT_BALANCE_EXCLUDE_A_ADDRESS, exclude->family == NFPROTO_IPV4 ? 4 : 16,
		    &exclude->address) ||
	    nla_put_u8(msg, PLAIT_BALANCE_EXCLUDE_A_LENGTH, exclude->length))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int plait_balance_put_excludes(struct sk_buff *msg, const struct plait_balance_config *config)
{
	struct nlattr *nest;
	u32 i;

	if (!config->exclude_count)
		return 0;
	nest = nla_nest_start(msg, PLAIT_BALANCE_A_EXCLUDES);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < config->exclude_count; i++)
		if (plait_balance_put_exclude(msg, &config->excludes[i]))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int plait_balance_put_fast(struct sk_buff *msg, const struct plait_balance_fast *fast)
{
	struct nlattr *nest;
	u32 i;

	if (!fast)
		return 0;
	nest = nla_nest_start(msg, PLAIT_BALANCE_A_FAST_DEVICES);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < fast->settings.count; i++)
		if (nla_put_u32(msg, PLAIT_BALANCE_A_FAST_DEVICE, fast->settings.ifindex[i]))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return nla_put_u32(msg, PLAIT_BALANCE_A_FAST_DROP_MARK, fast->settings.drop_mark) ?:
	       nla_put_u32(msg, PLAIT_BALANCE_A_FAST_DROP_MASK, fast->settings.drop_mask);
}

/**
 * plait_balance_put_config() - show all of a namespace
 * @msg: the message
 * @net: the namespace
 * @sessions: what was counted; NULL when it is not to be shown
 *
 * Return: 0 or -EMSGSIZE; then the message is good for nothing.
 */
int plait_balance_put_config(struct sk_buff *msg, struct net *net,
			     const struct plait_balance_sessions *sessions)
{
	const struct plait_balance_net *balancer = plait_balance_net(net);
	const struct plait_balance_config *config = rtnl_dereference(balancer->config);

	if (nla_put_string(msg, PLAIT_BALANCE_A_STRATEGY, balancer->strategy->name) ||
	    plait_balance_put_fast(msg, rtnl_dereference(balancer->fast)))
		return -EMSGSIZE;
	if (!config)
		return 0;
	if (nla_put_u32(msg, PLAIT_BALANCE_A_MASK, config->mask) ||
	    nla_put_u32(msg, PLAIT_BALANCE_A_DEAD_SESSIONS, config->dead_sessions) ||
	    nla_put_u8(msg, PLAIT_BALANCE_A_LOCAL, config->local) ||
	    plait_balance_put_inputs(msg, config) || plait_balance_put_excludes(msg, config) ||
	    plait_balance_put_uplinks(msg, net, config, sessions))
		return -EMSGSIZE;
	return 0;
}
