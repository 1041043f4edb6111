// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two sessions that talk over a wire which delays and loses, with the key slots of wire.h's far end: previous, current, next.
 * And freshness, with the messages that carry it. One check for each name that it is called with.
 */
#include "handshake-ends.h"
#include "udp/session.h"

#define RUNS 300
/* Messages under way at once, at most. */
#define WIRE 64
#define STEP (10 * PLAIT_MS)

static u64 seed = 20261130;

/* From 0 to @below less 1. */
static u64 chance(u64 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % below;
}

/* --- Two boxes and a wire --- */

enum kind { NONE, INIT, RESPONSE, DATA };

struct message {
	enum kind kind;
	u32 to;
	s64 at;
	/* Of the handshake, which names its keys. */
	u32 id;
};

/* Keys by the number of their handshake, 0: none. */
struct slot {
	u32 id;
	s64 made;
	bool initiator;
};

struct box {
	struct plait_session session;
	struct slot previous, current, next;
	/* Our last INIT. */
	u32 asked;
	u32 inits, downs;
	/* Data is sent each second, and once when there are new keys; nothing came since, or for so long. */
	s64 data_at, heard;
};

struct pair {
	struct box box[2];
	struct message wire[WIRE];
	s64 now, delay, jitter;
	/* Of 100. */
	u32 loss;
	u32 handshakes;
};

static void transmit(struct pair *pair, u32 from, enum kind kind, u32 id)
{
	u32 i;

	if (chance(100) < pair->loss)
		return;
	for (i = 0; pair->wire[i].kind; i++)
		promise(i < WIRE - 1);
	pair->wire[i] = (struct message){
		.kind = kind,
		.to = !from,
		.at = pair->now + pair->delay + (pair->jitter ? (s64)chance(pair->jitter) : 0),
		.id = id,
	};
}

static void send_data(struct pair *pair, u32 who)
{
	struct box *box = &pair->box[who];

	box->data_at = pair->now + PLAIT_S;
	if (!plait_session_sends(&box->session, pair->now))
		return;
	promise(box->current.id && pair->now < box->current.made + 180 * PLAIT_S);
	transmit(pair, who, DATA, box->current.id);
}

static struct plait_agreed agreed(struct slot keys)
{
	return (struct plait_agreed){ .made = keys.made, .initiator = keys.initiator };
}

/* False when the others are kept, since both asked at once. */
static bool use(struct pair *pair, u32 who, struct slot keys)
{
	struct box *box = &pair->box[who];
	struct plait_agreed used = agreed(box->current), newer = agreed(keys);

	if (box->current.id && plait_session_keeps(&box->session, &used, &newer, pair->now))
		return false;
	box->previous = box->current;
	box->current = keys;
	plait_session_keyed(&box->session, keys.made, keys.initiator);
	if (keys.initiator)
		send_data(pair, who);
	return true;
}

static void take_data(struct pair *pair, u32 who, u32 id)
{
	struct box *box = &pair->box[who];
	struct slot next = box->next;

	if (id == next.id && pair->now < next.made + 180 * PLAIT_S && use(pair, who, next))
		box->next = (struct slot){ 0 };
	if (id == box->current.id || id == box->previous.id || id == box->next.id)
		box->heard = pair->now;
}

static void take(struct pair *pair, const struct message *message)
{
	struct box *box = &pair->box[message->to];

	switch (message->kind) {
	case INIT:
		/* Who got one knows where to send to. */
		box->next = (struct slot){ .id = message->id, .made = pair->now };
		transmit(pair, message->to, RESPONSE, message->id);
		break;
	case RESPONSE:
		if (message->id != box->asked)
			break;
		box->asked = 0;
		use(pair, message->to,
		    (struct slot){ .id = message->id, .made = pair->now, .initiator = true });
		break;
	default:
		take_data(pair, message->to, message->id);
		break;
	}
}

static void upkeep(struct pair *pair, u32 who)
{
	struct box *box = &pair->box[who];
	u32 due;

	if (pair->now >= box->data_at)
		send_data(pair, who);
	if (pair->now - box->heard > 3 * PLAIT_S)
		plait_session_silent(&box->session, pair->now);
	due = plait_session_due(&box->session, pair->now);
	if (due & PLAIT_SESSION_DROP_KEYS)
		box->previous = box->current = (struct slot){ 0 };
	box->downs += !!(due & PLAIT_SESSION_TELL_DOWN);
	if (due & PLAIT_SESSION_SEND_INIT) {
		box->asked = ++pair->handshakes;
		box->inits++;
		transmit(pair, who, INIT, box->asked);
		plait_session_asked(&box->session, pair->now);
	}
}

static void pass(struct pair *pair, s64 time)
{
	s64 end = pair->now + time;
	u32 i;

	for (; pair->now < end; pair->now += STEP) {
		for (i = 0; i < WIRE; i++) {
			struct message message = pair->wire[i];

			if (!message.kind || message.at > pair->now)
				continue;
			pair->wire[i].kind = NONE;
			take(pair, &message);
		}
		upkeep(pair, 0);
		upkeep(pair, 1);
	}
}

static void start(struct pair *pair, u32 who)
{
	static const u8 floor[PLAIT_FRESHNESS_LENGTH];
	struct box *box = &pair->box[who];

	memset(box, 0, sizeof(*box));
	box->heard = pair->now;
	plait_session_init(&box->session, chance(1u << 31), floor);
}

static void make(struct pair *pair, bool both)
{
	memset(pair, 0, sizeof(*pair));
	pair->now = PLAIT_S;
	pair->delay = chance(400) * PLAIT_MS;
	pair->jitter = chance(2) ? chance(100) * PLAIT_MS : 0;
	start(pair, 0);
	start(pair, 1);
	plait_session_prefer_own(&pair->box[chance(2)].session, true);
	plait_session_may_initiate(&pair->box[0].session, pair->now, true);
	/* At the same moment, or a little later. */
	if (chance(2))
		pass(pair, chance(2 * (pair->delay + STEP)));
	plait_session_may_initiate(&pair->box[1].session, pair->now, both);
}

static bool knows(const struct box *box, u32 id)
{
	return id && (box->current.id == id || box->previous.id == id || box->next.id == id);
}

/* Each sends with keys that the other has. */
static bool converged(const struct pair *pair)
{
	const struct box *a = &pair->box[0], *b = &pair->box[1];

	return plait_session_sends(&a->session, pair->now) && plait_session_sends(&b->session, pair->now) &&
	       knows(b, a->current.id) && knows(a, b->current.id);
}

static u32 inits(const struct pair *pair)
{
	return pair->box[0].inits + pair->box[1].inits;
}

/* One handshake of each, at most, and both are up after three ways; then nobody asks for two minutes. */
static void check_simultaneous(void)
{
	struct pair pair;
	u32 run, before;

	for (run = 0; run < RUNS; run++) {
		make(&pair, true);
		if (2 * (pair.delay + pair.jitter) < 400 * PLAIT_MS) {
			pass(&pair, 3 * (pair.delay + pair.jitter) + 10 * STEP);
			promise(converged(&pair) && inits(&pair) <= 2);
		}
		/* Where the answer takes longer than the first waits it comes to another INIT, a few times. */
		pass(&pair, 5 * PLAIT_S);
		promise(converged(&pair));
		before = inits(&pair);
		promise(before <= 6);
		/* Data has gone both ways: both use the same keys. */
		promise(pair.box[0].current.id == pair.box[1].current.id);
		pass(&pair, 100 * PLAIT_S);
		promise(inits(&pair) == before && converged(&pair));
	}
}

/* Seconds of an hour in which an end sends with keys that the other has not. */
static u32 hour(struct pair *pair)
{
	u32 second, apart = 0;

	for (second = 0; second < 3600; second++) {
		pass(pair, PLAIT_S);
		apart += !converged(pair);
		promise(pair->box[0].heard > pair->now - 3 * PLAIT_S);
		promise(pair->box[1].heard > pair->now - 3 * PLAIT_S);
	}
	return apart;
}

/* Rekeys each two minutes: by who asked first; and where both did, by one of both, nearly always. */
static void check_hour(void)
{
	struct pair pair;
	u32 run, before, rekeys;

	for (run = 0; run < 20; run++) {
		bool both = run % 2;

		make(&pair, both);
		pass(&pair, 10 * PLAIT_S);
		before = inits(&pair);
		/* Handshakes that crossed leave each end with other keys to send with; the next rekey may cost a round trip. */
		promise(hour(&pair) <= (both ? 4 : 0));
		rekeys = inits(&pair) - before;
		promise(rekeys >= 3600 / 150 && rekeys <= 2 * 3600 / 120);
		promise(both || 2 * (pair.delay + pair.jitter) > 400 * PLAIT_MS || rekeys <= 3600 / 120);
		promise(both || !pair.box[1].inits);
	}
}

/* Up to nine of ten messages are lost for minutes; DOWN is told once, and when the wire is whole again both are up. */
static void check_loss(void)
{
	struct pair pair;
	u32 run;

	for (run = 0; run < RUNS / 3; run++) {
		make(&pair, run % 2);
		pass(&pair, chance(200) * PLAIT_S);
		pair.loss = 50 + chance(41);
		pass(&pair, chance(600) * PLAIT_S);
		pair.loss = 0;
		pass(&pair, 20 * PLAIT_S);
		promise(converged(&pair));
	}
}

/* Nothing passes: who may asks every 5 s to 6.7 s, and says so once. */
static void check_silence(void)
{
	struct pair pair;
	u32 run, before;

	for (run = 0; run < RUNS / 10; run++) {
		make(&pair, run % 2);
		pass(&pair, 10 * PLAIT_S);
		promise(converged(&pair));
		pair.loss = 100;
		/* Silence is seen after 3 s, DOWN is said 90 s later. */
		pass(&pair, 91 * PLAIT_S);
		promise(!pair.box[0].downs && !pair.box[1].downs);
		pass(&pair, 300 * PLAIT_S);
		promise(pair.box[0].downs == 1 && pair.box[1].downs == 1);
		before = pair.box[0].inits;
		pass(&pair, 1000 * PLAIT_S);
		promise(pair.box[0].inits - before <= 201 && pair.box[0].inits - before >= 149);
		promise(pair.box[0].downs == 1 && pair.box[1].downs == 1);
		pair.loss = 0;
		pass(&pair, 20 * PLAIT_S);
		promise(converged(&pair));
		pair.loss = 100;
		pass(&pair, 300 * PLAIT_S);
		promise(pair.box[0].downs == 2);
	}
}

/* A far end that only answers loses its keys: it is asked again as soon as nothing of it is heard. */
static void check_restart(void)
{
	struct pair pair;
	u32 run;

	for (run = 0; run < RUNS; run++) {
		make(&pair, false);
		pass(&pair, (10 + chance(300)) * PLAIT_S);
		promise(converged(&pair));
		start(&pair, 1);
		promise(!converged(&pair));
		/* 3 s of silence, 5 s where keys are quite new, and an answer that may take longer than the first waits. */
		pass(&pair, 12 * PLAIT_S);
		promise(converged(&pair));
	}
}

/* --- Freshness --- */

static int compare(const u8 *a, const u8 *b)
{
	return memcmp(a, b, PLAIT_FRESHNESS_LENGTH);
}

static void check_freshness(void)
{
	struct plait_session ours, theirs;
	u8 floor[PLAIT_FRESHNESS_LENGTH], zero[PLAIT_FRESHNESS_LENGTH] = { 0 }, out[PLAIT_FRESHNESS_LENGTH];
	u8 last[PLAIT_FRESHNESS_LENGTH] = { 0 }, most[PLAIT_FRESHNESS_LENGTH];
	u32 boot, i;

	memset(most, 0xff, sizeof(most));
	plait_session_init(&theirs, 1, zero);
	memset(floor, 0, sizeof(floor));
	for (boot = 0; boot < 1000; boot++) {
		/* The clock begins anywhere after each start, mostly in 1970 or 2000, and jumps. */
		u64 seconds = chance(3) * 946684800 + chance(1000);

		plait_session_init(&ours, 1, floor);
		for (i = 0; i < 1 + chance(8); i++) {
			u8 clock[PLAIT_FRESHNESS_LENGTH];
			u32 fraction = chance(1ull << 32), byte;

			for (byte = 0; byte < 12; byte++)
				clock[byte] = byte < 8 ? seconds >> (56 - 8 * byte) : fraction >> (88 - 8 * byte);
			plait_session_freshness(&ours, seconds, fraction, out);
			promise(compare(out, last) > 0 && compare(out, floor) > 0 && compare(out, clock) >= 0);
			/* By the clock where that goes. */
			promise(compare(clock, last) <= 0 || compare(clock, floor) <= 0 || !compare(out, clock));
			promise(plait_session_fresh(&theirs, out));
			promise(!plait_session_fresh(&theirs, out));
			promise(!plait_session_fresh(&theirs, last));
			memcpy(last, out, sizeof(last));
			seconds += chance(5);
			if (!chance(10))
				seconds = chance(2000000000);
		}
		/* What the agent wrote: at least the last one. Full bytes, so that a carry goes far. */
		memcpy(floor, last, sizeof(floor));
		if (!chance(4))
			memset(floor + 5 + chance(7), 0xff, 1);
		if (!chance(4))
			memset(floor + 8, 0xff, 4);
	}
	/* The highest number has none after it, and begins nothing anew. */
	plait_session_init(&ours, 1, most);
	plait_session_freshness(&ours, 5, 5, out);
	promise(!compare(out, most));
}

/* An INIT of that freshness is sent, and Bob's answer, if he gives one, is taken. */
static bool shake_hands(struct ends *ends, struct plait_session *theirs, const u8 *freshness)
{
	struct plait_init_payload payload = asked;
	struct plait_response_payload response;
	u8 initiator[PLAIT_KEY_LENGTH];
	u32 index;

	memcpy(payload.freshness, freshness, sizeof(payload.freshness));
	promise(plait_handshake_init(&ends->alice.noise, &ends->alice.us, &ends->alice.far_end, ALICE_INDEX,
				     &payload, ends->init));
	promise(read_init(ends, &payload, initiator, &index));
	if (!plait_session_fresh(theirs, payload.freshness))
		return false;
	promise(plait_handshake_respond(&ends->bob.noise, &ends->bob.far_end, BOB_INDEX, index, &answered,
					ends->response, &ends->bob.keys));
	return read_response(ends, &response, &index);
}

/* A box without a clock starts again; and what was recorded is sent once more. */
static void check_boots(void)
{
	static struct ends ends;
	struct plait_session alice, bob;
	struct plait_init_payload payload;
	u8 floor[PLAIT_FRESHNESS_LENGTH] = { 0 }, freshness[PLAIT_FRESHNESS_LENGTH];
	u8 initiator[PLAIT_KEY_LENGTH], recorded[PLAIT_UDP_INIT_LENGTH];
	u32 boot, index;

	meet_all(&ends);
	plait_session_init(&bob, 1, floor);
	for (boot = 0; boot < 5; boot++) {
		plait_session_init(&alice, 1, floor);
		/* In 2026 at first, and after each start in 1970. */
		plait_session_freshness(&alice, boot ? 7 : 1795000000, 0, freshness);
		promise(shake_hands(&ends, &bob, freshness));
		memcpy(recorded, ends.init, sizeof(recorded));
		plait_session_freshness(&alice, boot ? 8 : 1795000001, 0, freshness);
		promise(shake_hands(&ends, &bob, freshness));
		/* The agent's floor: two hours later. */
		memcpy(floor, freshness, sizeof(floor));
		floor[6] += 0x1c;
	}
	memcpy(ends.init, recorded, sizeof(recorded));
	promise(read_init(&ends, &payload, initiator, &index));
	promise(!plait_session_fresh(&bob, payload.freshness));
	/* Without the floor it would have been locked out. */
	memset(floor, 0, sizeof(floor));
	plait_session_init(&alice, 1, floor);
	plait_session_freshness(&alice, 7, 0, freshness);
	promise(!shake_hands(&ends, &bob, freshness));
}

static const struct {
	const char *name;
	void (*check)(void);
} checks[] = {
	{ "simultaneous", check_simultaneous },
	{ "hour", check_hour },
	{ "loss", check_loss },
	{ "silence", check_silence },
	{ "restart", check_restart },
	{ "freshness", check_freshness },
	{ "boots", check_boots },
};

int main(int argc, char **argv)
{
	u32 i;

	for (i = 0; argc == 2 && i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (strcmp(argv[1], checks[i].name))
			continue;
		checks[i].check();
		printf("%s\n", argv[1]);
		return 0;
	}
	return 2;
}
