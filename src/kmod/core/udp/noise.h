/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s (Noise Protocol Framework, revision 34): two messages, each with a payload. Knows
 * nothing of the messages that they travel in.
 *
 *	IKpsk2:
 *	  <- s
 *	  ...
 *	  -> e, es, s, ss
 *	  <- e, ee, se, psk
 */
#ifndef PLAIT_CORE_UDP_NOISE_H
#define PLAIT_CORE_UDP_NOISE_H

#include "crypto.h"

#define PLAIT_NOISE_NAME "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"

/* Bytes of a message beyond those of its payload: e and the sealed s, e alone; and the tag. */
#define PLAIT_NOISE_FIRST_OVERHEAD (2 * PLAIT_KEY_LENGTH + 2 * PLAIT_TAG_LENGTH)
#define PLAIT_NOISE_SECOND_OVERHEAD (PLAIT_KEY_LENGTH + PLAIT_TAG_LENGTH)

/**
 * struct plait_noise - a handshake that is under way
 * @chain: chaining key
 * @hash: of all so far
 * @ephemeral: our secret key of this handshake alone, which the caller fills in before our message is written
 * @remote_ephemeral: the initiator's, on the responder's side
 */
struct plait_noise {
	u8 chain[PLAIT_KEY_LENGTH];
	u8 hash[PLAIT_KEY_LENGTH];
	u8 ephemeral[PLAIT_KEY_LENGTH];
	u8 remote_ephemeral[PLAIT_KEY_LENGTH];
};

/**
 * plait_noise_begin() - before the first message, on either side
 * @noise: filled in, but for the ephemeral keys
 * @prologue: what both must agree on
 * @length: of it
 * @responder: the responder's static key
 */
void plait_noise_begin(struct plait_noise *noise, const u8 *prologue, u32 length,
		       const u8 responder[PLAIT_KEY_LENGTH]);

/*
 * Messages. False: a key is of low order, or a tag is wrong; then neither @noise nor what was filled in is of
 * further use. Nobody but the caller wipes @noise.
 */

/**
 * plait_noise_write_first() - of the initiator
 * @noise: begun, with an ephemeral key
 * @secret: its static key
 * @public: of that
 * @responder: the responder's static key
 * @payload: to be sealed
 * @length: of @payload
 * @message: gets @length + PLAIT_NOISE_FIRST_OVERHEAD bytes
 *
 * Return: see above.
 */
bool plait_noise_write_first(struct plait_noise *noise, const u8 secret[PLAIT_KEY_LENGTH],
			     const u8 public[PLAIT_KEY_LENGTH],
			     const u8 responder[PLAIT_KEY_LENGTH], const u8 *payload, u32 length,
			     u8 *message);

/**
 * plait_noise_read_first() - by the responder
 * @noise: begun
 * @secret: its static key
 * @message: @length + PLAIT_NOISE_FIRST_OVERHEAD bytes
 * @length: of @payload
 * @initiator: gets the initiator's static key
 * @payload: gets what was sealed
 *
 * Return: see above.
 */
bool plait_noise_read_first(struct plait_noise *noise, const u8 secret[PLAIT_KEY_LENGTH],
			    const u8 *message, u32 length, u8 initiator[PLAIT_KEY_LENGTH],
			    u8 *payload);

/**
 * plait_noise_write_second() - of the responder
 * @noise: as plait_noise_read_first() left it, with an ephemeral key
 * @initiator: the initiator's static key
 * @preshared: the pre-shared key
 * @payload: to be sealed
 * @length: of @payload
 * @message: gets @length + PLAIT_NOISE_SECOND_OVERHEAD bytes
 *
 * Return: see above.
 */
bool plait_noise_write_second(struct plait_noise *noise, const u8 initiator[PLAIT_KEY_LENGTH],
			      const u8 preshared[PLAIT_KEY_LENGTH], const u8 *payload, u32 length,
			      u8 *message);

/**
 * plait_noise_read_second() - by the initiator
 * @noise: as plait_noise_write_first() left it
 * @secret: its static key
 * @preshared: the pre-shared key
 * @message: @length + PLAIT_NOISE_SECOND_OVERHEAD bytes
 * @length: of @payload
 * @payload: gets what was sealed
 *
 * Return: see above.
 */
bool plait_noise_read_second(struct plait_noise *noise, const u8 secret[PLAIT_KEY_LENGTH],
			     const u8 preshared[PLAIT_KEY_LENGTH], const u8 *message, u32 length,
			     u8 *payload);

/**
 * plait_noise_split() - keys of what follows, after both messages
 * @noise: of either side
 * @to_responder: gets the key of what the initiator sends
 * @to_initiator: gets the key of what the responder sends
 */
void plait_noise_split(const struct plait_noise *noise, u8 to_responder[PLAIT_KEY_LENGTH],
		       u8 to_initiator[PLAIT_KEY_LENGTH]);

#endif /* PLAIT_CORE_UDP_NOISE_H */
