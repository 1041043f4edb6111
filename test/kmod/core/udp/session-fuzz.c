// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session told anything at any time, beside a model of what session.h promises that has no states: only what was last told,
 * and when.
 *
 * With clang it is a libFuzzer target, with fuzz-main.c a program that makes its own inputs.
 */
#include "../promise.h"
#include "udp/session.h"

#define EVENT_BYTES 3
/* INITs follow each other by this much at least, by how many left before; and by a third more at most. */
static const s64 waits[] = { 500 * PLAIT_MS, PLAIT_S, 2 * PLAIT_S, 4 * PLAIT_S, 5 * PLAIT_S };
#define WAITS (sizeof(waits) / sizeof(waits[0]))
/* No INIT sooner than this after new keys, or after the last INIT. */
#define AFTER_KEYS (5 * PLAIT_S)
#define AFTER_INIT (500 * PLAIT_MS)

struct model {
	struct plait_session session;
	s64 now;
	bool may;
	/* Keys to send with: since when, and when who asks asks for newer ones, at least and at most. */
	bool keys, closed;
	s64 made, rekey_from, rekey_by;
	/* An INIT is under way, or due: since when, how many left, and when the last one did, in all. */
	bool asking;
	u32 tries;
	s64 asked_at;
	/* Something is missing since then; the user was told. */
	bool missing, told;
	s64 missing_since;
};

static void miss(struct model *model)
{
	if (!model->missing)
		model->missing_since = model->now;
	model->missing = true;
}

static void begin_asking(struct model *model)
{
	if (model->asking || !model->may)
		return;
	model->asking = true;
	model->tries = 0;
	miss(model);
}

static void stop_asking(struct model *model)
{
	model->asking = false;
	if (model->keys)
		model->missing = false;
}

static void lose_keys(struct model *model)
{
	model->keys = false;
	miss(model);
	begin_asking(model);
}

/* --- What happens --- */

static void tell_may(struct model *model, bool may)
{
	plait_session_may_initiate(&model->session, model->now, may);
	model->may = may;
	if (!may)
		stop_asking(model);
	else if (!model->keys)
		begin_asking(model);
}

static void tell_keyed(struct model *model, s64 age, bool initiator)
{
	model->made = model->now > age ? model->now - age : 0;
	plait_session_keyed(&model->session, model->made, initiator);
	model->keys = true;
	model->closed = false;
	model->told = false;
	stop_asking(model);
	model->rekey_from = model->made + (initiator ? 120 : 140) * PLAIT_S;
	model->rekey_by = model->made + (initiator ? 120 : 150) * PLAIT_S;
}

static void tell_counted(struct model *model, u64 counter)
{
	plait_session_counted(&model->session, model->now, counter);
	if (counter < (u64)1 << 40)
		return;
	if (model->rekey_from > model->now)
		model->rekey_from = model->now;
	if (model->rekey_by > model->now)
		model->rekey_by = model->now;
}

static void tell_silent(struct model *model)
{
	plait_session_silent(&model->session, model->now);
	begin_asking(model);
}

static void tell_closed(struct model *model)
{
	plait_session_closed(&model->session, model->now);
	if (!model->keys)
		return;
	model->closed = true;
	lose_keys(model);
}

/* --- What must follow --- */

static void check_init(struct model *model, bool init)
{
	s64 wait = waits[model->tries < WAITS ? model->tries : WAITS - 1], again;

	if (!init)
		return;
	promise(model->may && model->asking);
	promise(model->now >= model->asked_at + AFTER_INIT);
	promise(!model->tries || model->now >= model->asked_at + waits[model->tries <= WAITS ? model->tries - 1 : WAITS - 1]);
	promise(model->tries || !model->keys || model->now >= model->made + AFTER_KEYS);
	plait_session_asked(&model->session, model->now);
	model->tries++;
	model->asked_at = model->now;
	again = model->session.retry_at - model->now;
	promise(again >= wait && again <= wait + wait / 3);
}

/* When something is to be heard of it at the latest. */
static s64 latest(const struct model *model)
{
	s64 at = PLAIT_NEVER;

	if (model->asking)
		at = model->now + 5 * PLAIT_S + 5 * PLAIT_S / 3;
	if (model->keys && model->made + 180 * PLAIT_S < at)
		at = model->made + 180 * PLAIT_S;
	if (model->keys && model->may && !model->asking && model->rekey_by < at)
		at = model->rekey_by;
	if (model->missing && !model->told && model->missing_since + 90 * PLAIT_S < at)
		at = model->missing_since + 90 * PLAIT_S;
	return at;
}

static void check_state(const struct model *model)
{
	static const enum plait_session_state states[2][2] = {
		{ PLAIT_SESSION_IDLE, PLAIT_SESSION_ASKING },
		{ PLAIT_SESSION_UP, PLAIT_SESSION_REKEYING },
	};

	promise(model->session.state == states[model->keys][model->asking]);
	promise(plait_session_sends(&model->session, model->now) == model->keys);
	promise(!model->keys || model->now < model->made + 180 * PLAIT_S);
	/* Newer keys are asked for when it is time, and not before. */
	promise(!model->keys || !model->may || model->asking || model->now < model->rekey_by);
	promise(model->keys || !model->may || model->asking);
}

/* Ask what is due, and do it. Returns whether there was anything. */
static bool poll(struct model *model)
{
	bool dropped = model->closed, down;
	enum plait_session_state state = model->session.state;
	s64 again = plait_session_again(&model->session);
	u32 due = plait_session_due(&model->session, model->now);

	if (model->keys && model->now >= model->made + 180 * PLAIT_S) {
		dropped = true;
		lose_keys(model);
	}
	/* The one thing that chance decides. */
	if (model->keys && model->session.state == PLAIT_SESSION_REKEYING && !model->asking) {
		promise(model->now >= model->rekey_from);
		begin_asking(model);
	}
	model->closed = false;
	promise(!(due & PLAIT_SESSION_DROP_KEYS) == !dropped);
	down = model->missing && !model->told && model->now >= model->missing_since + 90 * PLAIT_S;
	promise(!(due & PLAIT_SESSION_TELL_DOWN) == !down);
	model->told |= down;
	check_init(model, due & PLAIT_SESSION_SEND_INIT);
	check_state(model);
	/* Nothing comes before it was announced, and what was announced comes. */
	promise(model->now >= again || (!due && state == model->session.state));
	promise(model->now < again || due || state != model->session.state);
	/* And nobody is woken for nothing. */
	promise(!plait_session_due(&model->session, model->now));
	promise(plait_session_again(&model->session) > model->now);
	promise(plait_session_again(&model->session) <= latest(model));
	return due;
}

static void wait_until(struct model *model, s64 at)
{
	if (at > model->now && at < PLAIT_NEVER - 1)
		model->now = at;
}

static void step(struct model *model, const uint8_t *data)
{
	u32 value = data[1] | (u32)data[2] << 8;

	switch (data[0] % 16) {
	case 0:
		tell_may(model, value % 4);
		break;
	case 1:
		tell_keyed(model, 0, true);
		break;
	case 2:
		/* Noticed by the first packet with them, at any time later. */
		tell_keyed(model, value % 8 ? 0 : value * (2 * PLAIT_MS), false);
		break;
	case 3:
		tell_counted(model, value % 8 ? value : (u64)value << 32);
		break;
	case 4:
		tell_silent(model);
		break;
	case 5:
		tell_closed(model);
		break;
	case 6:
		model->now += value * PLAIT_MS;
		break;
	case 7:
		model->now += value * (PLAIT_MS / 50);
		break;
	case 8:
	case 9:
		wait_until(model, plait_session_again(&model->session) - 1);
		break;
	default:
		wait_until(model, plait_session_again(&model->session));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const u8 floor[PLAIT_FRESHNESS_LENGTH] = { 0 };
	struct model model = { .asked_at = -PLAIT_S };

	if (size < 4)
		return 0;
	plait_session_init(&model.session, data[0] | (u32)data[1] << 24, floor);
	check_state(&model);
	promise(plait_session_again(&model.session) == PLAIT_NEVER);
	for (data += 2, size -= 2; size >= EVENT_BYTES; data += EVENT_BYTES, size -= EVENT_BYTES) {
		step(&model, data);
		/* Much may be told before somebody asks what follows. */
		if (data[0] >> 4)
			poll(&model);
	}
	return 0;
}
