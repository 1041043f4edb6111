/* SPDX-License-Identifier: GPL-2.0-only */
/* What ../core/udp needs of the kernel's cryptography; the contract is ../core/udp/crypto.h. */
#ifndef PLAIT_CRYPTO_H
#define PLAIT_CRYPTO_H

#include <crypto/algapi.h>
#include <crypto/blake2s.h>
#include <crypto/chacha20poly1305.h>
#include <crypto/curve25519.h>
#include <linux/random.h>
#include <linux/string.h>

static inline bool plait_x25519(u8 out[32], const u8 secret[32], const u8 point[32])
{
	return curve25519(out, secret, point);
}

static inline bool plait_x25519_public(u8 out[32], const u8 secret[32])
{
	return curve25519_generate_public(out, secret);
}

static inline void plait_blake2s(u8 *out, u32 out_length, const u8 *key, u32 key_length,
				 const u8 *a, u32 a_length, const u8 *b, u32 b_length)
{
	struct blake2s_state state;

	if (key_length)
		blake2s_init_key(&state, out_length, key, key_length);
	else
		blake2s_init(&state, out_length);
	blake2s_update(&state, a, a_length);
	blake2s_update(&state, b, b_length);
	blake2s_final(&state, out);
}

static inline void plait_seal(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length,
			      u64 nonce, const u8 key[32])
{
	chacha20poly1305_encrypt(out, in, length, ad, ad_length, nonce, key);
}

static inline bool plait_open(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length,
			      u64 nonce, const u8 key[32])
{
	return chacha20poly1305_decrypt(out, in, length, ad, ad_length, nonce, key);
}

static inline void plait_xseal(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length,
			       const u8 nonce[24], const u8 key[32])
{
	xchacha20poly1305_encrypt(out, in, length, ad, ad_length, nonce, key);
}

static inline bool plait_xopen(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length,
			       const u8 nonce[24], const u8 key[32])
{
	return xchacha20poly1305_decrypt(out, in, length, ad, ad_length, nonce, key);
}

static inline bool plait_equal(const void *a, const void *b, u32 length)
{
	return !crypto_memneq(a, b, length);
}

static inline void plait_random(void *out, u32 length)
{
	get_random_bytes(out, length);
}

static inline void plait_wipe(void *memory, u32 length)
{
	memzero_explicit(memory, length);
}

#endif /* PLAIT_CRYPTO_H */
