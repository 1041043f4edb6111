/* SPDX-License-Identifier: GPL-2.0-only */
/* Cryptographic primitives for src/kmod/core/udp in user space: what each promises is in its crypto.h. */
#ifndef PLAIT_CRYPTO_H
#define PLAIT_CRYPTO_H

#include "plait_port.h"

bool plait_x25519(u8 out[32], const u8 secret[32], const u8 point[32]);
bool plait_x25519_public(u8 out[32], const u8 secret[32]);
void plait_blake2s(u8 *out, u32 out_length, const u8 *key, u32 key_length, const u8 *a, u32 a_length,
		   const u8 *b, u32 b_length);
void plait_seal(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, u64 nonce,
		const u8 key[32]);
bool plait_open(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, u64 nonce,
		const u8 key[32]);
void plait_xseal(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, const u8 nonce[24],
		 const u8 key[32]);
bool plait_xopen(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, const u8 nonce[24],
		 const u8 key[32]);
bool plait_equal(const void *a, const void *b, u32 length);
/* The same bytes in each run of a program, so that what a test finds is found again. */
void plait_random(void *out, u32 length);
void plait_wipe(void *memory, u32 length);

#endif /* PLAIT_CRYPTO_H */
