// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Noise protocol, by the functions of its specification (revision 34; numbers of its sections are given). Each key seals
 * once, so there is no nonce in the state: it is always 0.
 */
#include "noise.h"

/* Of BLAKE2s, for HMAC (RFC 2104). */
#define PLAIT_HASH_BLOCK 64
#define PLAIT_HMAC_INNER 0x36
#define PLAIT_HMAC_OUTER 0x5c

static void plait_hmac_pad(u8 pad[PLAIT_HASH_BLOCK], const u8 key[PLAIT_KEY_LENGTH], u8 with)
{
	u32 i;

	memset(pad, with, PLAIT_HASH_BLOCK);
	for (i = 0; i < PLAIT_KEY_LENGTH; i++)
		pad[i] ^= key[i];
}

static void plait_hmac(u8 out[PLAIT_KEY_LENGTH], const u8 key[PLAIT_KEY_LENGTH], const u8 *data,
		       u32 length)
{
	u8 pad[PLAIT_HASH_BLOCK], inner[PLAIT_KEY_LENGTH];

	plait_hmac_pad(pad, key, PLAIT_HMAC_INNER);
	plait_blake2s(inner, sizeof(inner), NULL, 0, pad, sizeof(pad), data, length);
	plait_hmac_pad(pad, key, PLAIT_HMAC_OUTER);
	plait_blake2s(out, PLAIT_KEY_LENGTH, NULL, 0, pad, sizeof(pad), inner, sizeof(inner));
	plait_wipe(pad, sizeof(pad));
	plait_wipe(inner, sizeof(inner));
}

/* HKDF (4.3): fills @count outputs, 2 or 3. The first may be @chain. */
static void plait_noise_hkdf(const u8 chain[PLAIT_KEY_LENGTH], const u8 *material, u32 length,
			     u8 *const out[], u32 count)
{
	u8 key[PLAIT_KEY_LENGTH], data[PLAIT_KEY_LENGTH + 1];
	u32 i;

	plait_hmac(key, chain, material, length);
	for (i = 0; i < count; i++) {
		/* The output before this one, if there is one, and the number of this. */
		u32 before = i ? PLAIT_KEY_LENGTH : 0;

		data[before] = i + 1;
		plait_hmac(out[i], key, data, before + 1);
		memcpy(data, out[i], PLAIT_KEY_LENGTH);
	}
	plait_wipe(key, sizeof(key));
	plait_wipe(data, sizeof(data));
}

/* MixHash (5.2). */
static void plait_noise_mix_hash(struct plait_noise *noise, const u8 *data, u32 length)
{
	plait_blake2s(noise->hash, sizeof(noise->hash), NULL, 0, noise->hash, sizeof(noise->hash),
		      data, length);
}

/* MixKey (5.2); @key is what seals next. */
static void plait_noise_mix_key(struct plait_noise *noise, const u8 material[PLAIT_KEY_LENGTH],
				u8 key[PLAIT_KEY_LENGTH])
{
	u8 *const out[] = { noise->chain, key };

	plait_noise_hkdf(noise->chain, material, PLAIT_KEY_LENGTH, out, 2);
}

/* MixKeyAndHash (5.2): the token psk. */
static void plait_noise_mix_preshared(struct plait_noise *noise,
				      const u8 preshared[PLAIT_KEY_LENGTH],
				      u8 key[PLAIT_KEY_LENGTH])
{
	u8 hash[PLAIT_KEY_LENGTH];
	u8 *const out[] = { noise->chain, hash, key };

	plait_noise_hkdf(noise->chain, preshared, PLAIT_KEY_LENGTH, out, 3);
	plait_noise_mix_hash(noise, hash, sizeof(hash));
	plait_wipe(hash, sizeof(hash));
}

/* A token of two letters: the shared secret of two keys is mixed in. False: the point is of low order. */
static bool plait_noise_mix_shared(struct plait_noise *noise, const u8 secret[PLAIT_KEY_LENGTH],
				   const u8 point[PLAIT_KEY_LENGTH], u8 key[PLAIT_KEY_LENGTH])
{
	u8 shared[PLAIT_KEY_LENGTH];
	bool usable = plait_x25519(shared, secret, point);

	if (usable)
		plait_noise_mix_key(noise, shared, key);
	plait_wipe(shared, sizeof(shared));
	return usable;
}

/* The token e: with a psk in the pattern it is mixed into the chaining key, too (9.2). */
static void plait_noise_mix_ephemeral(struct plait_noise *noise, const u8 public[PLAIT_KEY_LENGTH],
				      u8 key[PLAIT_KEY_LENGTH])
{
	plait_noise_mix_hash(noise, public, PLAIT_KEY_LENGTH);
	plait_noise_mix_key(noise, public, key);
}

/* The token e of our own message: @public goes into it. */
static bool plait_noise_write_ephemeral(struct plait_noise *noise, u8 public[PLAIT_KEY_LENGTH],
					u8 key[PLAIT_KEY_LENGTH])
{
	if (!plait_x25519_public(public, noise->ephemeral))
		return false;
	plait_noise_mix_ephemeral(noise, public, key);
	return true;
}

/* EncryptAndHash (5.2); @out gets @length + PLAIT_TAG_LENGTH bytes. */
static void plait_noise_seal(struct plait_noise *noise, const u8 key[PLAIT_KEY_LENGTH],
			     const u8 *plain, u32 length, u8 *out)
{
	plait_seal(out, plain, length, noise->hash, sizeof(noise->hash), 0, key);
	plait_noise_mix_hash(noise, out, length + PLAIT_TAG_LENGTH);
}

/* DecryptAndHash (5.2); @plain gets @length bytes. */
static bool plait_noise_open(struct plait_noise *noise, const u8 key[PLAIT_KEY_LENGTH],
			     const u8 *sealed, u32 length, u8 *plain)
{
	if (!plait_open(plain, sealed, length + PLAIT_TAG_LENGTH, noise->hash, sizeof(noise->hash),
			0, key))
		return false;
	plait_noise_mix_hash(noise, sealed, length + PLAIT_TAG_LENGTH);
	return true;
}

void plait_noise_begin(struct plait_noise *noise, const u8 *prologue, u32 length,
		       const u8 responder[PLAIT_KEY_LENGTH])
{
	static const u8 name[] = PLAIT_NOISE_NAME;

	/* Longer than a hash, so that it is hashed (5.2, InitializeSymmetric). */
	plait_blake2s(noise->hash, sizeof(noise->hash), NULL, 0, name, sizeof(name) - 1, NULL, 0);
	memcpy(noise->chain, noise->hash, sizeof(noise->chain));
	plait_noise_mix_hash(noise, prologue, length);
	plait_noise_mix_hash(noise, responder, PLAIT_KEY_LENGTH);
}

/* -> e, es, s, ss */
bool plait_noise_write_first(struct plait_noise *noise, const u8 secret[PLAIT_KEY_LENGTH],
			     const u8 public[PLAIT_KEY_LENGTH],
			     const u8 responder[PLAIT_KEY_LENGTH], const u8 *payload, u32 length,
			     u8 *message)
{
	u8 *sealed_static = message + PLAIT_KEY_LENGTH;
	u8 *sealed_payload = sealed_static + PLAIT_KEY_LENGTH + PLAIT_TAG_LENGTH;
	u8 key[PLAIT_KEY_LENGTH];
	bool usable;

	usable = plait_noise_write_ephemeral(noise, message, key) &&
		 plait_noise_mix_shared(noise, noise->ephemeral, responder, key);
	if (usable) {
		plait_noise_seal(noise, key, public, PLAIT_KEY_LENGTH, sealed_static);
		usable = plait_noise_mix_shared(noise, secret, responder, key);
	}
	if (usable)
		plait_noise_seal(noise, key, payload, length, sealed_payload);
	plait_wipe(key, sizeof(key));
	return usable;
}

bool plait_noise_read_first(struct plait_noise *noise, const u8 secret[PLAIT_KEY_LENGTH],
			    const u8 *message, u32 length, u8 initiator[PLAIT_KEY_LENGTH],
			    u8 *payload)
{
	const u8 *sealed_static = message + PLAIT_KEY_LENGTH;
	const u8 *sealed_payload = sealed_static + PLAIT_KEY_LENGTH + PLAIT_TAG_LENGTH;
	u8 key[PLAIT_KEY_LENGTH];
	bool whole;

	memcpy(noise->remote_ephemeral, message, PLAIT_KEY_LENGTH);
	plait_noise_mix_ephemeral(noise, noise->remote_ephemeral, key);
	whole = plait_noise_mix_shared(noise, secret, noise->remote_ephemeral, key) &&
		plait_noise_open(noise, key, sealed_static, PLAIT_KEY_LENGTH, initiator) &&
		plait_noise_mix_shared(noise, secret, initiator, key) &&
		plait_noise_open(noise, key, sealed_payload, length, payload);
	plait_wipe(key, sizeof(key));
	return whole;
}

/* <- e, ee, se, psk */
bool plait_noise_write_second(struct plait_noise *noise, const u8 initiator[PLAIT_KEY_LENGTH],
			      const u8 preshared[PLAIT_KEY_LENGTH], const u8 *payload, u32 length,
			      u8 *message)
{
	u8 key[PLAIT_KEY_LENGTH];
	bool usable;

	usable = plait_noise_write_ephemeral(noise, message, key) &&
		 plait_noise_mix_shared(noise, noise->ephemeral, noise->remote_ephemeral, key) &&
		 plait_noise_mix_shared(noise, noise->ephemeral, initiator, key);
	if (usable) {
		plait_noise_mix_preshared(noise, preshared, key);
		plait_noise_seal(noise, key, payload, length, message + PLAIT_KEY_LENGTH);
	}
	plait_wipe(key, sizeof(key));
	return usable;
}

bool plait_noise_read_second(struct plait_noise *noise, const u8 secret[PLAIT_KEY_LENGTH],
			     const u8 preshared[PLAIT_KEY_LENGTH], const u8 *message, u32 length,
			     u8 *payload)
{
	u8 key[PLAIT_KEY_LENGTH];
	bool whole;

	plait_noise_mix_ephemeral(noise, message, key);
	whole = plait_noise_mix_shared(noise, noise->ephemeral, message, key) &&
		plait_noise_mix_shared(noise, secret, message, key);
	if (whole) {
		plait_noise_mix_preshared(noise, preshared, key);
		whole = plait_noise_open(noise, key, message + PLAIT_KEY_LENGTH, length, payload);
	}
	plait_wipe(key, sizeof(key));
	return whole;
}

void plait_noise_split(const struct plait_noise *noise, u8 to_responder[PLAIT_KEY_LENGTH],
		       u8 to_initiator[PLAIT_KEY_LENGTH])
{
	u8 *const out[] = { to_responder, to_initiator };

	plait_noise_hkdf(noise->chain, NULL, 0, out, 2);
}
