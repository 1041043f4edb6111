/* SPDX-License-Identifier: GPL-2.0-only */
/* Two boxes and a stranger, for tests of the handshake. */
#ifndef PLAIT_TEST_HANDSHAKE_ENDS_H
#define PLAIT_TEST_HANDSHAKE_ENDS_H

#include "../promise.h"
#include "udp/cookie.h"

struct end {
	struct plait_identity us;
	/* The one that it knows. */
	struct plait_remote far_end;
	struct plait_cookie_giver giver;
	struct plait_cookie_taker taker;
	struct plait_noise noise;
	struct plait_transport_keys keys;
	u8 address[6];
};

struct ends {
	struct end alice, bob, eve;
	u8 init[PLAIT_UDP_INIT_LENGTH], response[PLAIT_UDP_RESPONSE_LENGTH];
};

/* Indexes and payloads, by who chose them. */
#define ALICE_INDEX 0xabcdefu
#define BOB_INDEX 0x123456u

static const struct plait_init_payload asked = {
	.freshness = { 0, 0, 0, 0, 0x6a, 1, 2, 3, 4, 5, 6, 7 },
	.instance = 0xdeadbeef,
	.suites = PLAIT_SUITE_ENCRYPT | PLAIT_SUITE_SIGN,
	.features = 0x81,
	.legs = 3,
};

static const struct plait_response_payload answered = {
	.instance = 0x12345678,
	.suite = PLAIT_SUITE_SIGN,
	.features = 0x40,
	.legs = 32,
};

static inline void meet(struct end *end, u8 number)
{
	u8 secret[PLAIT_KEY_LENGTH];

	memset(secret, number, sizeof(secret));
	promise(plait_identity_init(&end->us, secret));
	memset(end->address, number, sizeof(end->address));
	plait_cookie_giver_init(&end->giver, 0);
}

/* Alice and Bob know each other; Eve knows Bob. */
static inline void meet_all(struct ends *ends)
{
	u8 preshared[PLAIT_KEY_LENGTH], none[PLAIT_KEY_LENGTH] = { 0 };

	memset(ends, 0, sizeof(*ends));
	meet(&ends->alice, 1);
	meet(&ends->bob, 2);
	meet(&ends->eve, 3);
	memset(preshared, 4, sizeof(preshared));
	plait_remote_init(&ends->alice.far_end, ends->bob.us.public, preshared);
	plait_remote_init(&ends->bob.far_end, ends->alice.us.public, preshared);
	plait_remote_init(&ends->eve.far_end, ends->bob.us.public, none);
}

static inline void write_macs(struct end *from, s64 now, u8 *message, u32 length)
{
	plait_macs_write(&from->taker, &from->far_end, now, message, length);
}

/* Mac1 as anybody can make it who knows the public key of @to. */
static inline void forge_mac1(const struct end *to, u8 *message, u32 length)
{
	const u8 none[PLAIT_KEY_LENGTH] = { 0 };
	struct plait_cookie_taker taker = { 0 };
	struct plait_remote remote;

	plait_remote_init(&remote, to->us.public, none);
	plait_macs_write(&taker, &remote, 0, message, length);
}

static inline enum plait_macs check_macs(struct end *to, const struct end *from, s64 now, const u8 *message,
					 u32 length)
{
	return plait_macs_check(&to->us, &to->giver, now, from->address, sizeof(from->address), message, length);
}

static inline void write_init(struct ends *ends)
{
	promise(plait_handshake_init(&ends->alice.noise, &ends->alice.us, &ends->alice.far_end, ALICE_INDEX,
				     &asked, ends->init));
	write_macs(&ends->alice, 0, ends->init, sizeof(ends->init));
}

/* Bob reads what is in @ends->init. */
static inline bool read_init(struct ends *ends, struct plait_init_payload *payload, u8 *initiator, u32 *index)
{
	return plait_handshake_read_init(&ends->bob.noise, &ends->bob.us, ends->init, initiator, index, payload);
}

static inline void write_response(struct ends *ends)
{
	struct plait_init_payload payload;
	u8 initiator[PLAIT_KEY_LENGTH];
	u32 index;

	promise(read_init(ends, &payload, initiator, &index));
	promise(plait_handshake_respond(&ends->bob.noise, &ends->bob.far_end, BOB_INDEX, index, &answered,
					ends->response, &ends->bob.keys));
	write_macs(&ends->bob, 0, ends->response, sizeof(ends->response));
}

/* Alice reads what is in @ends->response. */
static inline bool read_response(struct ends *ends, struct plait_response_payload *payload, u32 *index)
{
	return plait_handshake_finish(&ends->alice.noise, &ends->alice.us, &ends->alice.far_end, ends->response,
				      index, payload, &ends->alice.keys);
}

static inline bool all_zero(const void *memory, size_t length)
{
	const u8 *bytes = memory;

	while (length && !*bytes) {
		bytes++;
		length--;
	}
	return !length;
}

#endif /* PLAIT_TEST_HANDSHAKE_ENDS_H */
