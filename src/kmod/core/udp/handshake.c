// SPDX-License-Identifier: GPL-2.0-only
/* INIT and RESPONSE: where in them the messages of Noise are, and what is in their payloads. */
#include "handshake.h"

/* Parts of the messages, see wire.h. */
#define PLAIT_INDEX_AT 4
#define PLAIT_INIT_NOISE_AT 8
#define PLAIT_INIT_PAYLOAD_LENGTH 20
#define PLAIT_RESPONSE_REMOTE_INDEX_AT 8
#define PLAIT_RESPONSE_NOISE_AT 12
#define PLAIT_RESPONSE_PAYLOAD_LENGTH 8

/* In front of a public key, for the keys that are made from it. */
static const u8 plait_mac1_label[] = "plait udp 1 mac1";
static const u8 plait_cookie_label[] = "plait udp 1 cookie";

static void plait_derive_mac_keys(const u8 public[PLAIT_KEY_LENGTH], u8 mac1_key[PLAIT_KEY_LENGTH],
				  u8 cookie_key[PLAIT_KEY_LENGTH])
{
	plait_blake2s(mac1_key, PLAIT_KEY_LENGTH, NULL, 0, plait_mac1_label,
		      sizeof(plait_mac1_label) - 1, public, PLAIT_KEY_LENGTH);
	plait_blake2s(cookie_key, PLAIT_KEY_LENGTH, NULL, 0, plait_cookie_label,
		      sizeof(plait_cookie_label) - 1, public, PLAIT_KEY_LENGTH);
}

bool plait_identity_init(struct plait_identity *us, const u8 secret[PLAIT_KEY_LENGTH])
{
	memcpy(us->secret, secret, sizeof(us->secret));
	if (!plait_x25519_public(us->public, us->secret)) {
		plait_wipe(us, sizeof(*us));
		return false;
	}
	plait_derive_mac_keys(us->public, us->mac1_key, us->cookie_key);
	return true;
}

void plait_remote_init(struct plait_remote *far_end, const u8 public[PLAIT_KEY_LENGTH],
		       const u8 preshared[PLAIT_KEY_LENGTH])
{
	memcpy(far_end->public, public, sizeof(far_end->public));
	memcpy(far_end->preshared, preshared, sizeof(far_end->preshared));
	plait_derive_mac_keys(far_end->public, far_end->mac1_key, far_end->cookie_key);
}

static void plait_handshake_begin(struct plait_noise *noise, const u8 responder[PLAIT_KEY_LENGTH])
{
	static const u8 prologue[] = PLAIT_NOISE_PROLOGUE;

	plait_noise_begin(noise, prologue, sizeof(prologue) - 1, responder);
}

static void plait_write_init_payload(u8 bytes[PLAIT_INIT_PAYLOAD_LENGTH],
				     const struct plait_init_payload *payload)
{
	memcpy(bytes, payload->freshness, PLAIT_FRESHNESS_LENGTH);
	plait_put_le32(bytes + 12, payload->instance);
	bytes[16] = payload->suites;
	bytes[17] = payload->features;
	bytes[18] = payload->legs;
	bytes[19] = 0;
}

static void plait_read_init_payload(const u8 bytes[PLAIT_INIT_PAYLOAD_LENGTH],
				    struct plait_init_payload *payload)
{
	memcpy(payload->freshness, bytes, PLAIT_FRESHNESS_LENGTH);
	payload->instance = plait_get_le32(bytes + 12);
	payload->suites = bytes[16];
	payload->features = bytes[17];
	payload->legs = bytes[18];
}

static void plait_write_response_payload(u8 bytes[PLAIT_RESPONSE_PAYLOAD_LENGTH],
					 const struct plait_response_payload *payload)
{
	plait_put_le32(bytes, payload->instance);
	bytes[4] = payload->suite;
	bytes[5] = payload->features;
	bytes[6] = payload->legs;
	bytes[7] = 0;
}

static void plait_read_response_payload(const u8 bytes[PLAIT_RESPONSE_PAYLOAD_LENGTH],
					struct plait_response_payload *payload)
{
	payload->instance = plait_get_le32(bytes);
	payload->suite = bytes[4];
	payload->features = bytes[5];
	payload->legs = bytes[6];
}

/* All that is in clear in front of the message of Noise. */
static void plait_write_clear(u8 *message, u32 length, enum plait_udp_type type, u32 index)
{
	memset(message, 0, length);
	message[0] = type << 5;
	message[1] = PLAIT_UDP_VERSION;
	plait_put_le24(message + PLAIT_INDEX_AT, index);
}

bool plait_handshake_init(struct plait_noise *noise, const struct plait_identity *us,
			  const struct plait_remote *far_end, u32 index,
			  const struct plait_init_payload *payload,
			  u8 message[PLAIT_UDP_INIT_LENGTH])
{
	u8 bytes[PLAIT_INIT_PAYLOAD_LENGTH];

	plait_write_clear(message, PLAIT_INIT_NOISE_AT, PLAIT_UDP_INIT, index);
	plait_write_init_payload(bytes, payload);
	memset(noise, 0, sizeof(*noise));
	plait_handshake_begin(noise, far_end->public);
	plait_random(noise->ephemeral, sizeof(noise->ephemeral));
	if (plait_noise_write_first(noise, us->secret, us->public, far_end->public, bytes,
				    sizeof(bytes), message + PLAIT_INIT_NOISE_AT))
		return true;
	plait_wipe(noise, sizeof(*noise));
	return false;
}

bool plait_handshake_finish(struct plait_noise *noise, const struct plait_identity *us,
			    const struct plait_remote *far_end,
			    const u8 message[PLAIT_UDP_RESPONSE_LENGTH], u32 *index,
			    struct plait_response_payload *payload,
			    struct plait_transport_keys *keys)
{
	/* A copy: what turns out to be forged has changed nothing. */
	struct plait_noise trial = *noise;
	u8 bytes[PLAIT_RESPONSE_PAYLOAD_LENGTH];
	bool whole;

	whole = plait_noise_read_second(&trial, us->secret, far_end->preshared,
					message + PLAIT_RESPONSE_NOISE_AT, sizeof(bytes), bytes);
	if (whole) {
		*index = plait_get_le24(message + PLAIT_INDEX_AT);
		plait_read_response_payload(bytes, payload);
		plait_noise_split(&trial, keys->send, keys->receive);
		plait_wipe(noise, sizeof(*noise));
	}
	plait_wipe(&trial, sizeof(trial));
	return whole;
}

bool plait_handshake_read_init(struct plait_noise *noise, const struct plait_identity *us,
			       const u8 message[PLAIT_UDP_INIT_LENGTH],
			       u8 initiator[PLAIT_KEY_LENGTH], u32 *index,
			       struct plait_init_payload *payload)
{
	u8 bytes[PLAIT_INIT_PAYLOAD_LENGTH];

	memset(noise, 0, sizeof(*noise));
	plait_handshake_begin(noise, us->public);
	if (!plait_noise_read_first(noise, us->secret, message + PLAIT_INIT_NOISE_AT, sizeof(bytes),
				    initiator, bytes)) {
		plait_wipe(noise, sizeof(*noise));
		return false;
	}
	*index = plait_get_le24(message + PLAIT_INDEX_AT);
	plait_read_init_payload(bytes, payload);
	return true;
}

bool plait_handshake_respond(struct plait_noise *noise, const struct plait_remote *far_end,
			     u32 index, u32 remote_index,
			     const struct plait_response_payload *payload,
			     u8 message[PLAIT_UDP_RESPONSE_LENGTH],
			     struct plait_transport_keys *keys)
{
	u8 bytes[PLAIT_RESPONSE_PAYLOAD_LENGTH];
	bool usable;

	plait_write_clear(message, PLAIT_RESPONSE_NOISE_AT, PLAIT_UDP_RESPONSE, index);
	plait_put_le24(message + PLAIT_RESPONSE_REMOTE_INDEX_AT, remote_index);
	plait_write_response_payload(bytes, payload);
	plait_random(noise->ephemeral, sizeof(noise->ephemeral));
	usable = plait_noise_write_second(noise, far_end->public, far_end->preshared, bytes,
					  sizeof(bytes), message + PLAIT_RESPONSE_NOISE_AT);
	if (usable)
		plait_noise_split(noise, keys->receive, keys->send);
	plait_wipe(noise, sizeof(*noise));
	return usable;
}
