// SPDX-License-Identifier: GPL-2.0-only
/* See liveness.h. */
#include "liveness.h"

enum plait_liveness_event {
	PLAIT_LIVENESS_USABLE,
	PLAIT_LIVENESS_UNUSABLE,
	PLAIT_LIVENESS_ANSWERED,
	PLAIT_LIVENESS_UNANSWERED,
	PLAIT_LIVENESS_GIVEN_UP,
	PLAIT_LIVENESS_EVENTS,
};

#define DOWN PLAIT_LIVENESS_DOWN
#define PROBING PLAIT_LIVENESS_PROBING
#define LIVE PLAIT_LIVENESS_LIVE
#define SILENT PLAIT_LIVENESS_SILENT
#define DEAD PLAIT_LIVENESS_DEAD

static const enum plait_liveness_state
plait_liveness_next[PLAIT_LIVENESS_STATES][PLAIT_LIVENESS_EVENTS] = {
	/*		USABLE	 UNUSABLE ANSWERED UNANSWERED GIVEN_UP */
	[DOWN] =	{ PROBING, DOWN,  DOWN,	   DOWN,      DOWN },
	[PROBING] =	{ PROBING, DOWN,  LIVE,	   PROBING,   PROBING },
	[LIVE] =	{ LIVE,	   DOWN,  LIVE,	   SILENT,    LIVE },
	[SILENT] =	{ SILENT,  DOWN,  LIVE,	   SILENT,    DEAD },
	[DEAD] =	{ DEAD,	   DOWN,  LIVE,	   DEAD,      DEAD },
};

#undef DOWN
#undef PROBING
#undef LIVE
#undef SILENT
#undef DEAD

/* A leg that is probed for the first time: 0, 0.1, 0.3, 0.7, 1.5 s, then every 2 s. */
#define PLAIT_PROBE_FIRST (100 * PLAIT_MS)

static void plait_liveness_happens(struct plait_liveness *liveness, s64 now,
				   enum plait_liveness_event event)
{
	enum plait_liveness_state next = plait_liveness_next[liveness->state][event];

	if (next == liveness->state)
		return;
	liveness->state = next;
	liveness->since = now;
	liveness->asked = 0;
	liveness->probe_at = next == PLAIT_LIVENESS_LIVE ? now + liveness->keepalive : now;
}

void plait_liveness_usable(struct plait_liveness *liveness, s64 now, bool usable)
{
	plait_liveness_happens(liveness, now, usable ? PLAIT_LIVENESS_USABLE :
						       PLAIT_LIVENESS_UNUSABLE);
}

void plait_liveness_answered(struct plait_liveness *liveness, s64 now)
{
	plait_liveness_happens(liveness, now, PLAIT_LIVENESS_ANSWERED);
	liveness->asked = 0;
	if (liveness->state == PLAIT_LIVENESS_LIVE)
		liveness->probe_at = now + liveness->keepalive;
}

void plait_liveness_overdue(struct plait_liveness *liveness, s64 now)
{
	plait_liveness_happens(liveness, now, PLAIT_LIVENESS_UNANSWERED);
}

void plait_liveness_doubt(struct plait_liveness *liveness, s64 now)
{
	if (liveness->state == PLAIT_LIVENESS_LIVE && !liveness->asked && liveness->probe_at > now)
		liveness->probe_at = now;
}

s64 plait_patience(s64 rtt)
{
	s64 patience = rtt + PLAIT_PATIENCE_SLACK;

	if (rtt < 0)
		return PLAIT_PATIENCE_UNKNOWN;
	return patience < PLAIT_PATIENCE_MIN ? PLAIT_PATIENCE_MIN : patience;
}

/* How long the answer to a probe is waited for before the next one. */
static s64 plait_liveness_wait(const struct plait_liveness *liveness, s64 rtt, bool busy)
{
	s64 wait = PLAIT_PROBE_FIRST << (liveness->asked < 5 ? liveness->asked : 5);

	switch (liveness->state) {
	case PLAIT_LIVENESS_LIVE:
		return plait_patience(rtt);
	case PLAIT_LIVENESS_SILENT:
		return PLAIT_SILENT_PROBE;
	case PLAIT_LIVENESS_PROBING:
		return wait < PLAIT_DEAD_PROBE ? wait : PLAIT_DEAD_PROBE;
	default:
		return busy && liveness->keepalive <= PLAIT_UNMETERED_KEEPALIVE ?
			       PLAIT_DEAD_PROBE_BUSY :
			       PLAIT_DEAD_PROBE;
	}
}

bool plait_liveness_due(struct plait_liveness *liveness, s64 now, s64 rtt, bool busy)
{
	if (liveness->state == PLAIT_LIVENESS_DOWN || now < liveness->probe_at)
		return false;
	if (liveness->state == PLAIT_LIVENESS_LIVE && liveness->asked >= PLAIT_PROBES_UNANSWERED)
		plait_liveness_happens(liveness, now, PLAIT_LIVENESS_UNANSWERED);
	else if (liveness->state == PLAIT_LIVENESS_SILENT &&
		 now - liveness->since >= PLAIT_DEAD_AFTER)
		plait_liveness_happens(liveness, now, PLAIT_LIVENESS_GIVEN_UP);
	liveness->probe_at = now + plait_liveness_wait(liveness, rtt, busy);
	liveness->asked++;
	return true;
}

s64 plait_liveness_again(const struct plait_liveness *liveness)
{
	return liveness->state == PLAIT_LIVENESS_DOWN ? PLAIT_NEVER : liveness->probe_at;
}
