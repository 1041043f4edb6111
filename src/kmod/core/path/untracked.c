// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that nobody acknowledges, or that there was no memory to remember: they count as in flight until the model of
 * the path says that they have arrived, or something arrives that left behind them. No packet has a record: bytes are
 * counted, and for up to PLAIT_UNTRACKED_MARKS points in time it is remembered how many had left by then.
 */
#include "untracked.h"

/* A mark stands for what leaves within this part of the time that it is in flight, and at least that. */
#define PLAIT_UNTRACKED_PART 4
#define PLAIT_UNTRACKED_LEAST PLAIT_MS

static struct plait_untracked_mark *plait_untracked_at(struct plait_untracked *untracked, u32 place)
{
	return &untracked->mark[(untracked->first + place) % PLAIT_UNTRACKED_MARKS];
}

static bool plait_untracked_joins(const struct plait_untracked *untracked,
				  const struct plait_untracked_mark *last, s64 now, s64 until)
{
	s64 apart = (until - now) / PLAIT_UNTRACKED_PART;

	if (apart < PLAIT_UNTRACKED_LEAST)
		apart = PLAIT_UNTRACKED_LEAST;
	return untracked->marks == PLAIT_UNTRACKED_MARKS || now - last->began < apart;
}

/**
 * plait_untracked_send() - a packet leaves
 * @untracked: those of its path
 * @now: ns
 * @bytes: its length
 * @until: when it is expected to have arrived
 */
void plait_untracked_send(struct plait_untracked *untracked, s64 now, u32 bytes, s64 until)
{
	struct plait_untracked_mark *last = NULL;

	untracked->sent += bytes;
	if (untracked->marks)
		last = plait_untracked_at(untracked, untracked->marks - 1);
	if (!last || !plait_untracked_joins(untracked, last, now, until)) {
		last = plait_untracked_at(untracked, untracked->marks++);
		last->began = now;
	}
	last->sent = untracked->sent;
	last->until = until;
}

/**
 * plait_untracked_pass() - all that left before some point has arrived
 * @untracked: those of a path
 * @sent: &plait_untracked.sent at that point
 *
 * Return: bytes that had not been known to have arrived.
 */
u32 plait_untracked_pass(struct plait_untracked *untracked, u32 sent)
{
	u32 newly = sent - untracked->arrived;

	/* More than what is in flight: it was passed before. */
	if (newly > untracked->sent - untracked->arrived)
		return 0;
	untracked->arrived = sent;
	return newly;
}

/**
 * plait_untracked_settle() - what is expected to have arrived has
 * @untracked: those of a path
 * @now: ns
 * @at: gets when the last of it did
 *
 * Return: bytes that had not been known to have arrived.
 */
u32 plait_untracked_settle(struct plait_untracked *untracked, s64 now, s64 *at)
{
	u32 newly = 0;

	while (untracked->marks && plait_untracked_at(untracked, 0)->until <= now) {
		const struct plait_untracked_mark *mark = plait_untracked_at(untracked, 0);

		newly += plait_untracked_pass(untracked, mark->sent);
		*at = mark->until;
		untracked->first = (untracked->first + 1) % PLAIT_UNTRACKED_MARKS;
		untracked->marks--;
	}
	return newly;
}

/**
 * plait_untracked_next() - when will plait_untracked_settle() have something to do?
 * @untracked: those of a path
 *
 * Return: ns; PLAIT_NEVER when nothing is in flight.
 */
s64 plait_untracked_next(const struct plait_untracked *untracked)
{
	return untracked->marks ? untracked->mark[untracked->first].until : PLAIT_NEVER;
}
