// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queue of a connection, in the order of sequence numbers.
 *
 * Only segments from beyond a hole are ever queued. What is next passes, and so does everything
 * old: retransmissions, keep-alives and window probes must be seen by the receiver when they come,
 * who answers each of them (duplicate SACK, RFC 2883). A retransmission of what is in the queue is
 * queued behind it for the same reason. Only a copy that the network itself made is dropped: to the
 * sender a duplicate SACK for it would mean that it had retransmitted too soon.
 *
 * Nobody checks that a segment is within the window of the receiver, which is not known here. What
 * is further away than any usual window passes and changes nothing, so that one forged packet can
 * not move the connection; several of them in a row mean that it is another one now.
 */
#include "resequence.h"
#include "sequence.h"

/* Further away than this is not of this connection. */
#define PLAIT_REACH (1U << 26)

#define PLAIT_STRANGERS 8

/**
 * plait_resequence_init() - begin with a connection
 * @queue: any memory
 */
void plait_resequence_init(struct plait_resequence *queue)
{
	queue->first = NULL;
	queue->last = NULL;
	queue->packets = 0;
	queue->next = 0;
	queue->known = false;
	queue->finished = false;
	queue->strangers = 0;
	queue->reason = PLAIT_RELEASE_ORDERED;
	plait_reordering_init(&queue->order);
}

static u64 plait_resequence_patience(const struct plait_resequence *queue,
				     const struct plait_resequence_limits *limits)
{
	return limits->deadline ? limits->deadline : plait_reordering_patience(&queue->order);
}

static bool plait_resequence_far(const struct plait_resequence *queue, u32 seq)
{
	return seq - queue->next + PLAIT_REACH > 2 * PLAIT_REACH;
}

/* The node that a segment belongs in front of; NULL: behind the last. */
static struct plait_resequence_node *plait_resequence_behind(const struct plait_resequence *queue,
							     u32 seq)
{
	struct plait_resequence_node *behind = NULL;
	struct plait_resequence_node *node;

	/* Most belong behind the last. */
	for (node = queue->last; node && plait_after(node->seq, seq); node = node->before)
		behind = node;
	return behind;
}

static bool plait_resequence_has_copy(const struct plait_resequence *queue,
				      const struct plait_segment *segment,
				      const struct plait_resequence_node *behind)
{
	const struct plait_resequence_node *node = behind ? behind->before : queue->last;

	for (; node && node->seq == segment->seq; node = node->before)
		if (node->end == segment->end && node->print == segment->print)
			return true;
	return false;
}

/* The hole in front of a node that the segment before it ends at. */
static struct plait_hole plait_resequence_hole(u32 start, const struct plait_resequence_node *node)
{
	struct plait_hole hole = {
		.start = start,
		.end = node->seq,
		.since = node->since,
		.tsval = node->tsval,
		.stamped = node->stamped,
	};

	return hole;
}

/* Learns from a segment that others from behind it have overtaken. */
static void plait_resequence_learn(struct plait_resequence *queue,
				   const struct plait_segment *segment, u64 now)
{
	const struct plait_resequence_node *behind;
	struct plait_hole hole;

	if (!plait_after(segment->end, queue->next)) {
		plait_reordering_old(&queue->order, segment, now);
		return;
	}
	behind = plait_resequence_behind(queue, segment->seq);
	if (!behind)
		return;
	/* A second time the same is no news about the hole. */
	if (behind->before && plait_after(behind->before->end, segment->seq))
		return;
	hole = plait_resequence_hole(segment->seq, behind);
	plait_reordering_filled(&queue->order, &hole, segment, now);
}

static enum plait_verdict plait_resequence_stranger(struct plait_resequence *queue)
{
	if (++queue->strangers < PLAIT_STRANGERS)
		return PLAIT_PASS;
	return PLAIT_FLUSH;
}

static void plait_resequence_advance(struct plait_resequence *queue, u32 end, bool fin)
{
	if (plait_after(end, queue->next))
		queue->next = end;
	if (fin)
		queue->finished = true;
}

static bool plait_resequence_waits(const struct plait_resequence *queue,
				   const struct plait_segment *segment,
				   const struct plait_resequence_limits *limits)
{
	/* In front of others that wait it must not go, and what fills a hole frees them. */
	if (queue->first)
		return true;
	return plait_after(segment->seq, queue->next) && plait_resequence_patience(queue, limits);
}

static enum plait_verdict plait_resequence_place(struct plait_resequence *queue,
						 const struct plait_segment *segment,
						 const struct plait_resequence_limits *limits,
						 u64 now)
{
	bool empty = segment->seq == segment->end;

	if (plait_resequence_far(queue, segment->seq))
		return plait_resequence_stranger(queue);
	queue->strangers = 0;

	if (!empty)
		plait_resequence_learn(queue, segment, now);
	plait_reordering_arrived(&queue->order, segment, now);
	if (empty || !plait_after(segment->end, queue->next))
		return PLAIT_PASS;

	if (plait_resequence_has_copy(queue, segment,
				      plait_resequence_behind(queue, segment->seq)))
		return PLAIT_DROP;
	if (plait_resequence_waits(queue, segment, limits))
		return PLAIT_QUEUE;
	plait_resequence_pass(queue, segment, now);
	return PLAIT_PASS;
}

/**
 * plait_resequence_judge() - say what is to be done with a segment that arrived
 * @queue: the connection
 * @segment: the segment
 * @limits: what the operator allows
 * @now: the time, not before that of any call for this connection until now
 *
 * Return: the verdict.
 */
enum plait_verdict plait_resequence_judge(struct plait_resequence *queue,
					  const struct plait_segment *segment,
					  const struct plait_resequence_limits *limits, u64 now)
{
	if (segment->restart)
		return PLAIT_FLUSH;
	if (queue->known)
		return plait_resequence_place(queue, segment, limits, now);

	/* Seen from the middle: what comes from before this one will be old, and pass. */
	queue->known = true;
	queue->next = segment->end;
	plait_reordering_arrived(&queue->order, segment, now);
	plait_resequence_advance(queue, segment->end, segment->fin);
	return PLAIT_PASS;
}

/**
 * plait_resequence_queue() - take over a segment whose verdict was PLAIT_QUEUE
 * @queue: the connection
 * @segment: the segment
 * @node: stands for it until it is released
 * @now: the time
 */
void plait_resequence_queue(struct plait_resequence *queue, const struct plait_segment *segment,
			    struct plait_resequence_node *node, u64 now)
{
	struct plait_resequence_node *behind = plait_resequence_behind(queue, segment->seq);
	struct plait_resequence_node *before = behind ? behind->before : queue->last;

	node->seq = segment->seq;
	node->end = segment->end;
	node->tsval = segment->tsval;
	node->print = segment->print;
	node->packets = segment->packets;
	node->stamped = segment->stamped;
	node->fin = segment->fin;
	node->since = behind ? behind->since : now;

	node->before = before;
	node->after = behind;
	if (before)
		before->after = node;
	else
		queue->first = node;
	if (behind)
		behind->before = node;
	else
		queue->last = node;
	queue->packets += segment->packets;
	queue->reason = PLAIT_RELEASE_ORDERED;
}

/**
 * plait_resequence_pass() - a segment is passed on although its verdict was PLAIT_QUEUE
 * @queue: the connection
 * @segment: the segment
 * @now: the time
 */
void plait_resequence_pass(struct plait_resequence *queue, const struct plait_segment *segment,
			   u64 now)
{
	if (plait_after(segment->seq, queue->next)) {
		struct plait_hole hole = {
			.start = queue->next,
			.end = segment->seq,
			.since = queue->first ? queue->first->since : now,
			.tsval = segment->tsval,
			.stamped = segment->stamped,
		};

		plait_reordering_passed(&queue->order, &hole, now);
	}
	plait_resequence_advance(queue, segment->end, segment->fin);
}

static struct plait_resequence_node *plait_resequence_pop(struct plait_resequence *queue)
{
	struct plait_resequence_node *node = queue->first;

	queue->first = node->after;
	if (queue->first)
		queue->first->before = NULL;
	else
		queue->last = NULL;
	queue->packets -= node->packets;
	plait_resequence_advance(queue, node->end, node->fin);
	return node;
}

/* Is it right to wait no longer for what is missing before the first? */
static bool plait_resequence_gives_up(struct plait_resequence *queue,
				      const struct plait_resequence_limits *limits, u64 now)
{
	if (queue->packets > limits->packets)
		queue->reason = PLAIT_RELEASE_OVERFLOW;
	else if (now - queue->first->since >= plait_resequence_patience(queue, limits))
		queue->reason = PLAIT_RELEASE_DEADLINE;
	else if (plait_reordering_lost(&queue->order, queue->next, now))
		queue->reason = PLAIT_RELEASE_LOST;
	else
		return false;
	return true;
}

/**
 * plait_resequence_release() - take the next segment that is to be passed on out of the queue
 * @queue: the connection; &plait_resequence.reason then says why
 * @limits: what the operator allows
 * @now: the time
 *
 * Return: its node, which is the caller's again; NULL when there is none.
 */
struct plait_resequence_node *
plait_resequence_release(struct plait_resequence *queue,
			 const struct plait_resequence_limits *limits, u64 now)
{
	struct plait_hole hole;

	if (!queue->first)
		return NULL;
	if (plait_after(queue->first->seq, queue->next)) {
		if (!plait_resequence_gives_up(queue, limits, now))
			return NULL;
		hole = plait_resequence_hole(queue->next, queue->first);
		hole.counted = true;
		if (queue->reason != PLAIT_RELEASE_LOST)
			plait_reordering_passed(&queue->order, &hole, now);
	}
	return plait_resequence_pop(queue);
}

/**
 * plait_resequence_flush() - take the next segment out of the queue, whatever is missing before it
 * @queue: the connection
 *
 * Return: its node, which is the caller's again; NULL when the queue is empty.
 */
struct plait_resequence_node *plait_resequence_flush(struct plait_resequence *queue)
{
	if (!queue->first)
		return NULL;
	queue->reason = PLAIT_RELEASE_FLUSHED;
	return plait_resequence_pop(queue);
}

/**
 * plait_resequence_deadline() - when to call plait_resequence_release() without a new segment
 * @queue: the connection
 * @limits: what the operator allows
 *
 * Return: the time; 0 when there is nothing to wait for.
 */
u64 plait_resequence_deadline(const struct plait_resequence *queue,
			      const struct plait_resequence_limits *limits)
{
	if (!queue->first)
		return 0;
	return queue->first->since + plait_resequence_patience(queue, limits);
}
