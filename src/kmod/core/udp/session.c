// SPDX-License-Identifier: GPL-2.0-only
/*
 * When a handshake is begun, which keys are used, and until when: a table of states and transitions, and the times of its
 * events.
 *
 * Both ends may ask at once. Then both handshakes are finished, and both ends know both pairs of keys. They have to use the
 * same one, since reports tell of counters, which each pair has of its own: see plait_session_keeps().
 */
#include "session.h"

/**
 * enum plait_session_event - what changes the state of a session
 * @PLAIT_SESSION_EVENT_MAY: we know an address of the far end
 * @PLAIT_SESSION_EVENT_MAY_NOT: we do not any more
 * @PLAIT_SESSION_EVENT_KEYED: there are new keys
 * @PLAIT_SESSION_EVENT_STALE: newer keys are wanted, and we may ask for them
 * @PLAIT_SESSION_EVENT_LOST: the keys are of no use any more
 * @PLAIT_SESSION_EVENTS: how many there are
 */
enum plait_session_event {
	PLAIT_SESSION_EVENT_MAY,
	PLAIT_SESSION_EVENT_MAY_NOT,
	PLAIT_SESSION_EVENT_KEYED,
	PLAIT_SESSION_EVENT_STALE,
	PLAIT_SESSION_EVENT_LOST,
	PLAIT_SESSION_EVENTS,
};

#define IDLE PLAIT_SESSION_IDLE
#define ASKING PLAIT_SESSION_ASKING
#define UP PLAIT_SESSION_UP
#define REKEYING PLAIT_SESSION_REKEYING

/* The state that follows, by state and event. Who is idle and may ask, does: see plait_session_event(). */
static const u8 plait_session_table[PLAIT_SESSION_STATES][PLAIT_SESSION_EVENTS] = {
	/*		 MAY	   MAY_NOT  KEYED  STALE     LOST */
	[IDLE] =	{ ASKING,   IDLE,    UP,    IDLE,     IDLE },
	[ASKING] =	{ ASKING,   IDLE,    UP,    ASKING,   ASKING },
	[UP] =		{ UP,	    UP,	     UP,    REKEYING, IDLE },
	[REKEYING] =	{ REKEYING, UP,	     UP,    REKEYING, ASKING },
};

static bool plait_session_has_keys(const struct plait_session *session)
{
	return session->state == UP || session->state == REKEYING;
}

static bool plait_session_asks(const struct plait_session *session)
{
	return session->state == ASKING || session->state == REKEYING;
}

#undef IDLE
#undef ASKING
#undef UP
#undef REKEYING

static s64 plait_later(s64 a, s64 b)
{
	return a > b ? a : b;
}

static s64 plait_earlier(s64 a, s64 b)
{
	return a < b ? a : b;
}

/* From 0 to @most, by chance (xorshift32, Marsaglia 2003), in steps of 1/2^16. */
static s64 plait_session_jitter(struct plait_session *session, s64 most)
{
	session->random ^= session->random << 13;
	session->random ^= session->random >> 17;
	session->random ^= session->random << 5;
	return (most >> 16) * (session->random >> 16);
}

/* Nothing that happens has an INIT follow the one before it too soon, or new keys. */
static void plait_session_begin_asking(struct plait_session *session, s64 now)
{
	session->tries = 0;
	session->retry_at = plait_later(now, session->asked_at + PLAIT_INIT_RETRY_MIN);
	session->retry_at = plait_later(session->retry_at, session->made + PLAIT_INIT_RETRY_MAX);
	session->lost_since = plait_earlier(session->lost_since, now);
}

/* The only place where the state changes. */
static void plait_session_step(struct plait_session *session, s64 now,
			       enum plait_session_event event)
{
	bool asked = plait_session_asks(session);

	session->state = plait_session_table[session->state][event];
	if (!asked && plait_session_asks(session))
		plait_session_begin_asking(session, now);
}

static void plait_session_event(struct plait_session *session, s64 now,
				enum plait_session_event event)
{
	plait_session_step(session, now, event);
	if (session->initiates)
		plait_session_step(session, now, PLAIT_SESSION_EVENT_MAY);
}

void plait_session_init(struct plait_session *session, u32 seed,
			const u8 freshness_floor[PLAIT_FRESHNESS_LENGTH])
{
	memset(session, 0, sizeof(*session));
	memcpy(session->freshness_floor, freshness_floor, PLAIT_FRESHNESS_LENGTH);
	/* So long ago that nothing waits for them. */
	session->made = -PLAIT_REJECT_AFTER_TIME;
	session->asked_at = -PLAIT_INIT_RETRY_MAX;
	session->lost_since = PLAIT_NEVER;
	/* The generator would stay at 0. */
	session->random = seed ? seed : 1;
}

void plait_session_prefer_own(struct plait_session *session, bool own)
{
	session->prefers_own = own;
}

void plait_session_may_initiate(struct plait_session *session, s64 now, bool may)
{
	session->initiates = may;
	plait_session_event(session, now, may ? PLAIT_SESSION_EVENT_MAY : PLAIT_SESSION_EVENT_MAY_NOT);
	/* With keys, and nobody to ask for newer ones, nothing is missing. */
	if (session->state == PLAIT_SESSION_UP)
		session->lost_since = PLAIT_NEVER;
}

/* --- Freshness: numbers of 96 bits, big endian --- */

/* The next number; the highest has none, and stays. */
static void plait_freshness_next(u8 out[PLAIT_FRESHNESS_LENGTH],
				 const u8 number[PLAIT_FRESHNESS_LENGTH])
{
	u32 i = PLAIT_FRESHNESS_LENGTH;

	memcpy(out, number, PLAIT_FRESHNESS_LENGTH);
	while (i > 0 && out[i - 1] == 0xff)
		i--;
	if (!i)
		return;
	out[i - 1]++;
	memset(out + i, 0, PLAIT_FRESHNESS_LENGTH - i);
}

static void plait_freshness_raise(u8 number[PLAIT_FRESHNESS_LENGTH],
				  const u8 least[PLAIT_FRESHNESS_LENGTH])
{
	if (memcmp(number, least, PLAIT_FRESHNESS_LENGTH) < 0)
		memcpy(number, least, PLAIT_FRESHNESS_LENGTH);
}

static void plait_freshness_of_clock(u8 out[PLAIT_FRESHNESS_LENGTH], u64 seconds, u32 fraction)
{
	u32 i;

	for (i = 0; i < 8; i++)
		out[i] = seconds >> (56 - 8 * i);
	for (i = 0; i < 4; i++)
		out[8 + i] = fraction >> (24 - 8 * i);
}

void plait_session_freshness(struct plait_session *session, u64 seconds, u32 fraction,
			     u8 out[PLAIT_FRESHNESS_LENGTH])
{
	u8 next[PLAIT_FRESHNESS_LENGTH];

	plait_freshness_of_clock(out, seconds, fraction);
	plait_freshness_next(next, session->freshness_used);
	plait_freshness_raise(out, next);
	plait_freshness_next(next, session->freshness_floor);
	plait_freshness_raise(out, next);
	memcpy(session->freshness_used, out, PLAIT_FRESHNESS_LENGTH);
}

bool plait_session_fresh(struct plait_session *session, const u8 freshness[PLAIT_FRESHNESS_LENGTH])
{
	if (memcmp(freshness, session->freshness_seen, PLAIT_FRESHNESS_LENGTH) <= 0)
		return false;
	memcpy(session->freshness_seen, freshness, PLAIT_FRESHNESS_LENGTH);
	return true;
}

/* --- What the caller tells --- */

void plait_session_asked(struct plait_session *session, s64 now)
{
	s64 wait = PLAIT_INIT_RETRY_MIN;
	u32 i;

	for (i = 0; i < session->tries && wait < PLAIT_INIT_RETRY_MAX; i++)
		wait *= 2;
	wait = plait_earlier(wait, PLAIT_INIT_RETRY_MAX);
	session->tries++;
	session->asked_at = now;
	session->retry_at = now + wait + plait_session_jitter(session, plait_div_s64(wait, 3));
}

void plait_session_keyed(struct plait_session *session, s64 made, bool initiator)
{
	session->made = made;
	session->rekey_at = made + PLAIT_REKEY_AFTER_TIME;
	if (!initiator)
		session->rekey_at += PLAIT_REKEY_ANSWERER_LATER +
				     plait_session_jitter(session, PLAIT_REKEY_ANSWERER_JITTER);
	session->drop = false;
	session->down_told = false;
	session->lost_since = PLAIT_NEVER;
	plait_session_event(session, made, PLAIT_SESSION_EVENT_KEYED);
}

void plait_session_counted(struct plait_session *session, s64 now, u64 counter)
{
	if (counter >= PLAIT_REKEY_AFTER_PACKETS)
		session->rekey_at = now;
}

void plait_session_silent(struct plait_session *session, s64 now)
{
	if (session->initiates)
		plait_session_event(session, now, PLAIT_SESSION_EVENT_STALE);
}

bool plait_session_keeps(const struct plait_session *session, const struct plait_agreed *used,
			 const struct plait_agreed *newer, s64 now)
{
	/* Whoever started anew has only the newer ones; without a crossing nobody asks again so soon. */
	if (newer->instance != used->instance || now - used->made >= PLAIT_SESSION_CROSSED)
		return false;
	return used->initiator == session->prefers_own && newer->initiator != session->prefers_own;
}

static void plait_session_lose_keys(struct plait_session *session, s64 now)
{
	session->drop = true;
	session->lost_since = plait_earlier(session->lost_since, now);
	plait_session_event(session, now, PLAIT_SESSION_EVENT_LOST);
}

void plait_session_closed(struct plait_session *session, s64 now)
{
	if (plait_session_has_keys(session))
		plait_session_lose_keys(session, now);
}

/* --- Time --- */

/* When keys expire, newer ones are asked for, an INIT leaves, and the session is said to be down. */

static s64 plait_session_expires_at(const struct plait_session *session)
{
	return plait_session_has_keys(session) ? session->made + PLAIT_REJECT_AFTER_TIME :
						 PLAIT_NEVER;
}

static s64 plait_session_rekey_at(const struct plait_session *session)
{
	bool may = session->state == PLAIT_SESSION_UP && session->initiates;

	return may ? session->rekey_at : PLAIT_NEVER;
}

static s64 plait_session_init_at(const struct plait_session *session)
{
	return plait_session_asks(session) ? session->retry_at : PLAIT_NEVER;
}

static s64 plait_session_down_at(const struct plait_session *session)
{
	if (session->down_told || session->lost_since == PLAIT_NEVER)
		return PLAIT_NEVER;
	return session->lost_since + PLAIT_SESSION_DOWN_AFTER;
}

u32 plait_session_due(struct plait_session *session, s64 now)
{
	u32 due = 0;

	if (now >= plait_session_expires_at(session))
		plait_session_lose_keys(session, now);
	else if (now >= plait_session_rekey_at(session))
		plait_session_event(session, now, PLAIT_SESSION_EVENT_STALE);
	if (session->drop) {
		session->drop = false;
		due |= PLAIT_SESSION_DROP_KEYS;
	}
	if (now >= plait_session_down_at(session)) {
		session->down_told = true;
		due |= PLAIT_SESSION_TELL_DOWN;
	}
	if (now >= plait_session_init_at(session))
		due |= PLAIT_SESSION_SEND_INIT;
	return due;
}

s64 plait_session_again(const struct plait_session *session)
{
	s64 keys = plait_earlier(plait_session_expires_at(session), plait_session_rekey_at(session));
	s64 far_end = plait_earlier(plait_session_init_at(session), plait_session_down_at(session));

	/* At once. */
	if (session->drop)
		return 0;
	return plait_earlier(keys, far_end);
}

bool plait_session_sends(const struct plait_session *session, s64 now)
{
	return plait_session_has_keys(session) && now < plait_session_expires_at(session);
}
