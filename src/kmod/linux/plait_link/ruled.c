// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets on their way out by a link that has rules, while its scheduler has no flow control: of the legs that a rule
 * names the first one that is live is taken. With flow control the scheduler itself keeps to them.
 */
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "plait_link.h"

/* The first live leg of some slots, a bit each; NULL: there is none. */
static struct plait_leg *plait_ruled_first(const struct plait_link *link, u32 slots)
{
	while (slots) {
		u32 slot = __ffs(slots);
		struct plait_leg *leg = link->slots[slot];

		if (leg && plait_leg_may_carry(leg) && plait_leg_runs(leg))
			return leg;
		slots &= ~(1U << slot);
	}
	return NULL;
}

/**
 * plait_ruled_pick() - choose the leg for a packet
 * @link: the link; its lock is held
 * @rule: for the packet; NULL: there is none
 * @packets: see plait_link_pick_locked()
 *
 * Return: the leg, or NULL when there is none for it.
 */
struct plait_leg *plait_ruled_pick(struct plait_link *link, const struct plait_rule *rule, u32 packets)
{
	struct plait_leg *leg = NULL;

	if (rule && rule->treatment.pinned)
		leg = plait_ruled_first(link, rule->treatment.legs);
	if (leg || (rule && plait_treatment_forbids(&rule->treatment)))
		return leg;
	return plait_link_pick_locked(link, packets);
}

/* The leg for the other copy; NULL: none is made. Only far ends that number packets give on one of them. */
static struct plait_leg *plait_ruled_second(const struct plait_link *link, const struct plait_rule *rule,
					    const struct plait_leg *leg)
{
	u32 slots = ~(1U << leg->slot), slot;

	if (!rule->treatment.twice || !leg->ops->number)
		return NULL;
	if (plait_treatment_keeps(&rule->treatment, leg->slot))
		slots &= rule->treatment.legs;
	for (slot = 0; slot < PLAIT_LEGS_MAX; slot++)
		if (!link->slots[slot] || !link->slots[slot]->ops->number)
			slots &= ~(1U << slot);
	return plait_ruled_first(link, slots);
}

/* Its place in the order of the link, and what is counted. Gives the leg for a second copy, or NULL. */
static struct plait_leg *plait_ruled_begin(const struct plait_link *link, struct plait_rule *rule,
					   struct plait_leg *leg, struct sk_buff *skb)
{
	struct plait_leg *second;

	if (!rule)
		return NULL;
	if (!leg) {
		rule->dropped++;
		return NULL;
	}
	second = plait_ruled_second(link, rule, leg);
	if (leg->ops->number)
		leg->ops->number(leg, skb, !rule->treatment.unordered);
	plait_rule_left(rule, leg->slot, second);
	return second;
}

static void plait_ruled_copy(struct plait_leg *leg, struct sk_buff *skb)
{
	struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

	if (!copy || skb_cow_head(copy, 0)) {
		kfree_skb(copy);
		return;
	}
	plait_packet_number(copy)->overtaking = true;
	plait_leg_xmit(leg, copy, plait_packet_size(copy));
}

/**
 * plait_ruled_xmit() - send a packet as its rule says
 * @link: a link whose scheduler has no flow control
 * @skb: the packet, which nobody has numbered
 *
 * To be called with bottom halves off.
 *
 * Return: false when there is no leg for it; the packet is then the caller's.
 */
bool plait_ruled_xmit(struct plait_link *link, struct sk_buff *skb)
{
	struct plait_packet_size size = plait_packet_size(skb);
	struct plait_leg *leg, *second;
	struct plait_rule *rule;

	spin_lock(&link->lock);
	rule = plait_link_rule(link, skb);
	leg = plait_ruled_pick(link, rule, size.packets);
	second = plait_ruled_begin(link, rule, leg, skb);
	spin_unlock(&link->lock);
	if (!leg)
		return false;
	if (second)
		plait_ruled_copy(second, skb);
	plait_leg_xmit(leg, skb, size);
	return true;
}
