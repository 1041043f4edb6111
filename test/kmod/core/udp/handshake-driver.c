// SPDX-License-Identifier: GPL-2.0-only
/* Handshakes that must succeed, and many more that must not: one check for each name that it is called with. */
#include "../hex.h"
#include "handshake-ends.h"
#include "handshake-golden.h"

#define FIRST_BIT(byte) (8 * (byte))
#define BITS(array) (8 * sizeof(array))
/* Parts of messages, see wire.h. */
#define INIT_SEALED 8
#define INIT_MAC1 124
#define INIT_MAC2 140
#define RESPONSE_SEALED 12
#define RESPONSE_MAC1 68
#define RESPONSE_MAC2 84

static void flip(u8 *bytes, u32 bit)
{
	bytes[bit / 8] ^= 1u << bit % 8;
}

/* --- Who gets on with each other --- */

static void check_init_layout(const u8 *message)
{
	static const u8 clear[] = { 0x20, 1, 0, 0, 0xef, 0xcd, 0xab, 0 };

	promise(!memcmp(message, clear, sizeof(clear)));
	promise(all_zero(message + INIT_MAC2, PLAIT_MAC_LENGTH));
}

static void check_response_layout(const u8 *message)
{
	static const u8 clear[] = { 0x40, 1, 0, 0, 0x56, 0x34, 0x12, 0, 0xef, 0xcd, 0xab, 0 };

	promise(!memcmp(message, clear, sizeof(clear)));
	promise(all_zero(message + RESPONSE_MAC2, PLAIT_MAC_LENGTH));
}

static void check_keys(const struct ends *ends)
{
	const struct plait_transport_keys *alice = &ends->alice.keys, *bob = &ends->bob.keys;

	promise(!memcmp(alice->send, bob->receive, PLAIT_KEY_LENGTH));
	promise(!memcmp(alice->receive, bob->send, PLAIT_KEY_LENGTH));
	promise(memcmp(alice->send, alice->receive, PLAIT_KEY_LENGTH));
	promise(!all_zero(alice, sizeof(*alice)));
}

static void agree(struct ends *ends)
{
	struct plait_init_payload init;
	struct plait_response_payload response;
	u8 initiator[PLAIT_KEY_LENGTH];
	u32 index;

	write_init(ends);
	check_init_layout(ends->init);
	promise(check_macs(&ends->bob, &ends->alice, 0, ends->init, sizeof(ends->init)) == PLAIT_MACS_GOOD);
	promise(read_init(ends, &init, initiator, &index));
	promise(!memcmp(initiator, ends->alice.us.public, sizeof(initiator)));
	promise(index == ALICE_INDEX);
	promise(!memcmp(init.freshness, asked.freshness, sizeof(init.freshness)));
	promise(init.instance == asked.instance && init.suites == asked.suites);
	promise(init.features == asked.features && init.legs == asked.legs);

	write_response(ends);
	check_response_layout(ends->response);
	promise(all_zero(&ends->bob.noise, sizeof(ends->bob.noise)));
	promise(check_macs(&ends->alice, &ends->bob, 0, ends->response, sizeof(ends->response)) == PLAIT_MACS_GOOD);
	promise(read_response(ends, &response, &index));
	promise(all_zero(&ends->alice.noise, sizeof(ends->alice.noise)));
	promise(index == BOB_INDEX);
	promise(response.instance == answered.instance && response.suite == answered.suite);
	promise(response.features == answered.features && response.legs == answered.legs);
	check_keys(ends);
}

/* Both agree, and each time on other keys, from other ephemeral ones. */
static void check_agreement(struct ends *ends)
{
	struct ends before;

	agree(ends);
	before = *ends;
	agree(ends);
	promise(memcmp(before.alice.keys.send, ends->alice.keys.send, PLAIT_KEY_LENGTH));
	promise(memcmp(before.alice.keys.receive, ends->alice.keys.receive, PLAIT_KEY_LENGTH));
	promise(memcmp(before.init + INIT_SEALED, ends->init + INIT_SEALED, PLAIT_KEY_LENGTH));
	promise(memcmp(before.response + RESPONSE_SEALED, ends->response + RESPONSE_SEALED, PLAIT_KEY_LENGTH));
}

/* The message of Noise in an INIT, with an ephemeral key that is given. */
static void check_golden_init(struct ends *ends)
{
	static const u8 prologue[] = PLAIT_NOISE_PROLOGUE;
	struct plait_init_payload payload;
	struct end *alice = &ends->alice;
	u8 bytes[32] = { 0 }, message[PLAIT_UDP_INIT_LENGTH], initiator[PLAIT_KEY_LENGTH];
	u32 index;

	unhex_exactly(ends->init, sizeof(ends->init), golden_init);
	promise(check_macs(&ends->bob, alice, 0, ends->init, sizeof(ends->init)) == PLAIT_MACS_GOOD);
	promise(read_init(ends, &payload, initiator, &index));
	promise(index == ALICE_INDEX && !memcmp(initiator, alice->us.public, sizeof(initiator)));
	promise(!memcmp(payload.freshness, asked.freshness, sizeof(payload.freshness)));
	promise(payload.instance == asked.instance && payload.suites == asked.suites);
	promise(payload.features == asked.features && payload.legs == asked.legs);

	memcpy(bytes, asked.freshness, sizeof(asked.freshness));
	plait_put_le32(bytes + 12, asked.instance);
	bytes[16] = asked.suites;
	bytes[17] = asked.features;
	bytes[18] = asked.legs;
	unhex_exactly(alice->noise.ephemeral, PLAIT_KEY_LENGTH, golden_initiator_ephemeral);
	plait_noise_begin(&alice->noise, prologue, sizeof(prologue) - 1, ends->bob.us.public);
	promise(plait_noise_write_first(&alice->noise, alice->us.secret, alice->us.public, ends->bob.us.public, bytes,
					20, message + INIT_SEALED));
	promise(!memcmp(message + INIT_SEALED, ends->init + INIT_SEALED, INIT_MAC1 - INIT_SEALED));
}

/* Alice, who has just sent that INIT, takes the answer. */
static void check_golden_response(struct ends *ends)
{
	struct plait_response_payload payload;
	u8 key[PLAIT_KEY_LENGTH];
	u32 index;

	unhex_exactly(ends->response, sizeof(ends->response), golden_response);
	promise(check_macs(&ends->alice, &ends->bob, 0, ends->response, sizeof(ends->response)) == PLAIT_MACS_GOOD);
	promise(read_response(ends, &payload, &index));
	promise(index == BOB_INDEX && payload.instance == answered.instance && payload.suite == answered.suite);
	promise(payload.features == answered.features && payload.legs == answered.legs);
	unhex_exactly(key, sizeof(key), golden_to_responder);
	promise(!memcmp(ends->alice.keys.send, key, sizeof(key)));
	unhex_exactly(key, sizeof(key), golden_to_initiator);
	promise(!memcmp(ends->alice.keys.receive, key, sizeof(key)));
}

static void check_golden_cookie(struct ends *ends)
{
	u8 message[PLAIT_UDP_COOKIE_LENGTH], cookie[PLAIT_COOKIE_LENGTH], init[PLAIT_UDP_INIT_LENGTH];
	struct plait_cookie_taker *taker = &ends->alice.taker;

	unhex_exactly(message, sizeof(message), golden_cookie_message);
	unhex_exactly(cookie, sizeof(cookie), golden_cookie);
	unhex_exactly(init, sizeof(init), golden_init_with_cookie);
	write_macs(&ends->alice, 0, ends->init, sizeof(ends->init));
	promise(plait_cookie_take(taker, &ends->alice.far_end, 0, message));
	promise(!memcmp(taker->cookie, cookie, sizeof(cookie)));
	write_macs(&ends->alice, 0, ends->init, sizeof(ends->init));
	promise(!memcmp(ends->init, init, sizeof(init)));
}

static void check_golden(struct ends *ends)
{
	check_golden_init(ends);
	check_golden_response(ends);
	check_golden_cookie(ends);
}

/* --- What is refused --- */

static void refuse_init(struct ends *ends)
{
	struct plait_init_payload payload;
	u8 initiator[PLAIT_KEY_LENGTH];
	u32 index;

	promise(!read_init(ends, &payload, initiator, &index));
	promise(all_zero(&ends->bob.noise, sizeof(ends->bob.noise)));
}

/* It changes nothing that Alice has. */
static void refuse_response(struct ends *ends)
{
	struct ends before = *ends;
	struct plait_response_payload payload = { .instance = 7 };
	u32 index = 8;

	promise(!read_response(ends, &payload, &index));
	promise(!memcmp(&before, ends, sizeof(before)));
	promise(payload.instance == 7 && index == 8);
}

/* The same messages are taken when nobody touches them. */
static void accept_response(struct ends *ends)
{
	struct plait_response_payload payload;
	u32 index;

	promise(read_response(ends, &payload, &index));
	check_keys(ends);
}

static void check_init_bits(struct ends *ends)
{
	u32 bit;

	write_init(ends);
	for (bit = 0; bit < FIRST_BIT(INIT_MAC2); bit++) {
		flip(ends->init, bit);
		promise(check_macs(&ends->bob, &ends->alice, 0, ends->init, sizeof(ends->init)) == PLAIT_MACS_BAD);
		if (bit >= FIRST_BIT(INIT_SEALED) && bit < FIRST_BIT(INIT_MAC1))
			refuse_init(ends);
		flip(ends->init, bit);
	}
	write_response(ends);
	accept_response(ends);
}

static void check_response_bits(struct ends *ends)
{
	u32 bit;

	write_init(ends);
	write_response(ends);
	for (bit = 0; bit < FIRST_BIT(RESPONSE_MAC2); bit++) {
		flip(ends->response, bit);
		promise(check_macs(&ends->alice, &ends->bob, 0, ends->response, sizeof(ends->response)) ==
			PLAIT_MACS_BAD);
		if (bit >= FIRST_BIT(RESPONSE_SEALED) && bit < FIRST_BIT(RESPONSE_MAC1))
			refuse_response(ends);
		flip(ends->response, bit);
	}
	accept_response(ends);
}

/* As much as came, then zeroes, or what was in the buffer before. */
static void cut(u8 *to, const u8 *from, u32 left, u32 length, u8 filler)
{
	memcpy(to, from, left);
	memset(to + left, filler, length - left);
}

static void check_truncation(struct ends *ends)
{
	u8 init[PLAIT_UDP_INIT_LENGTH], response[PLAIT_UDP_RESPONSE_LENGTH];
	u32 left;

	write_init(ends);
	write_response(ends);
	memcpy(init, ends->init, sizeof(init));
	memcpy(response, ends->response, sizeof(response));
	for (left = 0; left < 2 * INIT_MAC2; left++) {
		cut(ends->init, init, left / 2, sizeof(init), left % 2 ? 0 : 0x5a);
		promise(check_macs(&ends->bob, &ends->alice, 0, ends->init, sizeof(init)) == PLAIT_MACS_BAD);
		if (left / 2 < INIT_MAC1)
			refuse_init(ends);
	}
	for (left = 0; left < 2 * RESPONSE_MAC2; left++) {
		cut(ends->response, response, left / 2, sizeof(response), left % 2 ? 0 : 0x5a);
		promise(check_macs(&ends->alice, &ends->bob, 0, ends->response, sizeof(response)) == PLAIT_MACS_BAD);
		if (left / 2 < RESPONSE_MAC1)
			refuse_response(ends);
	}
}

/* An INIT for Bob does not open for Eve, and nobody but Bob can answer it. */
static void check_wrong_peer(struct ends *ends)
{
	struct plait_init_payload init;
	struct plait_noise noise;
	u8 initiator[PLAIT_KEY_LENGTH];
	u32 index;

	write_init(ends);
	promise(check_macs(&ends->eve, &ends->alice, 0, ends->init, sizeof(ends->init)) == PLAIT_MACS_BAD);
	promise(!plait_handshake_read_init(&noise, &ends->eve.us, ends->init, initiator, &index, &init));
	promise(all_zero(&noise, sizeof(noise)));

	/* Eve answers with all that is not Bob's secret key: an INIT to her, and Alice's public key. */
	promise(plait_handshake_init(&noise, &ends->alice.us, &ends->eve.far_end, ALICE_INDEX, &asked, ends->init));
	write_response(ends);
	refuse_response(ends);

	/* An INIT of Eve opens for Bob, and names her. */
	promise(plait_handshake_init(&noise, &ends->eve.us, &ends->eve.far_end, ALICE_INDEX, &asked, ends->init));
	promise(read_init(ends, &init, initiator, &index));
	promise(!memcmp(initiator, ends->eve.us.public, sizeof(initiator)));
	/* Answered as if it were Alice's, it opens for neither of them. */
	write_response(ends);
	refuse_response(ends);
	ends->alice.noise = noise;
	ends->alice.us = ends->eve.us;
	refuse_response(ends);
}

static void check_wrong_psk(struct ends *ends)
{
	u32 bit;

	for (bit = 0; bit < BITS(ends->bob.far_end.preshared); bit += 17) {
		flip(ends->bob.far_end.preshared, bit);
		write_init(ends);
		write_response(ends);
		promise(check_macs(&ends->alice, &ends->bob, 0, ends->response, sizeof(ends->response)) ==
			PLAIT_MACS_GOOD);
		refuse_response(ends);
		flip(ends->bob.far_end.preshared, bit);
	}
	agree(ends);
}

/* What we sent comes back to us, from one who writes mac1 anew, while we ask and answer. */
static void check_reflection(struct ends *ends)
{
	struct plait_init_payload init;
	struct plait_response_payload response;
	struct plait_noise noise = { 0 }, before;
	u8 initiator[PLAIT_KEY_LENGTH], message[PLAIT_UDP_INIT_LENGTH];
	u32 index;

	write_init(ends);
	promise(check_macs(&ends->alice, &ends->bob, 0, ends->init, sizeof(ends->init)) == PLAIT_MACS_BAD);
	forge_mac1(&ends->alice, ends->init, sizeof(ends->init));
	promise(check_macs(&ends->alice, &ends->bob, 0, ends->init, sizeof(ends->init)) == PLAIT_MACS_GOOD);
	promise(!plait_handshake_read_init(&noise, &ends->alice.us, ends->init, initiator, &index, &init));

	write_response(ends);
	promise(plait_handshake_init(&noise, &ends->bob.us, &ends->bob.far_end, BOB_INDEX, &asked, message));
	before = noise;
	promise(!plait_handshake_finish(&noise, &ends->bob.us, &ends->bob.far_end, ends->response, &index, &response,
					&ends->bob.keys));
	promise(!memcmp(&before, &noise, sizeof(noise)));
	check_response_layout(ends->response);
}

/* An answer to an earlier INIT is none to a later one. */
static void check_old_answer(struct ends *ends)
{
	u8 old[PLAIT_UDP_RESPONSE_LENGTH];

	write_init(ends);
	write_response(ends);
	memcpy(old, ends->response, sizeof(old));
	write_init(ends);
	refuse_response(ends);
	write_response(ends);
	accept_response(ends);
	memcpy(ends->response, old, sizeof(old));
	refuse_response(ends);
}

/* Points that would make keys which everybody knows. */
static void check_low_order(struct ends *ends)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct plait_transport_keys keys;
	struct plait_remote remote;
	struct plait_noise noise;
	u8 point[PLAIT_KEY_LENGTH], message[PLAIT_UDP_RESPONSE_LENGTH], init[PLAIT_UDP_INIT_LENGTH];
	u32 i;

	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		unhex_exactly(point, sizeof(point), points[i]);
		plait_remote_init(&remote, point, point);
		promise(!plait_handshake_init(&noise, &ends->alice.us, &remote, ALICE_INDEX, &asked, init));
		promise(all_zero(&noise, sizeof(noise)));

		write_init(ends);
		write_response(ends);
		memcpy(ends->response + RESPONSE_SEALED, point, sizeof(point));
		refuse_response(ends);

		memcpy(ends->init + INIT_SEALED, point, sizeof(point));
		refuse_init(ends);

		noise = ends->alice.noise;
		memcpy(noise.remote_ephemeral, ends->alice.us.public, PLAIT_KEY_LENGTH);
		promise(!plait_handshake_respond(&noise, &remote, BOB_INDEX, ALICE_INDEX, &answered, message, &keys));
		promise(all_zero(&noise, sizeof(noise)));
	}
}

static const struct {
	const char *name;
	void (*check)(struct ends *ends);
} checks[] = {
	{ "agreement", check_agreement },
	{ "golden", check_golden },
	{ "init-bits", check_init_bits },
	{ "response-bits", check_response_bits },
	{ "truncation", check_truncation },
	{ "wrong-peer", check_wrong_peer },
	{ "wrong-psk", check_wrong_psk },
	{ "reflection", check_reflection },
	{ "old-answer", check_old_answer },
	{ "low-order", check_low_order },
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
