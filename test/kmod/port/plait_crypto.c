// SPDX-License-Identifier: GPL-2.0-only
/* Primitives of libsodium; BLAKE2s, which it has not, of OpenSSL's libcrypto. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "plait_crypto.h"

#define BLAKE2S_LENGTH 32

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "plait_crypto.c: %s\n", what);
	abort();
}

/* Chooses the implementations for this processor. */
__attribute__((constructor)) static void begin(void)
{
	must(sodium_init() >= 0, "sodium_init() failed");
}

bool plait_x25519(u8 out[32], const u8 secret[32], const u8 point[32])
{
	return !crypto_scalarmult_curve25519(out, secret, point);
}

bool plait_x25519_public(u8 out[32], const u8 secret[32])
{
	return !crypto_scalarmult_curve25519_base(out, secret);
}

static void hash(u8 *out, const u8 *a, u32 a_length, const u8 *b, u32 b_length)
{
	static EVP_MD_CTX *context;

	if (!context)
		context = EVP_MD_CTX_new();
	must(EVP_DigestInit_ex(context, EVP_blake2s256(), NULL) && EVP_DigestUpdate(context, a, a_length) &&
	     EVP_DigestUpdate(context, b, b_length) && EVP_DigestFinal_ex(context, out, NULL),
	     "BLAKE2s failed");
}

static void keyed_hash(u8 *out, size_t out_length, const u8 *key, u32 key_length, const u8 *a,
		       u32 a_length, const u8 *b, u32 b_length)
{
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &out_length),
		OSSL_PARAM_construct_end(),
	};
	static EVP_MAC_CTX *context;

	if (!context)
		context = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "BLAKE2SMAC", NULL));
	must(EVP_MAC_init(context, key, key_length, parameters) && EVP_MAC_update(context, a, a_length) &&
	     EVP_MAC_update(context, b, b_length) && EVP_MAC_final(context, out, NULL, out_length),
	     "keyed BLAKE2s failed");
}

void plait_blake2s(u8 *out, u32 out_length, const u8 *key, u32 key_length, const u8 *a, u32 a_length,
		   const u8 *b, u32 b_length)
{
	if (key_length) {
		keyed_hash(out, out_length, key, key_length, a, a_length, b, b_length);
		return;
	}
	must(out_length == BLAKE2S_LENGTH, "libcrypto gives no short BLAKE2s without a key");
	hash(out, a, a_length, b, b_length);
}

/* RFC 8439's nonce of 96 bits: 32 of zero, then ours. */
static void nonce_of(u8 bytes[12], u64 nonce)
{
	u32 i;

	memset(bytes, 0, 4);
	for (i = 0; i < 8; i++)
		bytes[4 + i] = nonce >> 8 * i;
}

void plait_seal(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, u64 nonce,
		const u8 key[32])
{
	u8 bytes[12];

	nonce_of(bytes, nonce);
	crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, in, length, ad, ad_length, NULL, bytes, key);
}

bool plait_open(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, u64 nonce,
		const u8 key[32])
{
	u8 bytes[12];

	nonce_of(bytes, nonce);
	return !crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, in, length, ad, ad_length, bytes,
							  key);
}

void plait_xseal(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, const u8 nonce[24],
		 const u8 key[32])
{
	crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, in, length, ad, ad_length, NULL, nonce, key);
}

bool plait_xopen(u8 *out, const u8 *in, u32 length, const u8 *ad, u32 ad_length, const u8 nonce[24],
		 const u8 key[32])
{
	return !crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, in, length, ad, ad_length, nonce,
							   key);
}

bool plait_equal(const void *a, const void *b, u32 length)
{
	return !sodium_memcmp(a, b, length);
}

void plait_random(void *out, u32 length)
{
	static u64 calls;
	u8 seed[randombytes_SEEDBYTES] = { 0 };

	calls++;
	memcpy(seed, &calls, sizeof(calls));
	randombytes_buf_deterministic(out, length, seed);
}

void plait_wipe(void *memory, u32 length)
{
	sodium_memzero(memory, length);
}
