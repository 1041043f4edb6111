// SPDX-License-Identifier: GPL-2.0-only
/* Which rule a packet falls under, told by its mark, and what is counted of each. Callers hold the lock of the link. */
#include "rules.h"

/**
 * plait_rules_find() - the rule for a packet
 * @rules: of its link
 * @mark: of the packet
 *
 * Return: the rule; NULL: there is none for it.
 */
struct plait_rule *plait_rules_find(struct plait_rules *rules, u32 mark)
{
	u32 i;

	mark &= rules->mask;
	for (i = 0; i < rules->count; i++)
		if (rules->rule[i].mark == mark)
			return &rules->rule[i];
	return NULL;
}

/**
 * plait_rules_go_on() - counters go on, of rules whose mark was there before
 * @rules: those that take the place
 * @before: of these
 */
void plait_rules_go_on(struct plait_rules *rules, const struct plait_rules *before)
{
	u32 i, j;

	for (i = 0; i < rules->count; i++) {
		struct plait_rule *rule = &rules->rule[i];

		for (j = 0; j < before->count; j++) {
			const struct plait_rule *old = &before->rule[j];

			if (old->mark != rule->mark)
				continue;
			rule->packets = old->packets;
			rule->elsewhere = old->elsewhere;
			rule->copied = old->copied;
			rule->dropped = old->dropped;
		}
	}
}
