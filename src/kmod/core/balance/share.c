// SPDX-License-Identifier: GPL-2.0-only
/*
 * Smooth weighted round robin whose charge is apart from its choice.
 *
 * With each amount that somebody takes, every live slot earns its weight times the amount, and the one
 * that took it pays the sum of the weights times the amount. The slot with the most credit is the one
 * that is farthest behind its share. The legs of a plaited link have no use for the distinction
 * (../weighted.c); here sessions that must stay where they are take amounts that nobody chose, and the
 * others make up for it.
 */
#include "share.h"

/**
 * plait_share_init() - begin without slots
 * @share: any memory
 */
void plait_share_init(struct plait_share *share)
{
	u32 i;

	for (i = 0; i < PLAIT_BALANCE_SLOTS; i++) {
		share->credit[i] = 0;
		share->weight[i] = 0;
	}
	share->slots = 0;
	share->total = 0;
}

/* Makes the mean 0, so that a slot that begins, with 0, is neither ahead nor behind. */
static void plait_share_center(struct plait_share *share)
{
	s64 sum = 0;
	u32 live = 0;
	u32 i;

	for (i = 0; i < share->slots; i++) {
		if (!share->weight[i])
			continue;
		sum += share->credit[i];
		live++;
	}
	for (i = 0; i < share->slots && live; i++)
		if (share->weight[i])
			share->credit[i] -= plait_div_s64(sum, live);
}

/* Credit is in units of an amount divided by the sum of the weights: a new sum is a new unit. */
static void plait_share_rescale(struct plait_share *share, u32 total)
{
	u32 i;

	for (i = 0; i < share->slots && share->total; i++)
		share->credit[i] = plait_div_s64(share->credit[i] * (s64)total, share->total);
	share->total = total;
}

/**
 * plait_share_set() - say what a slot is from now on
 * @share: the shares
 * @slot: which
 * @line: its uplink, NULL when it has none
 */
void plait_share_set(struct plait_share *share, u32 slot, const struct plait_balance_line *line)
{
	u32 weight = line && line->live ? line->weight : 0;

	if (share->weight[slot] == weight)
		return;
	if (slot >= share->slots)
		share->slots = slot + 1;
	if (!weight || !share->weight[slot])
		share->credit[slot] = 0;
	plait_share_rescale(share, share->total - share->weight[slot] + weight);
	share->weight[slot] = weight;
	plait_share_center(share);
}

/**
 * plait_share_pick() - who is to take an amount next
 * @share: the shares
 * @amount: the amount
 * @allowed: bits of the slots to choose from
 *
 * Return: a slot that is allowed and live, the first one among equals; -1 when there is none.
 */
int plait_share_pick(const struct plait_share *share, u32 amount, u32 allowed)
{
	s64 most = 0;
	int best = -1;
	u32 i;

	for (i = 0; i < share->slots; i++) {
		s64 credit = share->credit[i] + (s64)share->weight[i] * amount;

		if (!share->weight[i] || !(allowed & 1u << i))
			continue;
		if (best < 0 || credit > most) {
			most = credit;
			best = (int)i;
		}
	}
	return best;
}

/**
 * plait_share_charge() - somebody took an amount
 * @share: the shares
 * @slot: who; nothing happens when it is not live
 * @amount: how much, counted as PLAIT_SHARE_SPAN when more
 */
void plait_share_charge(struct plait_share *share, u32 slot, u32 amount)
{
	s64 bound = (s64)share->total * PLAIT_SHARE_SPAN;
	u32 i;

	if (!share->weight[slot])
		return;
	if (amount > PLAIT_SHARE_SPAN)
		amount = PLAIT_SHARE_SPAN;
	share->credit[slot] -= (s64)share->total * amount;
	for (i = 0; i < share->slots; i++) {
		s64 *credit = &share->credit[i];

		*credit += (s64)share->weight[i] * amount;
		if (*credit > bound)
			*credit = bound;
		if (*credit < -bound)
			*credit = -bound;
	}
}
