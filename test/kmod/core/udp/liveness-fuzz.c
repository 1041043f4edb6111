// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of the liveness of a UDP leg: any sequence of what happens to one, in simulated time, against what liveness.h promises
 * and a model of its states.
 */
#include <stdint.h>
#include <string.h>

#include "udp/liveness.h"
#include "../promise.h"

struct world {
	struct plait_liveness leg;
	s64 now;
	s64 rtt;
	bool busy;
	/* When it became usable, was last answered, and sent its last probe; -1: never. */
	s64 usable_at;
	s64 answered_at;
	s64 probed_at;
	u32 probes;
};

static void check(const struct world *world)
{
	const struct plait_liveness *leg = &world->leg;

	promise(leg->state < PLAIT_LIVENESS_STATES);
	promise((leg->state == PLAIT_LIVENESS_DOWN) == (world->usable_at < 0));
	promise(leg->state != PLAIT_LIVENESS_LIVE || world->answered_at >= world->usable_at);
	/* It stays silent no longer than it may, once it is looked at; and is asked again, however it is. */
	promise(leg->state == PLAIT_LIVENESS_DOWN ? plait_liveness_again(leg) == PLAIT_NEVER :
						    plait_liveness_again(leg) < PLAIT_NEVER);
}

/* Looks at it at the time that it asks for, as the timer does. */
static void due(struct world *world)
{
	struct plait_liveness *leg = &world->leg;
	enum plait_liveness_state before = leg->state;
	s64 again = plait_liveness_again(leg), since = leg->since;
	bool probe = plait_liveness_due(leg, world->now, world->rtt, world->busy);

	promise(probe == (before != PLAIT_LIVENESS_DOWN && world->now >= again));
	if (!probe) {
		promise(leg->state == before);
		return;
	}
	/* No storm: the next one is a while away. */
	promise(plait_liveness_again(leg) >= world->now + PLAIT_PATIENCE_MIN);
	world->probes++;
	if (before == PLAIT_LIVENESS_LIVE)
		promise((leg->state == PLAIT_LIVENESS_SILENT) == (world->probes > PLAIT_PROBES_UNANSWERED));
	if (before == PLAIT_LIVENESS_SILENT)
		promise((leg->state == PLAIT_LIVENESS_DEAD) == (world->now - since >= PLAIT_DEAD_AFTER));
	if (leg->state == PLAIT_LIVENESS_DEAD)
		promise(plait_liveness_again(leg) - world->now ==
			(world->busy && leg->keepalive <= 2 * PLAIT_S ? 200 * PLAIT_MS : 2 * PLAIT_S));
	if (leg->state != before)
		world->probes = 1;
	world->probed_at = world->now;
}

static void usable(struct world *world, bool can)
{
	bool was = world->usable_at >= 0;

	plait_liveness_usable(&world->leg, world->now, can);
	if (can && !was) {
		world->usable_at = world->now;
		world->probes = 0;
		/* It is tried at once. */
		promise(world->leg.state == PLAIT_LIVENESS_PROBING);
		promise(plait_liveness_again(&world->leg) == world->now);
	}
	if (!can)
		world->usable_at = -1;
}

static void answered(struct world *world)
{
	plait_liveness_answered(&world->leg, world->now);
	if (world->usable_at < 0)
		return;
	world->answered_at = world->now;
	world->probes = 0;
	/* Whatever it was: one answer, and it is back. */
	promise(world->leg.state == PLAIT_LIVENESS_LIVE);
	promise(plait_liveness_again(&world->leg) == world->now + world->leg.keepalive);
}

static void overdue(struct world *world)
{
	bool live = world->leg.state == PLAIT_LIVENESS_LIVE;

	plait_liveness_overdue(&world->leg, world->now);
	if (!live)
		return;
	world->probes = 0;
	promise(world->leg.state == PLAIT_LIVENESS_SILENT);
	promise(plait_liveness_again(&world->leg) == world->now);
}

/* One that is live is asked at once, unless it has been asked already; nothing else changes. */
static void doubt(struct world *world)
{
	struct plait_liveness before = world->leg;
	bool asks = before.state == PLAIT_LIVENESS_LIVE && !world->probes && before.probe_at > world->now;

	plait_liveness_doubt(&world->leg, world->now);
	promise(world->leg.state == before.state && world->leg.asked == before.asked);
	promise(plait_liveness_again(&world->leg) == (asks ? world->now : plait_liveness_again(&before)));
}

/* Nobody answers any more: how long until it is called silent, and dead. */
static void nobody_answers(struct world *world)
{
	/* The longest that there is here: the round trip may have been another when a probe left. */
	s64 began = world->now, patience = plait_patience(255 * 2 * PLAIT_MS);
	u32 looks;

	if (world->leg.state != PLAIT_LIVENESS_LIVE)
		return;
	for (looks = 0; world->leg.state == PLAIT_LIVENESS_LIVE; looks++) {
		promise(looks <= PLAIT_PROBES_UNANSWERED);
		world->now = plait_liveness_again(&world->leg) > world->now ?
				     plait_liveness_again(&world->leg) :
				     world->now;
		due(world);
	}
	promise(world->now - began <= world->leg.keepalive + PLAIT_PROBES_UNANSWERED * patience);
	began = world->now;
	while (world->leg.state == PLAIT_LIVENESS_SILENT) {
		world->now = plait_liveness_again(&world->leg);
		due(world);
	}
	promise(world->now - began >= PLAIT_DEAD_AFTER);
	promise(world->now - began <= PLAIT_DEAD_AFTER + PLAIT_SILENT_PROBE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = { .now = 1, .rtt = -1, .usable_at = -1, .answered_at = -1 };
	size_t i;

	world.leg.keepalive = (200 + (size ? data[0] : 0) * 100) * PLAIT_MS;
	for (i = 1; i + 1 < size; i += 2) {
		world.now += data[i + 1] * (data[i] & 0x80 ? 40 * PLAIT_MS : PLAIT_MS / 4);
		switch (data[i] % 8) {
		case 0:
			usable(&world, true);
			break;
		case 1:
			usable(&world, data[i] & 0x40);
			break;
		case 2:
			answered(&world);
			break;
		case 3:
			overdue(&world);
			break;
		case 4:
			world.busy = data[i] & 0x20;
			world.rtt = data[i] & 0x40 ? (s64)data[i + 1] * 2 * PLAIT_MS : -1;
			break;
		case 5:
			nobody_answers(&world);
			break;
		case 6:
			doubt(&world);
			break;
		default:
			due(&world);
			break;
		}
		check(&world);
	}
	return 0;
}
