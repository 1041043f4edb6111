/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The session of a link with its far end: when to begin a handshake, which keys are used, and until when. One for all legs.
 * A table of states and transitions stands in session.c. The caller has the messages made and opened (handshake.h), keeps
 * the keys, and tells what happened.
 */
#ifndef PLAIT_CORE_UDP_SESSION_H
#define PLAIT_CORE_UDP_SESSION_H

#include "handshake.h"

/* As in WireGuard (paper, 6.1), whose figures are known to work. */
#define PLAIT_REKEY_AFTER_TIME (120 * PLAIT_S)
#define PLAIT_REKEY_AFTER_PACKETS ((u64)1 << 40) /* of one leg */
/* Nothing is sent or taken with keys that were agreed this long ago, whether they were ever used or not. */
#define PLAIT_REJECT_AFTER_TIME (180 * PLAIT_S)
/* Who answered asks for newer keys this much later, and up to the jitter more: only when who asked did not. */
#define PLAIT_REKEY_ANSWERER_LATER (20 * PLAIT_S)
#define PLAIT_REKEY_ANSWERER_JITTER (10 * PLAIT_S)
/* Without an answer, or keys, for this long the session is said to be down; trying goes on, every PLAIT_INIT_RETRY_MAX. */
#define PLAIT_SESSION_DOWN_AFTER (90 * PLAIT_S)
/* Time from INIT to INIT: doubles from the one to the other, and is up to a third longer, by chance. */
#define PLAIT_INIT_RETRY_MIN (500 * PLAIT_MS)
#define PLAIT_INIT_RETRY_MAX (5 * PLAIT_S)
/* Keys agreed so soon after others were asked for at the same time: nobody asks again within PLAIT_INIT_RETRY_MAX. */
#define PLAIT_SESSION_CROSSED (4 * PLAIT_S)

/**
 * enum plait_session_state - of the session
 * @PLAIT_SESSION_IDLE: no keys, and nobody asked for any: we have no address of the far end, or it is to begin
 * @PLAIT_SESSION_ASKING: no keys; an INIT is under way
 * @PLAIT_SESSION_UP: there are keys to send with
 * @PLAIT_SESSION_REKEYING: there are, and an INIT for newer ones is under way
 * @PLAIT_SESSION_STATES: how many there are
 */
enum plait_session_state {
	PLAIT_SESSION_IDLE,
	PLAIT_SESSION_ASKING,
	PLAIT_SESSION_UP,
	PLAIT_SESSION_REKEYING,
	PLAIT_SESSION_STATES,
};

/**
 * struct plait_session - the session
 * @state: see &enum plait_session_state
 * @initiates: we know an address of the far end, so that we may begin
 * @drop: the keys are to be wiped
 * @prefers_own: see plait_session_prefer_own()
 * @down_told: since there last were new keys it has been said that the session is down
 * @made: when the keys that we send with were agreed, ns
 * @rekey_at: when newer ones are to be asked for, ns
 * @lost_since: since when an answer is missing, or, where we do not ask, keys, ns; PLAIT_NEVER: nothing is
 * @asked_at: when the last INIT left, ns
 * @retry_at: when the next INIT is due, ns
 * @tries: INITs since asking began
 * @freshness_used: of our last INIT
 * @freshness_floor: below or at which we never go: of before the last start
 * @freshness_seen: highest of the far end's INITs
 * @random: state of a small generator, for jitter
 */
struct plait_session {
	enum plait_session_state state;
	bool initiates;
	bool drop;
	bool prefers_own;
	bool down_told;
	s64 made;
	s64 rekey_at;
	s64 lost_since;
	s64 asked_at;
	s64 retry_at;
	u32 tries;
	u8 freshness_used[PLAIT_FRESHNESS_LENGTH];
	u8 freshness_floor[PLAIT_FRESHNESS_LENGTH];
	u8 freshness_seen[PLAIT_FRESHNESS_LENGTH];
	u32 random;
};

/* What is to be done now; bits. */
#define PLAIT_SESSION_SEND_INIT 0x01 /* by the next leg; then plait_session_asked() */
#define PLAIT_SESSION_TELL_DOWN 0x02 /* once, until it is up again */
#define PLAIT_SESSION_DROP_KEYS 0x04 /* wipe what we send with, and older ones; not what is yet to be confirmed */

/**
 * plait_session_init() - a session without keys, that does not ask for any yet
 * @session: filled in
 * @seed: of jitter; another one in each box
 * @freshness_floor: no INIT of before the last start was newer
 */
void plait_session_init(struct plait_session *session, u32 seed,
			const u8 freshness_floor[PLAIT_FRESHNESS_LENGTH]);

/**
 * plait_session_may_initiate() - whether we know an address of the far end
 * @session: the session
 * @now: ns
 * @may: we do; then a handshake begins at once when there are no keys
 */
void plait_session_may_initiate(struct plait_session *session, s64 now, bool may);

/**
 * plait_session_freshness() - freshness of the next INIT: max(last used + 1, floor + 1, wall clock)
 * @session: the session
 * @seconds: wall clock; may be wrong, may have gone backwards
 * @fraction: of the second, in 1/2^32
 * @out: 64-bit seconds and 32-bit fraction, big endian, so that bytes compare as numbers
 */
void plait_session_freshness(struct plait_session *session, u64 seconds, u32 fraction,
			     u8 out[PLAIT_FRESHNESS_LENGTH]);

/**
 * plait_session_fresh() - is an INIT of the far end newer than all before? If so, it is taken note of
 * @session: the session
 * @freshness: of the INIT
 *
 * Return: false when it is not: it is a replay, to be dropped.
 */
bool plait_session_fresh(struct plait_session *session, const u8 freshness[PLAIT_FRESHNESS_LENGTH]);

/**
 * struct plait_agreed - a pair of keys, as far as it matters which of two is used
 * @made: when it was agreed, ns
 * @instance: of the far end's start
 * @initiator: we asked for it
 */
struct plait_agreed {
	s64 made;
	u32 instance;
	bool initiator;
};

/**
 * plait_session_prefer_own() - which keys are used when both ends asked at once
 * @session: the session
 * @own: those that we asked for. The far end is to say the contrary: the end with the higher static key prefers its own
 */
void plait_session_prefer_own(struct plait_session *session, bool own);

/**
 * plait_session_keeps() - are the keys in use kept though newer ones are agreed, since both ends asked at once?
 * @session: the session
 * @used: in use
 * @newer: that could take their place
 * @now: ns
 *
 * So both ends use the same keys in the end, in whatever order messages come.
 *
 * Return: true when they are. What the far end sends with the others until it knows is still good.
 */
bool plait_session_keeps(const struct plait_session *session, const struct plait_agreed *used,
			 const struct plait_agreed *newer, s64 now);

/* What the caller tells; plait_session_due() then says what follows. */

/**
 * plait_session_asked() - an INIT left, or no leg could take it: the next one is due later
 * @session: the session
 * @now: ns
 */
void plait_session_asked(struct plait_session *session, s64 now);

/**
 * plait_session_keyed() - there are new keys to send with
 * @session: the session
 * @made: when they were agreed, ns: for who asked when the RESPONSE came; for who answered when it sent the RESPONSE,
 *	though it tells so only when the first packet with them comes
 * @initiator: we asked for them
 */
void plait_session_keyed(struct plait_session *session, s64 made, bool initiator);

/**
 * plait_session_counted() - a leg's counter reached a number: newer keys may be due
 * @session: the session
 * @now: ns
 * @counter: of any leg
 */
void plait_session_counted(struct plait_session *session, s64 now, u64 counter);

/**
 * plait_session_silent() - we send, but nothing comes by any leg: the far end may have started anew, and lost its keys
 * @session: the session
 * @now: ns
 *
 * Newer keys are asked for; what is there is used meanwhile. May be told as often as it is seen.
 */
void plait_session_silent(struct plait_session *session, s64 now);

/**
 * plait_session_closed() - the far end forgot the session
 * @session: the session
 * @now: ns
 */
void plait_session_closed(struct plait_session *session, s64 now);

/**
 * plait_session_due() - what is to be done
 * @session: the session
 * @now: ns
 *
 * Return: bits PLAIT_SESSION_…
 */
u32 plait_session_due(struct plait_session *session, s64 now);

/**
 * plait_session_again() - when to ask that again, though nothing happened
 * @session: the session
 *
 * Return: ns, or PLAIT_NEVER.
 */
s64 plait_session_again(const struct plait_session *session);

/**
 * plait_session_sends() - may packets be sent with keys of this age?
 * @session: the session
 * @now: ns
 *
 * Return: false when there are none, or they are too old.
 */
bool plait_session_sends(const struct plait_session *session, s64 now);

#endif /* PLAIT_CORE_UDP_SESSION_H */
