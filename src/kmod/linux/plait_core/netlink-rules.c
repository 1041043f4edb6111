// SPDX-License-Identifier: GPL-2.0-only
/* Requests of the family "plait" about rules. */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/stringify.h>

#include "netlink.h"
#include "rules.h"

static const struct nla_policy plait_rule_legs_policy[PLAIT_RULE_A_LEG + 1] = {
	[PLAIT_RULE_A_LEG] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
};

static const struct nla_policy plait_rule_policy[PLAIT_RULE_A_COPIES + 1] = {
	[PLAIT_RULE_A_MARK] = { .type = NLA_U32 },
	[PLAIT_RULE_A_LEGS] = NLA_POLICY_NESTED(plait_rule_legs_policy),
	[PLAIT_RULE_A_ELSE] = NLA_POLICY_MAX(NLA_U8, PLAIT_RULE_ELSE_DROP),
	[PLAIT_RULE_A_ORDER] = NLA_POLICY_MAX(NLA_U8, 1),
	[PLAIT_RULE_A_COPIES] = NLA_POLICY_RANGE(NLA_U8, 1, PLAIT_RULE_COPIES_MAX),
};

static const struct nla_policy plait_rules_policy[PLAIT_A_RULE + 1] = {
	[PLAIT_A_RULE] = NLA_POLICY_NESTED(plait_rule_policy),
};

const struct nla_policy plait_rules_set_policy[PLAIT_A_RULES + 1] = {
	[PLAIT_A_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[PLAIT_A_MARK_MASK] = { .type = NLA_U32 },
	[PLAIT_A_RULES] = NLA_POLICY_NESTED(plait_rules_policy),
};

static int plait_parse_rule_legs(const struct nlattr *nest, struct plait_rule_legs *legs,
				 struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	int left;

	nla_for_each_nested(attr, nest, left) {
		if (legs->count == PLAIT_RULE_LEGS_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "A rule names at most "
						  __stringify(PLAIT_RULE_LEGS_MAX) " legs");
			return -EINVAL;
		}
		nla_strscpy(legs->name[legs->count++], attr, IFNAMSIZ);
	}
	if (legs->count)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nest, "No leg is named");
	return -EINVAL;
}

/* An attribute of 8 bits, or what its absence means. */
static u8 plait_rule_u8(const struct nlattr *attr, u8 absent)
{
	return attr ? nla_get_u8(attr) : absent;
}

static int plait_parse_rule(const struct nlattr *nest, u32 mask, struct plait_rule *rule,
			    struct plait_rule_legs *legs, struct netlink_ext_ack *extack)
{
	struct plait_treatment *treatment = &rule->treatment;
	struct nlattr *attrs[PLAIT_RULE_A_COPIES + 1];
	int err;

	err = nla_parse_nested(attrs, PLAIT_RULE_A_COPIES, nest, plait_rule_policy, extack);
	if (err)
		return err;
	rule->mark = attrs[PLAIT_RULE_A_MARK] ? nla_get_u32(attrs[PLAIT_RULE_A_MARK]) : 0;
	if (rule->mark & ~mask) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[PLAIT_RULE_A_MARK],
				    "The mark has bits that PLAIT_A_MARK_MASK has not");
		return -EINVAL;
	}
	treatment->pinned = attrs[PLAIT_RULE_A_LEGS];
	treatment->or_drop = plait_rule_u8(attrs[PLAIT_RULE_A_ELSE], PLAIT_RULE_ELSE_ANY) == PLAIT_RULE_ELSE_DROP;
	treatment->unordered = !plait_rule_u8(attrs[PLAIT_RULE_A_ORDER], 1);
	treatment->twice = plait_rule_u8(attrs[PLAIT_RULE_A_COPIES], 1) > 1;
	return treatment->pinned ? plait_parse_rule_legs(attrs[PLAIT_RULE_A_LEGS], legs, extack) : 0;
}

static bool plait_rule_is_there(const struct plait_rules *table, u32 mark)
{
	u32 i;

	for (i = 0; i < table->count; i++)
		if (table->rule[i].mark == mark)
			return true;
	return false;
}

static int plait_parse_rules(struct genl_info *info, struct plait_link_rules *rules)
{
	struct nlattr *mask = info->attrs[PLAIT_A_MARK_MASK], *nest;
	struct plait_rules *table = &rules->table;
	int left, err;

	table->mask = mask ? nla_get_u32(mask) : 0;
	nla_for_each_nested(nest, info->attrs[PLAIT_A_RULES], left) {
		struct plait_rule *rule = &table->rule[table->count];

		if (table->count == PLAIT_RULES_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, nest, "A link has at most "
							__stringify(PLAIT_RULES_MAX) " rules");
			return -EINVAL;
		}
		err = plait_parse_rule(nest, table->mask, rule, &rules->legs[table->count], info->extack);
		if (err)
			return err;
		if (plait_rule_is_there(table, rule->mark)) {
			NL_SET_ERR_MSG_ATTR(info->extack, nest, "Another rule has this mark");
			return -EINVAL;
		}
		table->count++;
	}
	return 0;
}

/* @rules becomes those of the link, unless there is an error. */
static int plait_rules_set_locked(struct genl_info *info, struct plait_link_rules *rules)
{
	struct plait_link *link;
	int err;

	link = plait_requested_link(info, &err);
	if (!link)
		return err;
	if (rules->table.count) {
		plait_link_set_rules(link, rules);
		return 0;
	}
	plait_link_set_rules(link, NULL);
	kfree(rules);
	return 0;
}

int plait_rules_set_do(struct sk_buff *skb, struct genl_info *info)
{
	struct plait_link_rules *rules;
	int err;

	if (!info->attrs[PLAIT_A_RULES]) {
		NL_SET_ERR_MSG(info->extack, "PLAIT_A_RULES is missing");
		return -EINVAL;
	}
	rules = kzalloc(sizeof(*rules), GFP_KERNEL_ACCOUNT);
	if (!rules)
		return -ENOMEM;
	err = plait_parse_rules(info, rules);
	if (!err) {
		rtnl_lock();
		err = plait_rules_set_locked(info, rules);
		rtnl_unlock();
	}
	if (err)
		kfree(rules);
	return err;
}

static int plait_put_rule_legs(struct sk_buff *msg, const struct plait_rule_legs *legs)
{
	struct nlattr *nest;
	u32 i;

	nest = nla_nest_start(msg, PLAIT_RULE_A_LEGS);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < legs->count; i++)
		if (nla_put_string(msg, PLAIT_RULE_A_LEG, legs->name[i]))
			return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int plait_put_rule(struct sk_buff *msg, const struct plait_rule *rule, const struct plait_rule_legs *legs)
{
	const struct plait_treatment *treatment = &rule->treatment;
	struct nlattr *nest;

	nest = nla_nest_start(msg, PLAIT_A_RULE);
	if (!nest || nla_put_u32(msg, PLAIT_RULE_A_MARK, rule->mark) ||
	    (treatment->pinned && plait_put_rule_legs(msg, legs)) ||
	    nla_put_u8(msg, PLAIT_RULE_A_ELSE, treatment->or_drop ? PLAIT_RULE_ELSE_DROP : PLAIT_RULE_ELSE_ANY) ||
	    nla_put_u8(msg, PLAIT_RULE_A_ORDER, !treatment->unordered) ||
	    nla_put_u8(msg, PLAIT_RULE_A_COPIES, treatment->twice ? 2 : 1) ||
	    nla_put_u64_64bit(msg, PLAIT_RULE_A_PACKETS, rule->packets, PLAIT_RULE_A_PAD) ||
	    nla_put_u64_64bit(msg, PLAIT_RULE_A_ELSEWHERE, rule->elsewhere, PLAIT_RULE_A_PAD) ||
	    nla_put_u64_64bit(msg, PLAIT_RULE_A_COPIED, rule->copied, PLAIT_RULE_A_PAD) ||
	    nla_put_u64_64bit(msg, PLAIT_RULE_A_DROPPED, rule->dropped, PLAIT_RULE_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* A rule as it is now, with counters that belong together. */
static struct plait_rule plait_rule_now(struct plait_link *link, u32 i)
{
	struct plait_rule rule;

	spin_lock_bh(&link->lock);
	rule = link->rules->table.rule[i];
	spin_unlock_bh(&link->lock);
	return rule;
}

static int plait_put_rules(struct sk_buff *msg, struct plait_link *link)
{
	const struct plait_link_rules *rules = link->rules;
	struct nlattr *nest;
	u32 i;

	if (nla_put_u32(msg, PLAIT_A_IFINDEX, link->dev->ifindex) ||
	    nla_put_u32(msg, PLAIT_A_MARK_MASK, rules ? rules->table.mask : 0))
		return -EMSGSIZE;
	nest = nla_nest_start(msg, PLAIT_A_RULES);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; rules && i < rules->table.count; i++) {
		const struct plait_rule rule = plait_rule_now(link, i);

		if (plait_put_rule(msg, &rule, &rules->legs[i]))
			return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static int plait_rules_get_locked(struct sk_buff *msg, struct genl_info *info)
{
	struct plait_link *link;
	void *header;
	int err;

	link = plait_requested_link(info, &err);
	if (!link)
		return err;
	header = genlmsg_put(msg, info->snd_portid, info->snd_seq, &plait_family, 0, PLAIT_CMD_RULES_GET);
	if (!header || plait_put_rules(msg, link))
		return -EMSGSIZE;
	genlmsg_end(msg, header);
	return 0;
}

int plait_rules_get_do(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(PLAIT_MESSAGE_SIZE, GFP_KERNEL);
	int err;

	if (!msg)
		return -ENOMEM;
	rtnl_lock();
	err = plait_rules_get_locked(msg, info);
	rtnl_unlock();
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}
