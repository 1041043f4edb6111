/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules say of a packet: by which legs, in how many copies, in order or not. */
#ifndef PLAIT_CORE_TREATMENT_H
#define PLAIT_CORE_TREATMENT_H

#include "plait_port.h"

/**
 * struct plait_treatment - how packets of a rule leave
 * @pinned: by the legs of @legs only, while one of them is live and not suspect
 * @legs: their slots, a bit each; none: there are no such legs now
 * @or_drop: while none of them is live: they are dropped; else they leave by any leg
 * @unordered: the far end is not to put them in order
 * @twice: in two copies
 */
struct plait_treatment {
	bool pinned;
	u32 legs;
	bool or_drop;
	bool unordered;
	bool twice;
};

/**
 * plait_treatment_bars() - which legs are not for a packet, as long as one of the others is live?
 * @treatment: of it; NULL: there is no rule for it
 *
 * Return: their slots, a bit each.
 */
static inline u32 plait_treatment_bars(const struct plait_treatment *treatment)
{
	return treatment && treatment->pinned ? ~treatment->legs : 0;
}

/**
 * plait_treatment_keeps() - does a leg belong to those that a rule names?
 * @treatment: of a packet; NULL: there is no rule for it
 * @slot: of its leg
 *
 * Return: false when it does not, or when the rule names none.
 */
static inline bool plait_treatment_keeps(const struct plait_treatment *treatment, u32 slot)
{
	return treatment && treatment->pinned && treatment->legs & 1U << slot;
}

/**
 * plait_treatment_forbids() - which legs are not for a packet, whatever becomes of the others?
 * @treatment: of it; NULL: there is no rule for it
 *
 * Return: their slots, a bit each.
 */
static inline u32 plait_treatment_forbids(const struct plait_treatment *treatment)
{
	return treatment && treatment->or_drop ? plait_treatment_bars(treatment) : 0;
}

#endif /* PLAIT_CORE_TREATMENT_H */
