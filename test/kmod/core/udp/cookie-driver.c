// SPDX-License-Identifier: GPL-2.0-only
/* Cookies that must be taken, and many more that must not: one check for each name that it is called with. */
#include "handshake-ends.h"

#define INIT_MAC2 140

/* An INIT of Alice comes from an address, at a time. */
static enum plait_macs ask(struct ends *ends, const struct end *from, s64 now)
{
	promise(plait_handshake_init(&ends->alice.noise, &ends->alice.us, &ends->alice.far_end, ALICE_INDEX,
				     &asked, ends->init));
	write_macs(&ends->alice, now, ends->init, sizeof(ends->init));
	return check_macs(&ends->bob, from, now, ends->init, sizeof(ends->init));
}

static void answer(struct ends *ends, const struct end *to, s64 now, u8 *cookie)
{
	plait_cookie_write(&ends->bob.us, &ends->bob.giver, now, to->address, sizeof(to->address), ends->init,
			   sizeof(ends->init), ALICE_INDEX, cookie);
}

static bool take(struct ends *ends, s64 now, const u8 *cookie)
{
	return plait_cookie_take(&ends->alice.taker, &ends->alice.far_end, now, cookie);
}

/* Alice asks, and gets a cookie. */
static void give(struct ends *ends, s64 now)
{
	u8 cookie[PLAIT_UDP_COOKIE_LENGTH];

	promise(ask(ends, &ends->alice, now) != PLAIT_MACS_BAD);
	answer(ends, &ends->alice, now, cookie);
	promise(take(ends, now, cookie));
}

static void check_use(struct ends *ends)
{
	static const u8 clear[] = { 0x60, 0, 0, 0, 0xef, 0xcd, 0xab, 0 };
	u8 cookie[PLAIT_UDP_COOKIE_LENGTH], bit;

	promise(ask(ends, &ends->alice, 0) == PLAIT_MACS_GOOD);
	answer(ends, &ends->alice, 0, cookie);
	promise(!memcmp(cookie, clear, sizeof(clear)));
	promise(take(ends, 0, cookie));
	promise(ask(ends, &ends->alice, 0) == PLAIT_MACS_COOKIE);
	for (bit = 0; bit < 128; bit++) {
		u8 *byte = &ends->init[INIT_MAC2 + bit / 8];

		*byte ^= 1u << bit % 8;
		promise(check_macs(&ends->bob, &ends->alice, 0, ends->init, sizeof(ends->init)) ==
			PLAIT_MACS_GOOD);
		*byte ^= 1u << bit % 8;
	}
	/* Nobody else's address, nor one that is longer or shorter. */
	promise(ask(ends, &ends->eve, 0) == PLAIT_MACS_GOOD);
	promise(plait_macs_check(&ends->bob.us, &ends->bob.giver, 0, ends->alice.address,
				 sizeof(ends->alice.address) - 1, ends->init, sizeof(ends->init)) ==
		PLAIT_MACS_GOOD);
}

/* Who is asked may demand one for its answer, too. */
static void check_response(struct ends *ends)
{
	u8 cookie[PLAIT_UDP_COOKIE_LENGTH];

	write_init(ends);
	write_response(ends);
	promise(check_macs(&ends->alice, &ends->bob, 0, ends->response, sizeof(ends->response)) == PLAIT_MACS_GOOD);
	plait_cookie_write(&ends->alice.us, &ends->alice.giver, 0, ends->bob.address, sizeof(ends->bob.address),
			   ends->response, sizeof(ends->response), BOB_INDEX, cookie);
	promise(plait_cookie_take(&ends->bob.taker, &ends->bob.far_end, 0, cookie));
	write_init(ends);
	write_response(ends);
	promise(check_macs(&ends->alice, &ends->bob, 0, ends->response, sizeof(ends->response)) ==
		PLAIT_MACS_COOKIE);
}

/* Nothing is changed by what is refused. */
static void refuse(struct ends *ends, const u8 *cookie)
{
	struct plait_cookie_taker before = ends->alice.taker;

	promise(!take(ends, 0, cookie));
	promise(!memcmp(&before, &ends->alice.taker, sizeof(before)));
}

static void check_bits(struct ends *ends)
{
	u8 cookie[PLAIT_UDP_COOKIE_LENGTH];
	u32 bit;

	ask(ends, &ends->alice, 0);
	answer(ends, &ends->alice, 0, cookie);
	for (bit = 0; bit < 8 * sizeof(cookie); bit++) {
		cookie[bit / 8] ^= 1u << bit % 8;
		refuse(ends, cookie);
		cookie[bit / 8] ^= 1u << bit % 8;
	}
	promise(take(ends, 0, cookie));
}

static void check_truncation(struct ends *ends)
{
	u8 whole[PLAIT_UDP_COOKIE_LENGTH], cookie[PLAIT_UDP_COOKIE_LENGTH];
	u32 left;

	ask(ends, &ends->alice, 0);
	answer(ends, &ends->alice, 0, whole);
	for (left = 0; left < sizeof(cookie); left++) {
		memset(cookie, 0, sizeof(cookie));
		memcpy(cookie, whole, left);
		refuse(ends, cookie);
	}
}

/* Unasked for, twice, for an earlier message, by somebody else. */
static void check_strangers(struct ends *ends)
{
	u8 cookie[PLAIT_UDP_COOKIE_LENGTH], old[PLAIT_UDP_COOKIE_LENGTH];

	memset(cookie, 0, sizeof(cookie));
	refuse(ends, cookie);
	ask(ends, &ends->alice, 0);
	answer(ends, &ends->alice, 0, old);
	ask(ends, &ends->alice, 0);
	refuse(ends, old);
	plait_cookie_write(&ends->eve.us, &ends->eve.giver, 0, ends->alice.address, sizeof(ends->alice.address),
			   ends->init, sizeof(ends->init), ALICE_INDEX, cookie);
	refuse(ends, cookie);
	answer(ends, &ends->alice, 0, cookie);
	promise(take(ends, 0, cookie));
	refuse(ends, cookie);
	promise(ask(ends, &ends->alice, 0) == PLAIT_MACS_COOKIE);
}

/* Whenever it was given: it is taken for as long as it is used, and not for more than two lives. */
static void check_life(struct ends *ends)
{
	s64 start, now;

	for (start = 0; start < 3 * PLAIT_COOKIE_LIFE; start += 7 * PLAIT_S) {
		meet_all(ends);
		give(ends, start);
		for (now = start; now < start + 115 * PLAIT_S; now += 5 * PLAIT_S)
			promise(ask(ends, &ends->alice, now) == PLAIT_MACS_COOKIE);
		promise(ask(ends, &ends->alice, start + 115 * PLAIT_S) == PLAIT_MACS_GOOD);
		promise(all_zero(ends->init + INIT_MAC2, PLAIT_MAC_LENGTH));
		/* A box that goes on to use it, by a clock that stands still. */
		ends->alice.taker.until = PLAIT_NEVER;
		promise(ask(ends, &ends->alice, start + PLAIT_COOKIE_LIFE) == PLAIT_MACS_COOKIE);
		promise(ask(ends, &ends->alice, start + 2 * PLAIT_COOKIE_LIFE) == PLAIT_MACS_GOOD);
	}
	/* Also when the secret was looked at late, so that its change was, too. */
	meet_all(ends);
	give(ends, PLAIT_S);
	ends->alice.taker.until = PLAIT_NEVER;
	ask(ends, &ends->alice, 2 * PLAIT_COOKIE_LIFE - PLAIT_S);
	promise(ask(ends, &ends->alice, 2 * PLAIT_COOKIE_LIFE + PLAIT_S) == PLAIT_MACS_GOOD);
	/* And when nobody asked in between. */
	for (now = 2 * PLAIT_COOKIE_LIFE; now < 9 * PLAIT_COOKIE_LIFE; now += 50 * PLAIT_S) {
		meet_all(ends);
		give(ends, 0);
		ends->alice.taker.until = PLAIT_NEVER;
		promise(ask(ends, &ends->alice, now) == PLAIT_MACS_GOOD);
	}
}

static const struct {
	const char *name;
	void (*check)(struct ends *ends);
} checks[] = {
	{ "use", check_use },
	{ "response", check_response },
	{ "bits", check_bits },
	{ "truncation", check_truncation },
	{ "strangers", check_strangers },
	{ "life", check_life },
};

int main(int argc, char **argv)
{
	static struct ends ends;
	u32 i;

	for (i = 0; argc == 2 && i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (strcmp(argv[1], checks[i].name))
			continue;
		meet_all(&ends);
		checks[i].check(&ends);
		printf("%s\n", argv[1]);
		return 0;
	}
	return 2;
}
