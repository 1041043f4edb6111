// SPDX-License-Identifier: GPL-2.0-only
/* The model of a leg: a path, what it loses, and what its queue does. It learns from feedback only. */
#include "leg.h"

/* Beyond the time at which a packet was due. */
#define PLAIT_OVERDUE_MIN (60 * PLAIT_MS)

/* What may wait for a leg of packets that may leave by no other: of its rate; at least; and while its rate is not known. */
#define PLAIT_BEHIND_TIME (100 * PLAIT_MS)
#define PLAIT_BEHIND_PACKETS 2
#define PLAIT_BEHIND_BYTES 65536

/**
 * plait_legs_init() - there is no leg
 * @legs: any memory
 */
void plait_legs_init(struct plait_legs *legs)
{
	u32 i;

	*legs = (struct plait_legs){ .carrier = -1, .excluded = ~0U };
	plait_path_init(&legs->none.path);
	for (i = 0; i < PLAIT_SLOTS; i++)
		legs->leg[i] = &legs->none;
}

/**
 * plait_legs_add() - make room for a leg, of which nothing is known
 * @legs: all legs
 * @slot: a slot without memory for one
 *
 * Return: false when there is no memory.
 */
bool plait_legs_add(struct plait_legs *legs, u32 slot)
{
	struct plait_leg_model *leg = plait_alloc(sizeof(*leg));

	if (!leg)
		return false;
	plait_path_init(&leg->path);
	legs->leg[slot] = leg;
	return true;
}

/**
 * plait_legs_remove() - give the memory of a leg back
 * @legs: all legs
 * @slot: its slot; it is dead, nothing waits for it, and nothing of it counts any more
 */
void plait_legs_remove(struct plait_legs *legs, u32 slot)
{
	if (!plait_legs_has(legs, slot))
		return;
	plait_free(legs->leg[slot]);
	legs->leg[slot] = &legs->none;
}

/**
 * plait_legs_end() - give all memory back
 * @legs: all legs, which are not used any more
 */
void plait_legs_end(struct plait_legs *legs)
{
	u32 i;

	for (i = 0; i < PLAIT_SLOTS; i++)
		plait_legs_remove(legs, i);
}

/**
 * plait_leg_reset() - a leg begins anew; nothing of it is in flight
 * @leg: the leg
 */
void plait_leg_reset(struct plait_leg_model *leg)
{
	plait_path_restart(&leg->path);
	leg->tracked = 0;
	leg->held_until = 0;
	leg->probe = (struct plait_probe){ 0 };
	leg->losses = (struct plait_losses){ 0 };
}

static void plait_leg_arrived(struct plait_leg_model *leg, const struct plait_feedback *feedback)
{
	if (feedback->news == PLAIT_NEWS_EXACT)
		plait_losses_arrived(&leg->losses);
	plait_path_deliver(&leg->path, feedback->at, feedback->shot, feedback->bytes, feedback->news);
	leg->tracked--;
	if (!feedback->own)
		return;
	leg->heard = feedback->at;
	leg->probe.unanswered = 0;
}

/**
 * plait_leg_hear() - something is known of a packet that left by a leg
 * @legs: all legs
 * @slot: the leg
 * @feedback: what is known
 */
void plait_leg_hear(struct plait_legs *legs, u32 slot, const struct plait_feedback *feedback)
{
	struct plait_leg_model *leg = legs->leg[slot];

	switch (feedback->outcome) {
	case PLAIT_ARRIVED:
		plait_leg_arrived(leg, feedback);
		legs->heard |= 1U << slot;
		break;
	case PLAIT_GONE:
	case PLAIT_UNANSWERED:
		leg->probe.unanswered += feedback->outcome == PLAIT_UNANSWERED;
		plait_path_lose(&leg->path, feedback->bytes);
		leg->tracked--;
		break;
	case PLAIT_LOST:
		plait_losses_lost(&leg->losses);
		break;
	case PLAIT_LATE:
		plait_losses_late(&leg->losses);
		break;
	}
}

/**
 * plait_leg_margin() - by how much something of a leg may be late before that means something
 * @leg: the leg
 *
 * Return: ns.
 */
s64 plait_leg_margin(const struct plait_leg_model *leg)
{
	s64 own = 3 * plait_path_time(&leg->path, PLAIT_FULL_PACKET);
	s64 margin = own > PLAIT_OVERDUE_MIN ? own : PLAIT_OVERDUE_MIN;

	return leg->path.delay / 2 > margin ? leg->path.delay / 2 : margin;
}

/**
 * plait_leg_arrival() - how long a packet would take that is committed now
 * @leg: a leg that is known
 * @now: ns
 * @bytes: its length
 *
 * Return: ns until it is acknowledged.
 */
s64 plait_leg_arrival(const struct plait_leg_model *leg, s64 now, u32 bytes)
{
	s64 arrival = plait_path_arrival(&leg->path, now, leg->committed, bytes);

	return leg->held_until > now ? arrival + leg->held_until - now : arrival;
}

/**
 * plait_leg_is_behind() - does so much wait for a leg that packets which may leave by no other are dropped?
 * @leg: the leg
 *
 * There is no back-pressure for them, as the other legs have room. A queue as long as TCP needs to fill the leg, and no
 * longer: what is pinned to a line of its own is mostly telephony.
 *
 * Return: true when it does.
 */
bool plait_leg_is_behind(const struct plait_leg_model *leg)
{
	if (!leg->path.cost)
		return leg->committed >= PLAIT_BEHIND_BYTES;
	return leg->committed >= PLAIT_BEHIND_PACKETS * PLAIT_FULL_PACKET &&
	       plait_path_time(&leg->path, leg->committed) > PLAIT_BEHIND_TIME;
}

/* Without anything to be acknowledged the window means nothing. */
static bool plait_leg_is_blind(const struct plait_leg_model *leg, s64 now)
{
	return !leg->path.configured && !leg->tracked &&
	       (!leg->path.rate || now - leg->heard > PLAIT_S);
}

/**
 * plait_leg_has_room() - may one more packet leave?
 * @leg: the leg
 * @now: ns
 * @ahead: bytes that wait before it
 *
 * Return: true when it may.
 */
bool plait_leg_has_room(struct plait_leg_model *leg, s64 now, u32 ahead)
{
	return plait_leg_is_blind(leg, now) || plait_path_has_room(&leg->path, now, ahead);
}
