// SPDX-License-Identifier: GPL-2.0-only
/* What is done at the begin of each call, and after acknowledgements: trust follows from what is seen. */
#include "upkeep.h"

/* Time between looks for memory that is not used. */
#define PLAIT_TRIM_PERIOD PLAIT_S

/* Same, while the last look had more to do than a call may. */
#define PLAIT_TRIM_NEXT (10 * PLAIT_MS)

/* What is in flight and waits of a leg is forgotten, and it begins anew. */
void plait_engine_forget(struct plait_engine *engine, u32 slot)
{
	plait_tracker_forget_leg(&engine->tracker, &engine->legs, slot);
}

/* Suspicions that were not found anew end. */
static void plait_engine_age(struct plait_engine *engine, s64 now)
{
	struct plait_legs *legs = &engine->legs;
	u32 i;

	for (i = 0; i < legs->count; i++) {
		if (!(legs->suspect & 1U << i) || now < legs->leg[i]->suspicion.until)
			continue;
		plait_engine_forget(engine, i);
		plait_trust_event(legs, i, PLAIT_EVENT_AGED);
	}
}

/* What was given up speaks against legs that are suspect, or were a short while ago. */
static void plait_engine_blame(struct plait_engine *engine, s64 now)
{
	struct plait_tracker *tracker = &engine->tracker;
	struct plait_legs *legs = &engine->legs;
	u32 unanswered = tracker->unanswered, unheard = tracker->unheard, i;

	tracker->unanswered = 0;
	tracker->unheard = 0;
	for (i = 0; i < legs->count && (unanswered | unheard); i++) {
		struct plait_leg_model *leg = legs->leg[i];

		if (!((unanswered | unheard) & 1U << i))
			continue;
		if (plait_leg_is_suspect(leg))
			plait_trust_failed(legs, i, now);
		else if (unheard & 1U << i && leg->state == PLAIT_STATE_SEARCHING &&
			 leg->suspicion.failures)
			plait_trust_suspect(legs, i, now);
	}
}

void plait_engine_judge(struct plait_engine *engine, s64 now)
{
	plait_engine_blame(engine, now);
	plait_engine_age(engine, now);
}

/* Conclusions from what arrived, for each leg of which something did. */
void plait_engine_learn(struct plait_engine *engine, s64 now)
{
	struct plait_legs *legs = &engine->legs;
	u32 heard = legs->heard, i;

	legs->heard = 0;
	for (i = 0; heard && i < legs->count; i++) {
		struct plait_leg_model *leg = legs->leg[i];
		bool news = leg->path.learning;

		if (!(heard & 1U << i))
			continue;
		plait_path_learn(&leg->path, now);
		if (!news)
			continue;
		if (plait_leg_is_suspect(leg)) {
			plait_engine_forget(engine, i);
			plait_trust_event(legs, i, PLAIT_EVENT_ANSWERED);
		} else {
			leg->suspicion.failures = 0;
			plait_trust_learned(legs, i);
		}
	}
}

/* Memory of what is not in flight any more, also where nothing happens. See &plait_flow_control.trim. */
s64 plait_engine_trim(void *opaque, s64 now)
{
	struct plait_engine *engine = opaque;
	struct plait_tracker *tracker = &engine->tracker;

	plait_engine_begin(engine, now);
	if (!plait_tracker_trim(tracker, now))
		return PLAIT_NEVER;
	return now + (tracker->expires <= now ? PLAIT_TRIM_NEXT : PLAIT_TRIM_PERIOD);
}
