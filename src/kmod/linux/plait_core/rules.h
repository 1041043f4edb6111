/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules of a link: core/rules.h, and the names of the legs that they are for. */
#ifndef PLAIT_CORE_LINK_RULES_H
#define PLAIT_CORE_LINK_RULES_H

#include "plait_core.h"
#include "../../core/rules.h"

/**
 * struct plait_rule_legs - the legs that a rule names
 * @count: how many; a rule whose treatment is not pinned names none
 * @name: their names. Which slots these are changes as legs come and go
 */
struct plait_rule_legs {
	u32 count;
	char name[PLAIT_RULE_LEGS_MAX][IFNAMSIZ];
};

/**
 * struct plait_link_rules - the rules of a link
 * @table: guarded by the lock of the link
 * @legs: by rule; with RTNL
 */
struct plait_link_rules {
	struct plait_rules table;
	struct plait_rule_legs legs[PLAIT_RULES_MAX];
};

void plait_link_set_rules(struct plait_link *link, struct plait_link_rules *rules);
void plait_link_resolve_rules(struct plait_link *link);

#endif /* PLAIT_CORE_LINK_RULES_H */
