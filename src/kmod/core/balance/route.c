// SPDX-License-Identifier: GPL-2.0-only
/*
 * A destination takes the next uplink by weight when it is first seen, and keeps it while it is in use.
 *
 * Sessions that began while the destination had another uplink stay where they are.
 */
#include "destination.h"
#include "share.h"

/* Ticks that a destination is remembered unused: 300 s, as Linux's route cache had it (gc_timeout). */
#define PLAIT_ROUTE_LIFETIME 286102

/**
 * struct plait_route - state of the strategy
 * @share: destinations by weight
 * @known: the destinations
 * @slot: the uplink of each
 */
struct plait_route {
	struct plait_share share;
	struct plait_destinations known;
	u8 slot[PLAIT_DESTINATIONS];
};

static void plait_route_init(void *opaque, u32 seed)
{
	struct plait_route *state = opaque;

	plait_share_init(&state->share);
	plait_destinations_init(&state->known, PLAIT_ROUTE_LIFETIME, seed);
}

static void plait_route_set(void *opaque, u32 slot, const struct plait_balance_line *line)
{
	struct plait_route *state = opaque;
	u32 i;

	plait_share_set(&state->share, slot, line);
	if (line)
		return;
	for (i = 0; i < PLAIT_DESTINATIONS; i++)
		if (state->slot[i] == slot)
			state->known.entry[i].valid = false;
}

static int plait_route_pick(void *opaque, const struct plait_balance_packet *packet, u32 allowed)
{
	struct plait_route *state = opaque;
	int index = plait_destination_find(&state->known, packet->peer, 0, packet->now);

	if (index >= 0 && allowed & 1u << state->slot[index])
		return state->slot[index];
	return plait_share_pick(&state->share, 1, allowed);
}

static void plait_route_assigned(void *opaque, u32 slot, const struct plait_balance_packet *packet)
{
	struct plait_route *state = opaque;
	int index = plait_destination_find(&state->known, packet->peer, 0, packet->now);

	if (index >= 0 && state->slot[index] == slot)
		return;
	if (index < 0)
		index = (int)plait_destination_claim(&state->known, packet->peer, 0, packet->now);
	state->slot[index] = (u8)slot;
	plait_share_charge(&state->share, slot, 1);
}

static void plait_route_passed(void *opaque, u32 slot, const struct plait_balance_packet *packet)
{
	struct plait_route *state = opaque;
	int index = plait_destination_find(&state->known, packet->peer, 0, packet->now);

	if (index >= 0 && state->slot[index] == slot)
		state->known.entry[index].used = packet->now;
}

const struct plait_balance_strategy plait_balance_route = {
	.name = "route",
	.state_size = sizeof(struct plait_route),
	.init = plait_route_init,
	.set = plait_route_set,
	.pick = plait_route_pick,
	.assigned = plait_route_assigned,
	.passed = plait_route_passed,
};
