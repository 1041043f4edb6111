// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flow control over several legs: the scheduler `earliest`.
 *
 * It puts together what stands for itself elsewhere: the choice of a leg (sched/earliest.c), models of legs (leg.c, path.c),
 * trust in them (trust.c), the tracker of what is in flight (track/tracker.c), probes (probe.c) and repair (repair.c).
 *
 * Three places where a packet may wait:
 *
 * - the device's own queueing discipline, which can drop, mark and let others overtake. There the
 *   queue belongs, so no packet is taken from it while no leg has room in its window;
 * - the queue of a leg, in the caller. When a slow leg has room, but the next packets would still
 *   arrive earlier by a fast leg whose window is full, they are committed to the fast leg until it
 *   is so far behind that the slow leg wins. This queue so holds what the fast leg carries in the
 *   time by which the slow one is slower. Legs slower than that by more than PLAIT_HORIZON do not
 *   count as having room. When a leg fails, what waits for it is committed anew;
 * - the path itself, no more than its window.
 *
 * What arrives is seen from acknowledgements of the TCP connections that cross the link, wherever these come back. No
 * cooperation of the far end is needed beyond TCP, with selective acknowledgements for the best of it. Other traffic is
 * taken to arrive when the models say so, or when something behind it on the same leg did. While
 * there is nothing but such traffic, what was known of the legs divides it, and nothing is held
 * back, since the knowledge may be old. When nothing was ever known, the weights divide it. A
 * configured rate makes all that unnecessary: the leg is then paced at it.
 *
 * Where far ends report what arrives (legs of UDP), that is known of all traffic, and acknowledgements of TCP are not
 * looked at. Copies are kept of all that is in flight; what is reported missing, and what was in flight of a leg that is
 * used no more, leaves again by another one. Far ends put packets into order, so none is held back for its order.
 *
 * Rules say of some packets by which legs they leave, and that they leave by two (treatment.h): the choice keeps to that.
 * What has no room in the legs of its rule waits for 100 ms of their rate at most.
 *
 * A leg is suspect when a packet of it is overdue, nothing at all of it has been acknowledged for a
 * while, and other legs' packets are being acknowledged (as RACK, RFC 8985, judges packets), or TCP
 * itself sends the packet again. It then carries only copies, until one is reported as a duplicate
 * or a packet of before is acknowledged after all, or the suspicion has aged (trust.c).
 */
#include "../probe.h"
#include "../sched/earliest.h"
#include "../track/reported.h"
#include "choice.h"
#include "upkeep.h"

/* Packets that one report may tell of; the next one tells of the rest. */
#define PLAIT_REPORT_BUDGET 512

static bool plait_engine_full(void *opaque, s64 now)
{
	struct plait_engine *engine = opaque;
	struct plait_legs *legs = &engine->legs;
	struct plait_leg_model *leg;

	plait_engine_begin(engine, now);
	if (legs->trust == PLAIT_TRUST_READY)
		return !plait_earliest_has_use(legs, now);
	if (legs->carrier < 0)
		return false;
	leg = legs->leg[legs->carrier];
	return !plait_leg_has_room(leg, now, leg->committed);
}

static int plait_engine_commit(void *opaque, s64 now, struct plait_offer *packet, int *copy)
{
	struct plait_engine *engine = opaque;
	struct plait_legs *legs = &engine->legs;
	bool tracked;
	int slot;

	plait_engine_begin(engine, now);
	packet->flow = PLAIT_OFFER_NO_FLOW;
	packet->repeated = false;
	packet->copied = false;
	*copy = -1;
	slot = plait_engine_choose(engine, now, packet, &tracked);
	if (slot < 0 || (plait_treatment_keeps(packet->treatment, slot) && plait_leg_is_behind(legs->leg[slot])))
		return -1;
	if (legs->trust < PLAIT_TRUST_READY)
		plait_trust_event(legs, slot, PLAIT_EVENT_CHOSEN);
	legs->leg[slot]->committed += packet->bytes;
	engine->queued |= 1U << slot;
	if (tracked) {
		*copy = plait_probe_copy(&engine->tracker, legs, now, packet, slot);
		packet->copied = *copy >= 0;
	}
	return slot;
}

static int plait_engine_next(void *opaque, s64 now)
{
	struct plait_engine *engine = opaque;
	struct plait_legs *legs = &engine->legs;
	u32 i;

	if (!engine->queued)
		return -1;
	plait_engine_begin(engine, now);
	for (i = 0; i < legs->count; i++) {
		struct plait_leg_model *leg = legs->leg[i];

		if (engine->queued & 1U << i && plait_leg_is_live(leg) && leg->held_until <= now &&
		    plait_leg_has_room(leg, now, 0))
			return i;
	}
	return -1;
}

static s64 plait_engine_again(const void *opaque, s64 now)
{
	const struct plait_engine *engine = opaque;
	const struct plait_legs *legs = &engine->legs;
	s64 again = engine->tracker.expires;
	u32 i;

	for (i = 0; i < legs->count; i++) {
		const struct plait_leg_model *leg = legs->leg[i];
		s64 room = plait_path_room_at(&leg->path, now);

		if (!plait_leg_is_live(leg))
			continue;
		if (room > now && room < again)
			again = room;
		if (leg->held_until > now && leg->held_until < again)
			again = leg->held_until;
		if (plait_leg_is_suspect(leg) && leg->suspicion.until < again)
			again = leg->suspicion.until;
	}
	/* What is left over is done at once, but not in this call. */
	return again > now ? again : now + 1;
}

static u32 plait_engine_pick(void *opaque, u32 packets)
{
	struct plait_engine *engine = opaque;

	return plait_weighted.pick(&engine->fallback, packets);
}

static void plait_engine_withdrawn(void *opaque, u32 slot, u32 bytes)
{
	struct plait_engine *engine = opaque;
	struct plait_leg_model *leg = engine->legs.leg[slot];

	leg->committed -= bytes;
	if (leg->committed)
		return;
	engine->queued &= ~(1U << slot);
	if (!leg->weight)
		plait_legs_remove(&engine->legs, slot);
}

static int plait_engine_stranded(const void *opaque)
{
	const struct plait_engine *engine = opaque;

	return plait_engine_first(engine->queued & engine->legs.excluded);
}

/* Its leg's far end reports: a copy is kept until it is known to have arrived. */
static int plait_engine_sent_reported(struct plait_engine *engine, s64 now, u32 slot,
				      struct plait_offer *packet)
{
	struct plait_tracker *tracker = &engine->tracker;
	struct plait_legs *legs = &engine->legs;
	int second;

	packet->serial = plait_tracker_send_reported(tracker, legs, now, slot, packet->bytes);
	second = packet->treatment && packet->treatment->twice ?
			 plait_engine_choose_second(engine, now, slot, packet) : -1;
	packet->copy = second >= 0 ? second : plait_probe_choose(legs, now, packet, slot);
	/* The second of two shows as much of its leg as any packet; a probe leaves as fast as another leg lets it. */
	if (second >= 0)
		packet->copy_serial = plait_tracker_send_reported(tracker, legs, now, second, packet->bytes);
	else if (packet->copy >= 0)
		packet->copy_serial = plait_tracker_copy_reported(tracker, legs, now, packet->copy,
								  packet->bytes);
	/* It stands in for one that is lost. */
	if (second >= 0 || plait_treatment_forbids(packet->treatment))
		return -1;
	return plait_tracker_keep_reported(tracker, slot, packet->serial);
}

static int plait_engine_sent(void *opaque, s64 now, u32 slot, struct plait_offer *packet)
{
	struct plait_engine *engine = opaque;

	plait_engine_begin(engine, now);
	plait_engine_withdrawn(engine, slot, packet->bytes);
	packet->serial = 0;
	packet->copy = -1;
	if (engine->legs.reporting & 1U << slot)
		return plait_engine_sent_reported(engine, now, slot, packet);
	return plait_tracker_send(&engine->tracker, &engine->legs, now, slot, packet);
}

static bool plait_engine_expects(const void *opaque, const struct plait_header *header)
{
	const struct plait_engine *engine = opaque;

	return plait_tracker_expects(&engine->tracker, header);
}

static bool plait_engine_acked(void *opaque, s64 now, const struct plait_header *header)
{
	struct plait_engine *engine = opaque;
	struct plait_tracker *tracker = &engine->tracker;
	struct plait_legs *legs = &engine->legs;
	struct plait_acked acked;
	u32 silent, i;

	plait_engine_begin(engine, now);
	if (!plait_tracker_acknowledge(tracker, legs, now, header, &acked))
		return false;
	if (header->sacks)
		plait_repair_judge(&engine->repair, tracker, legs, now, &acked);
	if (legs->heard)
		plait_engine_learn(engine, now);
	silent = plait_tracker_silent(tracker, legs, now, acked.flow, header);
	for (i = 0; silent && i < legs->count; i++)
		if (silent & 1U << i)
			plait_trust_suspect(legs, i, now);
	return acked.ours;
}

static void plait_engine_reported(void *opaque, s64 now, u32 slot, const struct plait_arrivals *arrivals)
{
	struct plait_engine *engine = opaque;
	struct plait_legs *legs = &engine->legs;
	s64 at;

	plait_engine_begin(engine, now);
	if (!(legs->reporting & 1U << slot) || arrivals->at > now)
		return;
	engine->tracker.flight.budget = PLAIT_REPORT_BUDGET;
	if (!plait_tracker_reported(&engine->tracker, legs, slot, arrivals, &at))
		return;
	plait_path_reported(&legs->leg[slot]->path, at);
	if (legs->heard)
		plait_engine_learn(engine, at);
}

/* What a leg that reports has lost, or had in flight when it was left. Gives its new leg, or -1. */
static int plait_engine_repair_reported(struct plait_engine *engine, s64 now, struct plait_again *again)
{
	struct plait_tracker *tracker = &engine->tracker;
	struct plait_legs *legs = &engine->legs;
	struct plait_flight_packet *packet = plait_tracker_lost(tracker);
	u32 bytes;
	int slot;

	if (!packet)
		return -1;
	bytes = packet->bytes;
	slot = plait_earliest_choose_repair(legs, now, bytes);
	if (slot < 0)
		slot = legs->carrier;
	if (slot < 0) {
		plait_tracker_remove_lost(tracker, packet);
		return -1;
	}
	legs->leg[packet->slot]->repaired++;
	again->number = plait_tracker_resend(tracker, packet);
	again->serial = plait_tracker_send_reported(tracker, legs, now, slot, bytes);
	return slot;
}

static int plait_engine_repair(void *opaque, s64 now, struct plait_again *again)
{
	struct plait_engine *engine = opaque;
	struct plait_tracker *tracker = &engine->tracker;
	struct plait_flight_packet *packet;
	int slot;

	tracker->flight.budget = PLAIT_FLIGHT_BUDGET;
	if (engine->legs.reporting)
		return plait_engine_repair_reported(engine, now, again);
	if (!engine->repair.count)
		return -1;
	packet = plait_repair_next(&engine->repair, tracker);
	if (!packet)
		return -1;
	slot = plait_earliest_choose_repair(&engine->legs, now, packet->bytes);
	if (slot >= 0)
		*again = (struct plait_again){
			.number = plait_repair_send(tracker, &engine->legs, now, slot, packet),
		};
	return slot;
}

static int plait_engine_released(void *opaque)
{
	struct plait_engine *engine = opaque;

	return plait_copies_released(&engine->tracker.copies);
}

static void plait_engine_init(void *opaque, u64 seed)
{
	struct plait_engine *engine = opaque;

	plait_tracker_init(&engine->tracker, seed);
	plait_repair_init(&engine->repair);
	plait_weighted.init(&engine->fallback, seed);
	plait_legs_init(&engine->legs);
	engine->queued = 0;
}

static void plait_engine_end(void *opaque)
{
	struct plait_engine *engine = opaque;

	plait_legs_end(&engine->legs);
	plait_tracker_end(&engine->tracker);
}

/* A leg is used or not. */
static void plait_engine_set_live(struct plait_engine *engine, u32 slot, bool live)
{
	struct plait_legs *legs = &engine->legs;

	if (plait_leg_is_live(legs->leg[slot]) != live)
		plait_engine_forget(engine, slot);
	plait_trust_event(legs, slot, live ? PLAIT_EVENT_UP : PLAIT_EVENT_DOWN);
}

/* A leg is gone. What waits for it is moved elsewhere, and remembered until then. */
static void plait_engine_remove_leg(struct plait_engine *engine, u32 slot)
{
	struct plait_legs *legs = &engine->legs;
	struct plait_leg_model *leg = legs->leg[slot];
	u32 committed = leg->committed;

	if (!plait_legs_has(legs, slot))
		return;
	plait_engine_set_live(engine, slot, false);
	legs->reporting &= ~(1U << slot);
	*leg = (struct plait_leg_model){ .committed = committed };
	plait_path_init(&leg->path);
	if (!committed)
		plait_legs_remove(legs, slot);
	while (legs->count && !legs->leg[legs->count - 1]->weight)
		legs->count--;
	plait_trust_update(legs);
}

static bool plait_engine_set(void *opaque, u32 slot, const struct plait_leg_line *line)
{
	struct plait_engine *engine = opaque;
	struct plait_legs *legs = &engine->legs;

	if (line && !plait_legs_has(legs, slot) && !plait_legs_add(legs, slot))
		return false;
	plait_weighted.set(&engine->fallback, slot, line);
	if (!line) {
		plait_engine_remove_leg(engine, slot);
		return true;
	}
	legs->leg[slot]->weight = line->weight;
	legs->reporting = (legs->reporting & ~(1U << slot)) | (u32)line->reports << slot;
	if (slot >= legs->count)
		legs->count = slot + 1;
	plait_engine_set_live(engine, slot, line->live);
	plait_trust_update(legs);
	return true;
}

static void plait_engine_set_rate(void *opaque, u32 slot, s64 rate)
{
	struct plait_engine *engine = opaque;

	if (!plait_legs_has(&engine->legs, slot))
		return;
	plait_path_set_rate(&engine->legs.leg[slot]->path, rate);
	plait_trust_learned(&engine->legs, slot);
}

static void plait_engine_report(const void *opaque, u32 slot, struct plait_leg_report *report)
{
	const struct plait_engine *engine = opaque;
	const struct plait_leg_model *leg = engine->legs.leg[slot];

	report->rate = leg->path.rate;
	report->delay = leg->path.delay;
	report->in_flight = leg->path.in_flight;
	report->suspect = plait_leg_is_suspect(leg);
	report->lossy = leg->losses.lossy;
	report->repaired = leg->repaired;
}

static const struct plait_flow_control plait_engine_control = {
	.set_rate = plait_engine_set_rate,
	.full = plait_engine_full,
	.commit = plait_engine_commit,
	.next = plait_engine_next,
	.again = plait_engine_again,
	.sent = plait_engine_sent,
	.withdrawn = plait_engine_withdrawn,
	.stranded = plait_engine_stranded,
	.expects = plait_engine_expects,
	.acked = plait_engine_acked,
	.reported = plait_engine_reported,
	.repair = plait_engine_repair,
	.released = plait_engine_released,
	.report = plait_engine_report,
	.trim = plait_engine_trim,
};

const struct plait_scheduler plait_earliest = {
	.name = "earliest",
	.state_size = sizeof(struct plait_engine),
	.init = plait_engine_init,
	.end = plait_engine_end,
	.set = plait_engine_set,
	.pick = plait_engine_pick,
	.control = &plait_engine_control,
};
