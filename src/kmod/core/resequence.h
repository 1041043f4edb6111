/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts the segments of one direction of a TCP connection in order again: a queue, and the decision
 * what goes through it. The caller owns packets, memory, clock and lock.
 *
 * For each segment plait_resequence_judge() says what to do. What is to be queued is handed over
 * with plait_resequence_queue(), or, without memory for that, with plait_resequence_pass(). After
 * each of these, and when plait_resequence_deadline() has come, plait_resequence_release() gives
 * back what is to be passed on, one by one.
 */
#ifndef PLAIT_CORE_RESEQUENCE_H
#define PLAIT_CORE_RESEQUENCE_H

#include "plait_port.h"
#include "reordering.h"

/**
 * enum plait_verdict - what to do with a segment
 * @PLAIT_PASS: pass it on at once
 * @PLAIT_QUEUE: hand it over, or pass it on and say so
 * @PLAIT_DROP: it is a copy of a segment that is in the queue
 * @PLAIT_FLUSH: pass on what is queued, then this, and forget the connection
 */
enum plait_verdict {
	PLAIT_PASS,
	PLAIT_QUEUE,
	PLAIT_DROP,
	PLAIT_FLUSH,
};

/**
 * enum plait_release - why a segment leaves the queue
 * @PLAIT_RELEASE_ORDERED: nothing is missing before it any more
 * @PLAIT_RELEASE_LOST: what is missing is known to be lost
 * @PLAIT_RELEASE_DEADLINE: it has been waited for long enough
 * @PLAIT_RELEASE_OVERFLOW: the queue is full
 * @PLAIT_RELEASE_FLUSHED: everything has to leave
 * @PLAIT_RELEASES: how many reasons there are
 */
enum plait_release {
	PLAIT_RELEASE_ORDERED,
	PLAIT_RELEASE_LOST,
	PLAIT_RELEASE_DEADLINE,
	PLAIT_RELEASE_OVERFLOW,
	PLAIT_RELEASE_FLUSHED,
	PLAIT_RELEASES,
};

/**
 * struct plait_resequence_limits - what the operator allows
 * @packets: in the queue of one connection, at least 1
 * @deadline: nanoseconds that something is waited for; 0: as the connection teaches
 */
struct plait_resequence_limits {
	u32 packets;
	u64 deadline;
};

/**
 * struct plait_resequence_node - a segment in the queue
 * @before: the one in front of it, NULL for the first
 * @after: the one behind it, NULL for the last
 * @seq: see &struct plait_segment, and so for the next ones
 * @end: same
 * @tsval: same
 * @print: same
 * @packets: same
 * @stamped: same
 * @fin: same
 * @since: when the first of this and all behind it arrived
 */
struct plait_resequence_node {
	struct plait_resequence_node *before;
	struct plait_resequence_node *after;
	u32 seq;
	u32 end;
	u32 tsval;
	u32 print;
	u32 packets;
	bool stamped;
	bool fin;
	u64 since;
};

/**
 * struct plait_resequence - one direction of a connection
 * @first: of the queue, NULL when it is empty
 * @last: of the queue
 * @packets: in the queue
 * @next: everything before it has been passed on, or given up
 * @known: @next is valid
 * @finished: the end of the stream has been passed on
 * @strangers: segments in a row that were too far away to belong here
 * @reason: why what is released at the moment is
 * @order: what the connection teaches
 */
struct plait_resequence {
	struct plait_resequence_node *first;
	struct plait_resequence_node *last;
	u32 packets;
	u32 next;
	bool known;
	bool finished;
	u32 strangers;
	enum plait_release reason;
	struct plait_reordering order;
};

void plait_resequence_init(struct plait_resequence *queue);
enum plait_verdict plait_resequence_judge(struct plait_resequence *queue,
					  const struct plait_segment *segment,
					  const struct plait_resequence_limits *limits, u64 now);
void plait_resequence_queue(struct plait_resequence *queue, const struct plait_segment *segment,
			    struct plait_resequence_node *node, u64 now);
void plait_resequence_pass(struct plait_resequence *queue, const struct plait_segment *segment,
			   u64 now);
struct plait_resequence_node *
plait_resequence_release(struct plait_resequence *queue,
			 const struct plait_resequence_limits *limits, u64 now);
struct plait_resequence_node *plait_resequence_flush(struct plait_resequence *queue);
u64 plait_resequence_deadline(const struct plait_resequence *queue,
			      const struct plait_resequence_limits *limits);

#endif /* PLAIT_CORE_RESEQUENCE_H */
