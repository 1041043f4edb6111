/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cryptographic primitives that this folder needs. Whoever compiles it gives "plait_crypto.h", which defines them with the
 * operating system's own: nothing here implements a primitive.
 */
#ifndef PLAIT_CORE_UDP_CRYPTO_H
#define PLAIT_CORE_UDP_CRYPTO_H

#include "plait_port.h"

/* Bytes of a key, X25519 and ChaCha20-Poly1305 alike, and of a BLAKE2s hash. */
#define PLAIT_KEY_LENGTH 32
/* Bytes of a Poly1305 tag. */
#define PLAIT_TAG_LENGTH 16
/* Bytes of a keyed BLAKE2s-128. */
#define PLAIT_MAC_LENGTH 16
/* Bytes of the nonce of XChaCha20-Poly1305. */
#define PLAIT_XNONCE_LENGTH 24

/*
 * bool plait_x25519(u8 out[32], const u8 secret[32], const u8 point[32]);
 *	RFC 7748. False when the result is all zero: the point is of low order, and is refused.
 * bool plait_x25519_public(u8 out[32], const u8 secret[32]);
 *	False when the secret gives no usable key.
 * void plait_blake2s(u8 *out, u32 out_length, const u8 *key, u32 key_length,
 *		      const u8 *a, u32 a_length, const u8 *b, u32 b_length);
 *	BLAKE2s (RFC 7693) of a followed by b; key_length 0: no key. out may be a.
 * void plait_seal(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, u64 nonce, const u8 key[32]);
 *	ChaCha20-Poly1305 (RFC 8439) with the nonce in its last 8 bytes, little endian. Writes length + 16 bytes;
 *	in may be out.
 * bool plait_open(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, u64 nonce, const u8 key[32]);
 *	The reverse; length is with the tag. False when the tag is wrong; then out holds nothing of use.
 * void plait_xseal(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, const u8 nonce[24], const u8 key[32]);
 * bool plait_xopen(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, const u8 nonce[24], const u8 key[32]);
 *	The same with XChaCha20-Poly1305.
 * bool plait_equal(const void *a, const void *b, u32 length);
 *	In constant time.
 * void plait_random(void *out, u32 length);
 * void plait_wipe(void *memory, u32 length);
 *	Zeroes that the compiler does not leave out.
 */
#include "plait_crypto.h"

#endif /* PLAIT_CORE_UDP_CRYPTO_H */
