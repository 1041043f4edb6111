/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_CORE_RULES_H
#define PLAIT_CORE_RULES_H

#include "treatment.h"

/* Rules of one link. Equal to PLAIT_RULES_MAX. */
#define PLAIT_RULES 16

/**
 * struct plait_rule - how packets of one mark leave
 * @mark: the mark, within the mask of all rules
 * @treatment: how they leave
 * @packets: that left
 * @elsewhere: of these, by other legs than those of @treatment
 * @copied: of these, in two copies
 * @dropped: that the legs had no room for, or that had no leg
 */
struct plait_rule {
	u32 mark;
	struct plait_treatment treatment;
	u64 packets;
	u64 elsewhere;
	u64 copied;
	u64 dropped;
};

/**
 * struct plait_rules - the rules of a link
 * @mask: bits of a packet's mark that are looked at
 * @count: how many rules there are
 * @rule: the rules, each of another mark
 */
struct plait_rules {
	u32 mask;
	u32 count;
	struct plait_rule rule[PLAIT_RULES];
};

struct plait_rule *plait_rules_find(struct plait_rules *rules, u32 mark);
void plait_rules_go_on(struct plait_rules *rules, const struct plait_rules *before);

/**
 * plait_rule_left() - a packet leaves
 * @rule: its rule
 * @slot: of its leg
 * @copied: a copy leaves by another leg, too
 */
static inline void plait_rule_left(struct plait_rule *rule, u32 slot, bool copied)
{
	rule->packets++;
	rule->copied += copied;
	rule->elsewhere += rule->treatment.pinned && !plait_treatment_keeps(&rule->treatment, slot);
}

#endif /* PLAIT_CORE_RULES_H */
