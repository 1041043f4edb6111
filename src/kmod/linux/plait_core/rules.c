// SPDX-License-Identifier: GPL-2.0-only
/* The rules of links: they are set, and the names in them lead to legs that come and go. */
#include <linux/export.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "core.h"
#include "rules.h"

static u32 plait_rule_slots(struct plait_link *link, const struct plait_rule_legs *legs)
{
	u32 slots = 0, i;

	for (i = 0; i < legs->count; i++) {
		const struct plait_leg *leg = plait_link_leg_by_name(link, legs->name[i]);

		if (leg)
			slots |= 1U << leg->slot;
	}
	return slots;
}

static void plait_rules_resolve(struct plait_link *link, struct plait_link_rules *rules)
{
	u32 i;

	BUILD_BUG_ON(PLAIT_RULES != PLAIT_RULES_MAX);
	for (i = 0; i < rules->table.count; i++)
		rules->table.rule[i].treatment.legs = plait_rule_slots(link, &rules->legs[i]);
}

/**
 * plait_link_resolve_rules() - legs came or went, or have other names
 * @link: their link
 */
void plait_link_resolve_rules(struct plait_link *link)
{
	ASSERT_RTNL();
	if (!link->rules)
		return;
	spin_lock_bh(&link->lock);
	plait_rules_resolve(link, link->rules);
	spin_unlock_bh(&link->lock);
}

/**
 * plait_leg_renamed() - a leg has another name
 * @leg: a leg that has joined
 */
void plait_leg_renamed(const struct plait_leg *leg)
{
	plait_link_resolve_rules(leg->link);
}
EXPORT_SYMBOL_GPL(plait_leg_renamed);

/**
 * plait_link_set_rules() - other rules take the place of those that were there
 * @link: the link
 * @rules: from kmalloc(), owned by the link from now on; NULL: no rules
 */
void plait_link_set_rules(struct plait_link *link, struct plait_link_rules *rules)
{
	struct plait_link_rules *before = link->rules;

	ASSERT_RTNL();
	if (rules)
		plait_rules_resolve(link, rules);
	spin_lock_bh(&link->lock);
	if (rules && before)
		plait_rules_go_on(&rules->table, &before->table);
	WRITE_ONCE(link->rules, rules);
	spin_unlock_bh(&link->lock);
	/* Packets see rules with that lock held only. */
	kfree(before);
}

/**
 * plait_link_rule_of() - the rule for a packet
 * @link: a link with rules; its lock is held
 * @skb: the packet
 *
 * Return: the rule, for as long as the lock is held; NULL: there is none for it.
 */
struct plait_rule *plait_link_rule_of(const struct plait_link *link, const struct sk_buff *skb)
{
	lockdep_assert_held(&link->lock);
	return plait_rules_find(&link->rules->table, skb->mark);
}
EXPORT_SYMBOL_GPL(plait_link_rule_of);
