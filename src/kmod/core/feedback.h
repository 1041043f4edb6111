/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What trackers say of packets that left by a leg, and all that models of legs hear. A tracker may watch the
 * acknowledgements of others or get reports of our own far end; the models do not know which.
 */
#ifndef PLAIT_CORE_FEEDBACK_H
#define PLAIT_CORE_FEEDBACK_H

#include "path/path.h"

/**
 * enum plait_outcome - what became of a packet
 * @PLAIT_ARRIVED: it arrived
 * @PLAIT_GONE: it will not be heard of any more; whether it arrived nobody knows
 * @PLAIT_UNANSWERED: same, of a copy whose arrival would have been reported
 * @PLAIT_LOST: a later one of its leg arrived before it, while no queue was long. It may still arrive
 * @PLAIT_LATE: it had been taken for lost, and had only been overtaken
 */
enum plait_outcome {
	PLAIT_ARRIVED,
	PLAIT_GONE,
	PLAIT_UNANSWERED,
	PLAIT_LOST,
	PLAIT_LATE,
};

/**
 * struct plait_feedback - what became of a packet
 * @outcome: see &enum plait_outcome
 * @news: of one that arrived: what can be learned from when
 * @own: of one that arrived: it is this packet that did, not another with the same content
 * @bytes: its length
 * @at: when it was acknowledged, ns
 * @shot: what was remembered when it left
 */
struct plait_feedback {
	enum plait_outcome outcome;
	enum plait_news news;
	bool own;
	u32 bytes;
	s64 at;
	const struct plait_shot *shot;
};

#endif /* PLAIT_CORE_FEEDBACK_H */
