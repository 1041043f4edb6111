// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzer of what comes before a session: bytes that are no messages, and messages some of whose bytes were changed, with
 * MACs made anew by one who knows the public key. Nothing that is not whole is taken or changes anything.
 *
 * With clang it is a libFuzzer target, with fuzz-main.c a program that makes its own inputs.
 */
#include "handshake-ends.h"

#define INIT_SEALED 8
#define RESPONSE_SEALED 12
#define MACS (2 * PLAIT_MAC_LENGTH)

enum kind { INIT, RESPONSE, COOKIE, KINDS };

static const u32 lengths[KINDS] = {
	[INIT] = PLAIT_UDP_INIT_LENGTH,
	[RESPONSE] = PLAIT_UDP_RESPONSE_LENGTH,
	[COOKIE] = PLAIT_UDP_COOKIE_LENGTH,
};

/* What is authenticated by more than mac1. */
static bool sealed_differs(enum kind kind, const u8 *message, const u8 *right)
{
	static const u32 start[KINDS] = { [INIT] = INIT_SEALED, [RESPONSE] = RESPONSE_SEALED };
	u32 end = lengths[kind] - (kind == COOKIE ? 0 : MACS);

	return memcmp(message + start[kind], right + start[kind], end - start[kind]);
}

static void try_init(struct ends *ends, const u8 *message, bool differs)
{
	struct plait_init_payload payload;
	struct plait_noise noise;
	u8 initiator[PLAIT_KEY_LENGTH];
	u32 index;

	promise(plait_handshake_read_init(&noise, &ends->bob.us, message, initiator, &index, &payload) == !differs);
	promise(!differs || all_zero(&noise, sizeof(noise)));
	promise(differs || index <= PLAIT_UDP_INDEX_MASK);
}

static void try_response(struct ends *ends, const u8 *message, bool differs)
{
	struct plait_noise before = ends->alice.noise;
	struct plait_response_payload payload;
	struct plait_transport_keys keys;
	u32 index;

	promise(plait_handshake_finish(&ends->alice.noise, &ends->alice.us, &ends->alice.far_end, message, &index,
				       &payload, &keys) == !differs);
	promise(!differs || !memcmp(&before, &ends->alice.noise, sizeof(before)));
	promise(differs || (index <= PLAIT_UDP_INDEX_MASK && !memcmp(&keys, &ends->alice.keys, sizeof(keys))));
	ends->alice.noise = before;
}

static void try_cookie(struct ends *ends, const u8 *message, bool differs)
{
	struct plait_cookie_taker before = ends->alice.taker;

	promise(plait_cookie_take(&ends->alice.taker, &ends->alice.far_end, 0, message) == !differs);
	promise(!differs || !memcmp(&before, &ends->alice.taker, sizeof(before)));
	ends->alice.taker = before;
}

static void try_message(struct ends *ends, enum kind kind, const u8 *right, const u8 *message)
{
	struct end *to = kind == INIT ? &ends->bob : &ends->alice;
	bool differs = sealed_differs(kind, message, right);

	if (kind != COOKIE && memcmp(message, right, lengths[kind] - PLAIT_MAC_LENGTH))
		promise(check_macs(to, &ends->eve, 0, message, lengths[kind]) == PLAIT_MACS_BAD);
	if (kind == INIT)
		try_init(ends, message, differs);
	else if (kind == RESPONSE)
		try_response(ends, message, differs);
	else
		try_cookie(ends, message, differs);
}

/* One handshake and a cookie, made once: what is refused changes nothing, and what is taken is put back. */
static struct ends *world(u8 *messages[KINDS])
{
	static u8 cookie[PLAIT_UDP_COOKIE_LENGTH];
	static struct ends ends;
	static bool made;

	if (!made) {
		struct plait_response_payload payload;
		struct plait_noise noise;
		u32 index;

		meet_all(&ends);
		write_init(&ends);
		write_response(&ends);
		noise = ends.alice.noise;
		promise(read_response(&ends, &payload, &index));
		ends.alice.noise = noise;
		plait_cookie_write(&ends.bob.us, &ends.bob.giver, 0, ends.alice.address,
				   sizeof(ends.alice.address), ends.init, sizeof(ends.init), ALICE_INDEX, cookie);
		made = true;
	}
	messages[INIT] = ends.init;
	messages[RESPONSE] = ends.response;
	messages[COOKIE] = cookie;
	return &ends;
}

/* Pairs of a place and what is put there. */
static void change(u8 *message, u32 length, const uint8_t *data, size_t size)
{
	for (; size >= 2; data += 2, size -= 2)
		message[data[0] % length] ^= data[1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 *messages[KINDS], *message;
	struct ends *ends = world(messages);
	enum kind kind;

	if (size < 2)
		return 0;
	kind = data[0] % KINDS;
	/* Nothing behind it, so that the sanitizer sees who reads there. */
	message = malloc(lengths[kind]);
	memcpy(message, messages[kind], lengths[kind]);
	if (data[1] & 1)
		memcpy(message, data + 2, size - 2 < lengths[kind] ? size - 2 : lengths[kind]);
	else
		change(message, lengths[kind], data + 2, (size - 2) % (2 + (data[1] >> 1) % 16));
	try_message(ends, kind, messages[kind], message);
	if (kind != COOKIE) {
		struct end *to = kind == INIT ? &ends->bob : &ends->alice;

		forge_mac1(to, message, lengths[kind]);
		promise(check_macs(to, &ends->eve, 0, message, lengths[kind]) == PLAIT_MACS_GOOD);
	}
	free(message);
	return 0;
}
