// SPDX-License-Identifier: GPL-2.0-only
/* What netlink takes, and what is wrong with it. */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

#include "netlink.h"

/* Not const: policies before 6.7 point to ranges that they could change. */
static struct netlink_range_validation plait_balance_rate_range = {
	.max = PLAIT_BALANCE_RATE_MAX,
};

static const struct nla_policy plait_balance_uplink_policy[PLAIT_BALANCE_UPLINK_A_NAT + 1] = {
	[PLAIT_BALANCE_UPLINK_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[PLAIT_BALANCE_UPLINK_A_MARK] = { .type = NLA_U32 },
	[PLAIT_BALANCE_UPLINK_A_WEIGHT] =
		NLA_POLICY_RANGE(NLA_U32, PLAIT_BALANCE_WEIGHT_MIN, PLAIT_BALANCE_WEIGHT_MAX),
	[PLAIT_BALANCE_UPLINK_A_RATE_UP] = NLA_POLICY_FULL_RANGE(NLA_U64, &plait_balance_rate_range),
	[PLAIT_BALANCE_UPLINK_A_RATE_DOWN] = NLA_POLICY_FULL_RANGE(NLA_U64, &plait_balance_rate_range),
	[PLAIT_BALANCE_UPLINK_A_ALIVE] = NLA_POLICY_MAX(NLA_U8, 1),
	[PLAIT_BALANCE_UPLINK_A_NAT] = NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy plait_balance_uplinks_policy[PLAIT_BALANCE_A_UPLINK + 1] = {
	[PLAIT_BALANCE_A_UPLINK] = NLA_POLICY_NESTED(plait_balance_uplink_policy),
};

static const struct nla_policy plait_balance_inputs_policy[PLAIT_BALANCE_A_INPUT + 1] = {
	[PLAIT_BALANCE_A_INPUT] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy plait_balance_exclude_policy[PLAIT_BALANCE_EXCLUDE_A_MAX + 1] = {
	[PLAIT_BALANCE_EXCLUDE_A_ADDRESS] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[PLAIT_BALANCE_EXCLUDE_A_LENGTH] = NLA_POLICY_MAX(NLA_U8, 128),
};

static const struct nla_policy plait_balance_excludes_policy[PLAIT_BALANCE_A_EXCLUDE + 1] = {
	[PLAIT_BALANCE_A_EXCLUDE] = NLA_POLICY_NESTED(plait_balance_exclude_policy),
};

#define PLAIT_BALANCE_POLICY_STRATEGY { .type = NLA_NUL_STRING, .len = PLAIT_BALANCE_STRATEGY_LENGTH_MAX }

const struct nla_policy plait_balance_config_policy[PLAIT_BALANCE_A_UPLINKS + 1] = {
	[PLAIT_BALANCE_A_STRATEGY] = PLAIT_BALANCE_POLICY_STRATEGY,
	[PLAIT_BALANCE_A_MASK] = NLA_POLICY_MIN(NLA_U32, 1),
	[PLAIT_BALANCE_A_DEAD_SESSIONS] = NLA_POLICY_MAX(NLA_U32, PLAIT_BALANCE_DEAD_SESSIONS_END),
	[PLAIT_BALANCE_A_LOCAL] = NLA_POLICY_MAX(NLA_U8, 1),
	[PLAIT_BALANCE_A_INPUTS] = NLA_POLICY_NESTED(plait_balance_inputs_policy),
	[PLAIT_BALANCE_A_EXCLUDES] = NLA_POLICY_NESTED(plait_balance_excludes_policy),
	[PLAIT_BALANCE_A_UPLINKS] = NLA_POLICY_NESTED(plait_balance_uplinks_policy),
};

const struct nla_policy plait_balance_uplink_set_policy[PLAIT_BALANCE_A_UPLINKS + 1] = {
	[PLAIT_BALANCE_A_UPLINKS] = NLA_POLICY_NESTED(plait_balance_uplinks_policy),
};

const struct nla_policy plait_balance_strategy_set_policy[PLAIT_BALANCE_A_STRATEGY + 1] = {
	[PLAIT_BALANCE_A_STRATEGY] = PLAIT_BALANCE_POLICY_STRATEGY,
};

static const struct nla_policy plait_balance_fast_devices_policy[PLAIT_BALANCE_A_FAST_DEVICE + 1] = {
	[PLAIT_BALANCE_A_FAST_DEVICE] = NLA_POLICY_MIN(NLA_U32, 1),
};

const struct nla_policy plait_balance_fast_policy[PLAIT_BALANCE_A_FAST_DROP_MASK + 1] = {
	[PLAIT_BALANCE_A_FAST_DEVICES] = NLA_POLICY_NESTED(plait_balance_fast_devices_policy),
	[PLAIT_BALANCE_A_FAST_DROP_MARK] = { .type = NLA_U32 },
	[PLAIT_BALANCE_A_FAST_DROP_MASK] = { .type = NLA_U32 },
};

/* What may be changed of an uplink that is known. */
static void plait_balance_parse_settings(struct nlattr *attrs[], struct plait_balance_uplink *uplink)
{
	if (attrs[PLAIT_BALANCE_UPLINK_A_WEIGHT])
		uplink->weight = nla_get_u32(attrs[PLAIT_BALANCE_UPLINK_A_WEIGHT]);
	if (attrs[PLAIT_BALANCE_UPLINK_A_RATE_UP])
		uplink->up = nla_get_u64(attrs[PLAIT_BALANCE_UPLINK_A_RATE_UP]);
	if (attrs[PLAIT_BALANCE_UPLINK_A_RATE_DOWN])
		uplink->down = nla_get_u64(attrs[PLAIT_BALANCE_UPLINK_A_RATE_DOWN]);
	if (attrs[PLAIT_BALANCE_UPLINK_A_ALIVE])
		uplink->alive = nla_get_u8(attrs[PLAIT_BALANCE_UPLINK_A_ALIVE]);
	if (attrs[PLAIT_BALANCE_UPLINK_A_NAT])
		uplink->nat = nla_get_u8(attrs[PLAIT_BALANCE_UPLINK_A_NAT]);
}

static int plait_balance_parse_nest(const struct nlattr *nest, struct nlattr *attrs[],
				    struct netlink_ext_ack *extack)
{
	int err = nla_parse_nested(attrs, PLAIT_BALANCE_UPLINK_A_NAT, nest, plait_balance_uplink_policy,
				   extack);

	if (err)
		return err;
	if (!attrs[PLAIT_BALANCE_UPLINK_A_IFINDEX]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "PLAIT_BALANCE_UPLINK_A_IFINDEX is missing");
		return -EINVAL;
	}
	return 0;
}

/* Adds an uplink to those of @config, or says what is wrong with it. */
static int plait_balance_parse_uplink(struct net *net, const struct nlattr *nest,
				      struct plait_balance_config *config, struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[PLAIT_BALANCE_UPLINK_A_NAT + 1];
	struct plait_balance_uplink uplink = { .weight = PLAIT_BALANCE_WEIGHT_DEFAULT, .alive = true };
	int err;

	err = plait_balance_parse_nest(nest, attrs, extack);
	if (err)
		return err;
	if (!attrs[PLAIT_BALANCE_UPLINK_A_MARK]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "PLAIT_BALANCE_UPLINK_A_MARK is missing");
		return -EINVAL;
	}
	uplink.ifindex = nla_get_u32(attrs[PLAIT_BALANCE_UPLINK_A_IFINDEX]);
	uplink.mark = nla_get_u32(attrs[PLAIT_BALANCE_UPLINK_A_MARK]);
	plait_balance_parse_settings(attrs, &uplink);

	if (!__dev_get_by_index(net, uplink.ifindex)) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[PLAIT_BALANCE_UPLINK_A_IFINDEX],
				    "Not a device of this network namespace");
		return -ENODEV;
	}
	if (!uplink.mark || uplink.mark & ~config->mask || uplink.mark == config->mask) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[PLAIT_BALANCE_UPLINK_A_MARK],
				    "A mark has some bits of the mask, but not all of them");
		return -EINVAL;
	}
	if (plait_balance_by_index(config, uplink.ifindex) || plait_balance_by_mark(config, uplink.mark)) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "Another uplink has this device or this mark");
		return -EINVAL;
	}
	if (config->uplink_count == PLAIT_BALANCE_UPLINKS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "Too many uplinks");
		return -EINVAL;
	}
	config->uplinks[config->uplink_count++] = uplink;
	return 0;
}

static int plait_balance_parse_uplinks(struct net *net, const struct nlattr *nest,
				       struct plait_balance_config *config, struct netlink_ext_ack *extack)
{
	const struct nlattr *entry;
	int rest;
	int err;

	nla_for_each_nested(entry, nest, rest) {
		err = plait_balance_parse_uplink(net, entry, config, extack);
		if (err)
			return err;
	}
	if (!config->uplink_count) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "No uplink is named");
		return -EINVAL;
	}
	return 0;
}

static int plait_balance_parse_inputs(struct net *net, const struct nlattr *nest,
				      struct plait_balance_config *config, struct netlink_ext_ack *extack)
{
	const struct nlattr *entry;
	int rest;

	config->all_inputs = !nest;
	if (!nest)
		return 0;
	nla_for_each_nested(entry, nest, rest) {
		u32 ifindex = nla_get_u32(entry);

		if (!__dev_get_by_index(net, ifindex)) {
			NL_SET_ERR_MSG_ATTR(extack, entry, "Not a device of this network namespace");
			return -ENODEV;
		}
		if (plait_balance_by_index(config, ifindex)) {
			NL_SET_ERR_MSG_ATTR(extack, entry, "What comes in by an uplink is not balanced");
			return -EINVAL;
		}
		if (config->input_count == PLAIT_BALANCE_INPUTS_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, entry, "Too many inputs");
			return -EINVAL;
		}
		config->inputs[config->input_count++] = ifindex;
	}
	return 0;
}

static bool plait_balance_has_host_bits(const struct plait_balance_exclude *exclude, u32 bytes)
{
	u32 bit;

	for (bit = exclude->length; bit < bytes * 8; bit++)
		if (exclude->address.s6_addr[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

static int plait_balance_parse_exclude(const struct nlattr *nest, struct plait_balance_config *config,
				       struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[PLAIT_BALANCE_EXCLUDE_A_MAX + 1];
	struct plait_balance_exclude exclude = {};
	u32 bytes;
	int err;

	err = nla_parse_nested(attrs, PLAIT_BALANCE_EXCLUDE_A_MAX, nest, plait_balance_exclude_policy,
			       extack);
	if (err)
		return err;
	if (!attrs[PLAIT_BALANCE_EXCLUDE_A_ADDRESS] || !attrs[PLAIT_BALANCE_EXCLUDE_A_LENGTH]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "A network has an address and a length");
		return -EINVAL;
	}
	bytes = nla_len(attrs[PLAIT_BALANCE_EXCLUDE_A_ADDRESS]);
	exclude.length = nla_get_u8(attrs[PLAIT_BALANCE_EXCLUDE_A_LENGTH]);
	exclude.family = bytes == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	nla_memcpy(&exclude.address, attrs[PLAIT_BALANCE_EXCLUDE_A_ADDRESS], sizeof(exclude.address));
	if ((bytes != 4 && bytes != 16) || exclude.length > bytes * 8 ||
	    plait_balance_has_host_bits(&exclude, bytes)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "Not the 4 or 16 bytes of a network, with no bits beyond its length");
		return -EINVAL;
	}
	if (config->exclude_count == PLAIT_BALANCE_EXCLUDES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "Too many excluded networks");
		return -EINVAL;
	}
	config->excludes[config->exclude_count++] = exclude;
	return 0;
}

static int plait_balance_parse_excludes(const struct nlattr *nest, struct plait_balance_config *config,
					struct netlink_ext_ack *extack)
{
	const struct nlattr *entry;
	int rest;
	int err;

	if (!nest)
		return 0;
	nla_for_each_nested(entry, nest, rest) {
		err = plait_balance_parse_exclude(entry, config, extack);
		if (err)
			return err;
	}
	return 0;
}

static int plait_balance_parse_strategy(const struct nlattr *name, struct plait_balance_config *config,
					struct netlink_ext_ack *extack)
{
	if (!name)
		return 0;
	config->strategy = plait_balance_strategy_get(nla_data(name));
	if (config->strategy)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, name, "There is no strategy of this name");
	return -ENOENT;
}

/**
 * plait_balance_parse_config() - read PLAIT_BALANCE_CMD_CONFIG_SET
 * @net: the namespace
 * @attrs: the attributes
 * @config: zeroed, filled in; a strategy that was named is held
 * @extack: says what is wrong
 *
 * Return: 0 or an error, and then nothing is held.
 */
int plait_balance_parse_config(struct net *net, struct nlattr *attrs[], struct plait_balance_config *config,
			       struct netlink_ext_ack *extack)
{
	int err;

	if (!attrs[PLAIT_BALANCE_A_MASK] || !attrs[PLAIT_BALANCE_A_UPLINKS]) {
		NL_SET_ERR_MSG(extack, "PLAIT_BALANCE_A_MASK or PLAIT_BALANCE_A_UPLINKS is missing");
		return -EINVAL;
	}
	config->mask = nla_get_u32(attrs[PLAIT_BALANCE_A_MASK]);
	config->dead_sessions = attrs[PLAIT_BALANCE_A_DEAD_SESSIONS] ?
					nla_get_u32(attrs[PLAIT_BALANCE_A_DEAD_SESSIONS]) :
					PLAIT_BALANCE_DEAD_SESSIONS_MOVE;
	config->local = !attrs[PLAIT_BALANCE_A_LOCAL] || nla_get_u8(attrs[PLAIT_BALANCE_A_LOCAL]);

	err = plait_balance_parse_uplinks(net, attrs[PLAIT_BALANCE_A_UPLINKS], config, extack);
	if (err)
		return err;
	err = plait_balance_parse_inputs(net, attrs[PLAIT_BALANCE_A_INPUTS], config, extack);
	if (err)
		return err;
	err = plait_balance_parse_excludes(attrs[PLAIT_BALANCE_A_EXCLUDES], config, extack);
	if (err)
		return err;
	return plait_balance_parse_strategy(attrs[PLAIT_BALANCE_A_STRATEGY], config, extack);
}

static int plait_balance_parse_change(const struct nlattr *nest, struct plait_balance_config *config,
				      u32 *named, struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[PLAIT_BALANCE_UPLINK_A_NAT + 1];
	const struct plait_balance_uplink *uplink;
	int err;

	err = plait_balance_parse_nest(nest, attrs, extack);
	if (err)
		return err;
	if (attrs[PLAIT_BALANCE_UPLINK_A_MARK]) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[PLAIT_BALANCE_UPLINK_A_MARK],
				    "The mark of an uplink is set with the whole configuration");
		return -EINVAL;
	}
	uplink = plait_balance_by_index(config, nla_get_u32(attrs[PLAIT_BALANCE_UPLINK_A_IFINDEX]));
	if (!uplink) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[PLAIT_BALANCE_UPLINK_A_IFINDEX], "Not an uplink");
		return -ENOENT;
	}
	if (*named & BIT(uplink->slot)) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "The uplink is named twice");
		return -EINVAL;
	}
	*named |= BIT(uplink->slot);
	plait_balance_parse_settings(attrs, &config->uplinks[uplink - config->uplinks]);
	return 0;
}

/**
 * plait_balance_parse_changes() - read PLAIT_BALANCE_CMD_UPLINK_SET
 * @attrs: the attributes
 * @config: a copy of the present configuration, changed
 * @extack: says what is wrong
 *
 * Return: 0 or an error, and then some of the changes are made.
 */
int plait_balance_parse_changes(struct nlattr *attrs[], struct plait_balance_config *config,
				struct netlink_ext_ack *extack)
{
	const struct nlattr *entry;
	u32 named = 0;
	int rest;
	int err;

	if (!attrs[PLAIT_BALANCE_A_UPLINKS]) {
		NL_SET_ERR_MSG(extack, "PLAIT_BALANCE_A_UPLINKS is missing");
		return -EINVAL;
	}
	nla_for_each_nested(entry, attrs[PLAIT_BALANCE_A_UPLINKS], rest) {
		err = plait_balance_parse_change(entry, config, &named, extack);
		if (err)
			return err;
	}
	if (!named) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[PLAIT_BALANCE_A_UPLINKS], "No uplink is named");
		return -EINVAL;
	}
	return 0;
}

static bool plait_balance_fast_names(const struct plait_balance_fast_settings *settings, u32 ifindex)
{
	u32 i;

	for (i = 0; i < settings->count; i++)
		if (settings->ifindex[i] == ifindex)
			return true;
	return false;
}

static int plait_balance_parse_fast_device(struct net *net, const struct nlattr *entry,
					   struct plait_balance_fast_settings *settings,
					   struct netlink_ext_ack *extack)
{
	u32 ifindex = nla_get_u32(entry);

	if (!__dev_get_by_index(net, ifindex)) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "Not a device of this network namespace");
		return -ENODEV;
	}
	if (plait_balance_fast_names(settings, ifindex)) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "The device is named twice");
		return -EINVAL;
	}
	if (settings->count == PLAIT_BALANCE_FAST_DEVICES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, entry, "Too many devices");
		return -EINVAL;
	}
	settings->ifindex[settings->count++] = ifindex;
	return 0;
}

/**
 * plait_balance_parse_fast() - read PLAIT_BALANCE_CMD_FAST_SET
 * @net: the namespace
 * @attrs: the attributes
 * @settings: zeroed, filled in
 * @extack: says what is wrong
 *
 * Return: 0 or an error.
 */
int plait_balance_parse_fast(struct net *net, struct nlattr *attrs[],
			     struct plait_balance_fast_settings *settings, struct netlink_ext_ack *extack)
{
	const struct nlattr *mark = attrs[PLAIT_BALANCE_A_FAST_DROP_MARK];
	const struct nlattr *mask = attrs[PLAIT_BALANCE_A_FAST_DROP_MASK];
	const struct nlattr *devices = attrs[PLAIT_BALANCE_A_FAST_DEVICES];
	const struct nlattr *entry;
	int rest;
	int err;

	settings->drop_mark = mark ? nla_get_u32(mark) : 0;
	settings->drop_mask = mask ? nla_get_u32(mask) : 0;
	if (settings->drop_mark & ~settings->drop_mask) {
		NL_SET_ERR_MSG_ATTR(extack, mark, "The mark has bits that its mask has not");
		return -EINVAL;
	}
	if (!devices)
		return 0;
	nla_for_each_nested(entry, devices, rest) {
		err = plait_balance_parse_fast_device(net, entry, settings, extack);
		if (err)
			return err;
	}
	return 0;
}
