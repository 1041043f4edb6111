/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The handshake: Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s (Noise Protocol Framework, revision 34) with the prologue
 * "plait udp 1", and the two MACs and the cookie of the WireGuard paper (5.3, 5.4.4, 5.4.7).
 */
#ifndef PLAIT_CORE_UDP_HANDSHAKE_H
#define PLAIT_CORE_UDP_HANDSHAKE_H

#include "noise.h"
#include "wire.h"

#define PLAIT_NOISE_PROLOGUE "plait udp 1"

/* Bytes of what must grow from INIT to INIT of the same box. */
#define PLAIT_FRESHNESS_LENGTH 12

/* What protects packets: bits of what a box is willing to, and the one that is chosen. */
#define PLAIT_SUITE_ENCRYPT 0x01
#define PLAIT_SUITE_SIGN 0x02

/**
 * struct plait_identity - the static keys of a box
 * @secret: X25519, clamped or not
 * @public: of it
 * @mac1_key: of mac1 of messages to it, hashed once
 * @cookie_key: of cookies in messages to it, hashed once
 */
struct plait_identity {
	u8 secret[PLAIT_KEY_LENGTH];
	u8 public[PLAIT_KEY_LENGTH];
	u8 mac1_key[PLAIT_KEY_LENGTH];
	u8 cookie_key[PLAIT_KEY_LENGTH];
};

/**
 * struct plait_remote - what is known beforehand of the far end
 * @public: its static key
 * @preshared: 0 when there is none
 * @mac1_key: of messages to it
 * @cookie_key: same
 */
struct plait_remote {
	u8 public[PLAIT_KEY_LENGTH];
	u8 preshared[PLAIT_KEY_LENGTH];
	u8 mac1_key[PLAIT_KEY_LENGTH];
	u8 cookie_key[PLAIT_KEY_LENGTH];
};

/* Payloads; on the wire as in wire.h. */
struct plait_init_payload {
	u8 freshness[PLAIT_FRESHNESS_LENGTH];
	u32 instance;
	u8 suites;
	u8 features;
	u8 legs;
};

struct plait_response_payload {
	u32 instance;
	u8 suite;
	u8 features;
	u8 legs;
};

/**
 * struct plait_transport_keys - what a handshake gives
 * @send: key of what we send
 * @receive: key of what we get
 */
struct plait_transport_keys {
	u8 send[PLAIT_KEY_LENGTH];
	u8 receive[PLAIT_KEY_LENGTH];
};

/* False: the secret gives no usable key; then nothing is of use. */
bool plait_identity_init(struct plait_identity *us, const u8 secret[PLAIT_KEY_LENGTH]);
void plait_remote_init(struct plait_remote *far_end, const u8 public[PLAIT_KEY_LENGTH],
		       const u8 preshared[PLAIT_KEY_LENGTH]);

/* --- Initiator --- */

/**
 * plait_handshake_init() - write an INIT, but for its MACs
 * @noise: begun anew, with a new ephemeral key; wiped when false is returned
 * @us: who initiates
 * @far_end: who answers
 * @index: ours, 24 bits: by which the answer finds us
 * @payload: sealed in it
 * @message: gets PLAIT_UDP_INIT_LENGTH bytes
 *
 * Return: false when a key of the far end is of low order.
 */
bool plait_handshake_init(struct plait_noise *noise, const struct plait_identity *us,
			  const struct plait_remote *far_end, u32 index,
			  const struct plait_init_payload *payload,
			  u8 message[PLAIT_UDP_INIT_LENGTH]);

/**
 * plait_handshake_finish() - take the RESPONSE to it
 * @noise: as plait_handshake_init() left it; wiped when true is returned, unchanged when not: a forged answer ends nothing
 * @us: who initiated
 * @far_end: who answers
 * @message: PLAIT_UDP_RESPONSE_LENGTH bytes, whose mac1 was right
 * @index: gets the far end's
 * @payload: filled in
 * @keys: filled in
 *
 * Return: false when it is not the answer to our INIT by this far end.
 */
bool plait_handshake_finish(struct plait_noise *noise, const struct plait_identity *us,
			    const struct plait_remote *far_end,
			    const u8 message[PLAIT_UDP_RESPONSE_LENGTH], u32 *index,
			    struct plait_response_payload *payload,
			    struct plait_transport_keys *keys);

/* --- Responder --- */

/**
 * plait_handshake_read_init() - open an INIT, from whomever it is
 * @noise: filled in, for plait_handshake_respond(); wiped when false is returned
 * @us: who is to answer
 * @message: PLAIT_UDP_INIT_LENGTH bytes, whose mac1 was right
 * @initiator: gets the initiator's static key: the caller knows whose it is, or drops the message
 * @index: gets the initiator's
 * @payload: filled in; its freshness is to be checked by the caller
 *
 * Return: false when it is not for us, or not whole.
 */
bool plait_handshake_read_init(struct plait_noise *noise, const struct plait_identity *us,
			       const u8 message[PLAIT_UDP_INIT_LENGTH],
			       u8 initiator[PLAIT_KEY_LENGTH], u32 *index,
			       struct plait_init_payload *payload);

/**
 * plait_handshake_respond() - write the RESPONSE, but for its MACs
 * @noise: as plait_handshake_read_init() left it; wiped
 * @far_end: the initiator
 * @index: ours, 24 bits
 * @remote_index: the initiator's
 * @payload: sealed in it
 * @message: gets PLAIT_UDP_RESPONSE_LENGTH bytes
 * @keys: filled in
 *
 * Return: false when a key of the initiator is of low order.
 */
bool plait_handshake_respond(struct plait_noise *noise, const struct plait_remote *far_end,
			     u32 index, u32 remote_index,
			     const struct plait_response_payload *payload,
			     u8 message[PLAIT_UDP_RESPONSE_LENGTH],
			     struct plait_transport_keys *keys);

#endif /* PLAIT_CORE_UDP_HANDSHAKE_H */
