/* SPDX-License-Identifier: GPL-2.0-only */
/* Shares by weight of anything that can be counted, where what is chosen and what happens may differ. */
#ifndef PLAIT_BALANCE_SHARE_H
#define PLAIT_BALANCE_SHARE_H

#include "strategy.h"

/* What a slot can be behind or ahead of its share: more is forgotten. */
#define PLAIT_SHARE_SPAN (1 << 20)

/**
 * struct plait_share - who is how far behind its share
 * @credit: by slot, the amount that it is behind (above 0) or ahead (below 0), times @total
 * @weight: by slot, 0 when it is not live
 * @slots: slots from here on have never been live
 * @total: sum of the weights
 */
struct plait_share {
	s64 credit[PLAIT_BALANCE_SLOTS];
	u32 weight[PLAIT_BALANCE_SLOTS];
	u32 slots;
	u32 total;
};

void plait_share_init(struct plait_share *share);
void plait_share_set(struct plait_share *share, u32 slot, const struct plait_balance_line *line);
int plait_share_pick(const struct plait_share *share, u32 amount, u32 allowed);
void plait_share_charge(struct plait_share *share, u32 slot, u32 amount);

#endif /* PLAIT_BALANCE_SHARE_H */
