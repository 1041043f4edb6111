/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a UDP leg delivers: a table of states and transitions, and when probes are due. A leg falls silent soon and
 * is back with the first answer, since mobile lines are silent for parts of a second all the time.
 */
#ifndef PLAIT_CORE_UDP_LIVENESS_H
#define PLAIT_CORE_UDP_LIVENESS_H

#include "../clock.h"

/* A probe that is not answered is repeated after the round trip and this: a report takes up to 20 ms, jitter the rest. */
#define PLAIT_PATIENCE_SLACK (60 * PLAIT_MS)
#define PLAIT_PATIENCE_MIN (80 * PLAIT_MS)
/* The same while the round trip is not known. */
#define PLAIT_PATIENCE_UNKNOWN (500 * PLAIT_MS)
/* Probes of an idle leg that may stay unanswered one after the other. */
#define PLAIT_PROBES_UNANSWERED 2
#define PLAIT_SILENT_PROBE (100 * PLAIT_MS)
#define PLAIT_DEAD_AFTER (3 * PLAIT_S)
#define PLAIT_DEAD_PROBE (2 * PLAIT_S)
/* The same while there is traffic, so that it uses a leg within 0.3 s of its return; not of a metered leg. */
#define PLAIT_DEAD_PROBE_BUSY (200 * PLAIT_MS)
/* A leg whose keepalives are rarer is metered: none of its probes are for nothing. */
#define PLAIT_UNMETERED_KEEPALIVE (2 * PLAIT_S)

/**
 * enum plait_liveness_state - of a leg
 * @PLAIT_LIVENESS_DOWN: it can not be tried: no session, no address, no carrier
 * @PLAIT_LIVENESS_PROBING: no probe was answered yet
 * @PLAIT_LIVENESS_LIVE: it delivers
 * @PLAIT_LIVENESS_SILENT: it does not, lately
 * @PLAIT_LIVENESS_DEAD: so for PLAIT_DEAD_AFTER
 * @PLAIT_LIVENESS_STATES: how many there are
 */
enum plait_liveness_state {
	PLAIT_LIVENESS_DOWN,
	PLAIT_LIVENESS_PROBING,
	PLAIT_LIVENESS_LIVE,
	PLAIT_LIVENESS_SILENT,
	PLAIT_LIVENESS_DEAD,
	PLAIT_LIVENESS_STATES,
};

/**
 * struct plait_liveness - of one leg; all zero: down
 * @state: see &enum plait_liveness_state
 * @since: when that began, ns
 * @keepalive: ns between two probes while it is live and idle
 * @probe_at: the next probe is due, ns
 * @asked: probes since the last answer
 */
struct plait_liveness {
	enum plait_liveness_state state;
	s64 since;
	s64 keepalive;
	s64 probe_at;
	u32 asked;
};

/**
 * plait_liveness_usable() - say whether a leg can be tried
 * @liveness: of the leg
 * @now: ns
 * @usable: there is a session, an address, and carrier
 */
void plait_liveness_usable(struct plait_liveness *liveness, s64 now, bool usable);

/**
 * plait_liveness_answered() - the far end says that something arrived by the leg: the answer to a probe, or a report
 * @liveness: of the leg
 * @now: ns
 */
void plait_liveness_answered(struct plait_liveness *liveness, s64 now);

/**
 * plait_liveness_overdue() - what left by the leg should have been reported, while other legs' packets are
 * @liveness: of the leg
 * @now: ns
 */
void plait_liveness_overdue(struct plait_liveness *liveness, s64 now);

/**
 * plait_liveness_doubt() - what left by some leg is not reported in time, and nobody knows yet which of them is to blame
 * @liveness: of any leg
 * @now: ns
 *
 * One that is live is probed now, unless that is being done. The answer of another leg shows that a silent one is.
 */
void plait_liveness_doubt(struct plait_liveness *liveness, s64 now);

/**
 * plait_liveness_due() - what follows from the time
 * @liveness: of the leg
 * @now: ns
 * @rtt: its round trip, ns; -1 while unknown
 * @busy: other legs carry traffic
 *
 * Return: true when a probe is to be sent now.
 */
bool plait_liveness_due(struct plait_liveness *liveness, s64 now, s64 rtt, bool busy);

/**
 * plait_liveness_again() - when to ask that again
 * @liveness: of the leg
 *
 * Return: ns, PLAIT_NEVER while it is down.
 */
s64 plait_liveness_again(const struct plait_liveness *liveness);

/**
 * plait_patience() - how long the answer to what left by a leg is waited for
 * @rtt: its round trip, ns; -1 while unknown
 *
 * Return: ns.
 */
s64 plait_patience(s64 rtt);

#endif /* PLAIT_CORE_UDP_LIVENESS_H */
