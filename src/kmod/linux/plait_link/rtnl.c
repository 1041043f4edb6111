// SPDX-License-Identifier: GPL-2.0-only
/* The kind "plait" of rtnetlink: how links are made and set, and their legs; the manual is ../../uapi/plait.h. */
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>

#include "plait_link.h"

/* Not const: before 6.6 a policy wants it so. */
static struct netlink_range_validation plait_mtu_limit_range = {
	.max = IP_MAX_MTU,
};

static const struct nla_policy plait_info_policy[IFLA_PLAIT_MAX + 1] = {
	[IFLA_PLAIT_SCHEDULER] = { .type = NLA_NUL_STRING, .len = PLAIT_SCHEDULER_LENGTH_MAX },
	[IFLA_PLAIT_BUFFER] = NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_PLAIT_MTU_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &plait_mtu_limit_range),
};

static struct netlink_range_validation plait_slave_rate_range = {
	.min = PLAIT_RATE_AUTO,
	.max = PLAIT_RATE_MAX,
};

static const struct nla_policy plait_slave_policy[IFLA_PLAIT_SLAVE_MAX + 1] = {
	[IFLA_PLAIT_SLAVE_WEIGHT] = NLA_POLICY_RANGE(NLA_U32, PLAIT_WEIGHT_MIN, PLAIT_WEIGHT_MAX),
	[IFLA_PLAIT_SLAVE_RATE] = NLA_POLICY_FULL_RANGE(NLA_U64, &plait_slave_rate_range),
	[IFLA_PLAIT_SLAVE_ENABLED] = NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_PLAIT_SLAVE_STATE] = { .type = NLA_REJECT },
	[IFLA_PLAIT_SLAVE_PRIORITY] = NLA_POLICY_MAX(NLA_U32, PLAIT_PRIORITY_MAX),
};

static unsigned int plait_rtnl_tx_queues(void)
{
	return PLAIT_TX_QUEUES;
}

static int plait_rtnl_validate(struct nlattr *tb[], struct nlattr *data[],
			       struct netlink_ext_ack *extack)
{
	char name[IFNAMSIZ];

	/* See plait_select_queue(). */
	if (tb[IFLA_NUM_TX_QUEUES] && nla_get_u32(tb[IFLA_NUM_TX_QUEUES]) != PLAIT_TX_QUEUES) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_NUM_TX_QUEUES],
				    "A plait device has 2 transmit queues, one of them for acknowledgements");
		return -EINVAL;
	}
	/* See plait_leg_mark(). */
	if (tb[IFLA_NUM_RX_QUEUES] && nla_get_u32(tb[IFLA_NUM_RX_QUEUES]) != 1) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_NUM_RX_QUEUES],
				    "A plait device has 1 receive queue");
		return -EINVAL;
	}
	if (tb[IFLA_IFNAME] && nla_strscpy(name, tb[IFLA_IFNAME], sizeof(name)) > 0 &&
	    plait_link_name_is_taken(name)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_IFNAME],
				    "The name is that of a file in /proc/sys/net/ipv4/multipath");
		return -EEXIST;
	}
	return 0;
}

static int plait_rtnl_changelink(struct net_device *dev, struct nlattr *tb[], struct nlattr *data[],
				 struct netlink_ext_ack *extack)
{
	struct plait_link *link = &plait_device(dev)->link;
	int err;

	if (data && data[IFLA_PLAIT_SCHEDULER]) {
		err = plait_link_set_scheduler(link, nla_data(data[IFLA_PLAIT_SCHEDULER]), extack);
		if (err)
			return err;
	}
	if (data && data[IFLA_PLAIT_MTU_LIMIT])
		plait_set_mtu_limit(dev, nla_get_u32(data[IFLA_PLAIT_MTU_LIMIT]));
	if (data && data[IFLA_PLAIT_BUFFER])
		return plait_buffer_set_link(link, nla_get_u8(data[IFLA_PLAIT_BUFFER]));
	return 0;
}

static int plait_rtnl_create(struct net *lower_net, struct net_device *dev, struct nlattr *tb[],
			     struct nlattr *data[], struct netlink_ext_ack *extack)
{
	int err;

	/* What is asked for stays, also when it is what it would be now. */
	if (tb[IFLA_MTU])
		plait_device(dev)->mtu_by_user = dev->mtu;
	err = register_netdevice(dev);
	if (err)
		return err;
	err = plait_rtnl_changelink(dev, tb, data, extack);
	if (err)
		unregister_netdevice(dev);
	return err;
}

PLAIT_DEFINE_NEWLINK(plait_rtnl_newlink, plait_rtnl_create)

static size_t plait_rtnl_get_size(const struct net_device *dev)
{
	return nla_total_size(PLAIT_SCHEDULER_LENGTH_MAX + 1) + nla_total_size(sizeof(u8)) +
	       nla_total_size(sizeof(u32));
}

static int plait_rtnl_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct plait_link *link = &plait_device(dev)->link;

	return nla_put_string(skb, IFLA_PLAIT_SCHEDULER, link->scheduler->name) ?:
	       nla_put_u8(skb, IFLA_PLAIT_BUFFER, link->buffer) ?:
	       nla_put_u32(skb, IFLA_PLAIT_MTU_LIMIT, plait_device(dev)->mtu_by_user);
}

static int plait_rtnl_slave_changelink(struct net_device *dev, struct net_device *leg_dev,
				       struct nlattr *tb[], struct nlattr *data[],
				       struct netlink_ext_ack *extack)
{
	struct plait_leg *leg = &plait_device_leg_of(leg_dev)->leg;
	struct plait_leg_change change;
	int err;

	if (!data)
		return 0;
	plait_leg_keep(&change, leg);
	if (data[IFLA_PLAIT_SLAVE_WEIGHT])
		change.weight = nla_get_u32(data[IFLA_PLAIT_SLAVE_WEIGHT]);
	if (data[IFLA_PLAIT_SLAVE_PRIORITY])
		change.priority = nla_get_u32(data[IFLA_PLAIT_SLAVE_PRIORITY]);
	if (data[IFLA_PLAIT_SLAVE_ENABLED])
		change.enabled = nla_get_u8(data[IFLA_PLAIT_SLAVE_ENABLED]);
	if (data[IFLA_PLAIT_SLAVE_RATE]) {
		change.rate = nla_get_u64(data[IFLA_PLAIT_SLAVE_RATE]);
		err = plait_leg_check_rate(change.rate, data[IFLA_PLAIT_SLAVE_RATE], extack);
		if (err)
			return err;
	}
	plait_legs_change(leg->link, &change, 1);
	return 0;
}

static size_t plait_rtnl_get_slave_size(const struct net_device *dev,
					const struct net_device *leg_dev)
{
	return 2 * nla_total_size(sizeof(u32)) + nla_total_size_64bit(sizeof(u64)) +
	       2 * nla_total_size(sizeof(u8));
}

static int plait_rtnl_fill_slave_info(struct sk_buff *skb, const struct net_device *dev,
				      const struct net_device *leg_dev)
{
	const struct plait_device_leg *device_leg = plait_device_leg_of(leg_dev);
	const struct plait_leg *leg;

	/* It is about to become one, or to be none any more. */
	if (!device_leg || list_empty(&device_leg->leg.list))
		return 0;
	leg = &device_leg->leg;
	return nla_put_u32(skb, IFLA_PLAIT_SLAVE_WEIGHT, leg->weight) ?:
	       nla_put_u32(skb, IFLA_PLAIT_SLAVE_PRIORITY, leg->priority) ?:
	       nla_put_u64_64bit(skb, IFLA_PLAIT_SLAVE_RATE, leg->rate, IFLA_PLAIT_SLAVE_PAD) ?:
	       nla_put_u8(skb, IFLA_PLAIT_SLAVE_ENABLED, leg->enabled) ?:
	       nla_put_u8(skb, IFLA_PLAIT_SLAVE_STATE, plait_leg_state(leg));
}

struct rtnl_link_ops plait_rtnl_link_ops = {
	.kind = PLAIT_KIND,
	.priv_size = sizeof(struct plait_device),
	.setup = plait_device_setup,
	.get_num_tx_queues = plait_rtnl_tx_queues,
	.maxtype = IFLA_PLAIT_MAX,
	.policy = plait_info_policy,
	.validate = plait_rtnl_validate,
	.newlink = plait_rtnl_newlink,
	.changelink = plait_rtnl_changelink,
	.get_size = plait_rtnl_get_size,
	.fill_info = plait_rtnl_fill_info,
	.slave_maxtype = IFLA_PLAIT_SLAVE_MAX,
	.slave_policy = plait_slave_policy,
	.slave_changelink = plait_rtnl_slave_changelink,
	.get_slave_size = plait_rtnl_get_slave_size,
	.fill_slave_info = plait_rtnl_fill_slave_info,
};
