// SPDX-License-Identifier: GPL-2.0-only
/* Has both ends of noise.c write and read the messages of the published vector; prints how many were right. */
#include "../hex.h"
#include "noise-vector.h"
#include "udp/noise.h"

#define MESSAGES (sizeof(messages) / sizeof(messages[0]))
#define ROOM 256

struct end {
	struct plait_noise noise;
	u8 secret[32], public[32];
	u8 send[32], receive[32];
};

static u8 psk[32];

static void check(const u8 *bytes, const char *hex)
{
	u8 right[ROOM];
	u32 length = unhex(right, ROOM, hex);

	promise(!memcmp(bytes, right, length));
}

static void begin(struct end *end, const char *secret, const char *ephemeral)
{
	u8 bytes[ROOM], responder[32];
	u32 length = unhex(bytes, ROOM, prologue);

	unhex_exactly(end->secret, 32, secret);
	promise(plait_x25519_public(end->public, end->secret));
	unhex_exactly(responder, 32, responder_public);
	plait_noise_begin(&end->noise, bytes, length, responder);
	unhex_exactly(end->noise.ephemeral, 32, ephemeral);
}

static void first(struct end *initiator, struct end *responder)
{
	u8 payload[ROOM], message[ROOM], out[ROOM], key[32];
	u32 length = unhex(payload, ROOM, messages[0].payload);

	promise(plait_noise_write_first(&initiator->noise, initiator->secret, initiator->public,
					responder->public, payload, length, message));
	promise(strlen(messages[0].message) == 2 * (length + PLAIT_NOISE_FIRST_OVERHEAD));
	check(message, messages[0].message);
	promise(plait_noise_read_first(&responder->noise, responder->secret, message, length, key, out));
	promise(!memcmp(key, initiator->public, 32) && !memcmp(out, payload, length));
}

static void second(struct end *initiator, struct end *responder)
{
	u8 payload[ROOM], message[ROOM], out[ROOM];
	u32 length = unhex(payload, ROOM, messages[1].payload);

	promise(plait_noise_write_second(&responder->noise, initiator->public, psk, payload, length, message));
	promise(strlen(messages[1].message) == 2 * (length + PLAIT_NOISE_SECOND_OVERHEAD));
	check(message, messages[1].message);
	promise(plait_noise_read_second(&initiator->noise, initiator->secret, psk, message, length, out));
	promise(!memcmp(out, payload, length));
	check(initiator->noise.hash, handshake_hash);
	check(responder->noise.hash, handshake_hash);
	plait_noise_split(&initiator->noise, initiator->send, initiator->receive);
	plait_noise_split(&responder->noise, responder->receive, responder->send);
}

static void transport(const struct end *from, const struct end *to, u32 number)
{
	u8 payload[ROOM], message[ROOM], out[ROOM];
	u32 length = unhex(payload, ROOM, messages[number].payload);
	u64 nonce = (number - 2) / 2;

	plait_seal(message, payload, length, NULL, 0, nonce, from->send);
	promise(strlen(messages[number].message) == 2 * (length + PLAIT_TAG_LENGTH));
	check(message, messages[number].message);
	promise(plait_open(out, message, length + PLAIT_TAG_LENGTH, NULL, 0, nonce, to->receive));
	promise(!memcmp(out, payload, length));
}

int main(void)
{
	struct end initiator, responder;
	u32 i;

	unhex_exactly(psk, 32, preshared);
	begin(&initiator, initiator_secret, initiator_ephemeral);
	begin(&responder, responder_secret, responder_ephemeral);
	first(&initiator, &responder);
	second(&initiator, &responder);
	for (i = 2; i < MESSAGES; i++) {
		bool ours = i % 2 == 0;

		transport(ours ? &initiator : &responder, ours ? &responder : &initiator, i);
	}
	printf("%zu messages\n", MESSAGES);
	return 0;
}
