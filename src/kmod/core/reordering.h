/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a TCP connection shows of itself to somebody who sees its segments arrive: by which paths
 * they come, how late those are that others overtook, and whether waiting for late ones is worth
 * while.
 *
 * Times are in nanoseconds of a clock that only goes forward.
 */
#ifndef PLAIT_CORE_REORDERING_H
#define PLAIT_CORE_REORDERING_H

#include "plait_port.h"

/* Paths that are told apart; as many as a link can have legs. */
#define PLAIT_PATHS 32

/* Holes that are remembered after what lies behind them was passed on. */
#define PLAIT_HOLES 8

/* No hole is waited for longer than this, unless somebody set a deadline. */
#define PLAIT_PATIENCE_MAX 500000000ULL

/**
 * struct plait_segment - a TCP segment, or several with one header, that just arrived
 * @seq: sequence number of its first byte
 * @end: sequence number behind its last; FIN counts as a byte
 * @tsval: time stamp of its sender; valid when @stamped
 * @stamped: it has the time stamp option
 * @path: any number that is another for another path; 0: not known
 * @packets: packets on the wire that it came in, at least 1
 * @print: equal only for copies of one packet that the network made, as far as can be told
 * @fin: it ends the stream
 * @restart: what is known of the connection ends with it: SYN, RST, or a fragment, whose end is not
 *	known
 */
struct plait_segment {
	u32 seq;
	u32 end;
	u32 tsval;
	bool stamped;
	u32 path;
	u32 packets;
	u32 print;
	bool fin;
	bool restart;
};

/**
 * struct plait_hole - what is missing before something that has arrived
 * @start: first byte that is missing
 * @end: the first one that is not
 * @since: when the first segment from behind it arrived
 * @tsval: time stamp of the segment just behind it; valid when @stamped
 * @stamped: that segment had one
 * @counted: it was waited for in vain, and counts as that
 */
struct plait_hole {
	u32 start;
	u32 end;
	u64 since;
	u32 tsval;
	bool stamped;
	bool counted;
};

/**
 * struct plait_inlet - one of the ways that segments come in by
 * @key: &plait_segment.path
 * @seen: sequence number behind the last segment that came by it
 * @last: when that was
 */
struct plait_inlet {
	u32 key;
	u32 seen;
	u64 last;
};

/**
 * struct plait_reordering - what is known of a connection, in one direction
 * @paths: the ways in
 * @path_count: how many
 * @mixed: paths can not be relied on: too many, some are not told apart, or one overtakes itself
 * @holes: passed on unfilled, a ring
 * @hole: the next of them to be replaced
 * @spread: how late segments are that others overtook, at most
 * @worth: share of the holes that waiting is right for, of 65536, over the last ones
 * @trial: waiting is tried, whatever @worth says
 * @next_trial: when it will be
 */
struct plait_reordering {
	struct plait_inlet paths[PLAIT_PATHS];
	u32 path_count;
	bool mixed;
	struct plait_hole holes[PLAIT_HOLES];
	u32 hole;
	u64 spread;
	u32 worth;
	bool trial;
	u64 next_trial;
};

void plait_reordering_init(struct plait_reordering *order);
void plait_reordering_arrived(struct plait_reordering *order, const struct plait_segment *segment,
			      u64 now);
void plait_reordering_filled(struct plait_reordering *order, const struct plait_hole *hole,
			     const struct plait_segment *segment, u64 now);
void plait_reordering_old(struct plait_reordering *order, const struct plait_segment *segment,
			  u64 now);
void plait_reordering_passed(struct plait_reordering *order, const struct plait_hole *hole,
			     u64 now);
u64 plait_reordering_patience(const struct plait_reordering *order);
bool plait_reordering_lost(const struct plait_reordering *order, u32 seq, u64 now);

#endif /* PLAIT_CORE_REORDERING_H */
