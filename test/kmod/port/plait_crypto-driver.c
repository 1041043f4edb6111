// SPDX-License-Identifier: GPL-2.0-only
/* Asks an implementation of plait_crypto.h for all published vectors; prints how many of each kind. */
#include "../core/hex.h"
#include "plait_crypto.h"
#include "plait_crypto-vectors.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))
#define ROOM 512
#define TAG 16

static void x25519(void)
{
	u8 secret[32], point[32], shared[32], out[32];
	size_t i;

	for (i = 0; i < COUNT(x25519_vectors); i++) {
		unhex_exactly(secret, 32, x25519_vectors[i].secret);
		unhex_exactly(point, 32, x25519_vectors[i].point);
		if (!x25519_vectors[i].shared) {
			promise(!plait_x25519(out, secret, point));
			continue;
		}
		unhex_exactly(shared, 32, x25519_vectors[i].shared);
		promise(plait_x25519(out, secret, point));
		promise(!memcmp(out, shared, 32));
	}
	for (i = 0; i < COUNT(x25519_public_vectors); i++) {
		unhex_exactly(secret, 32, x25519_public_vectors[i].secret);
		unhex_exactly(point, 32, x25519_public_vectors[i].point);
		promise(plait_x25519_public(out, secret));
		promise(!memcmp(out, point, 32));
	}
}

/* Both ciphers, and each in place, and with a bit of each part flipped. */
struct box {
	u8 key[32], ad[ROOM], plain[ROOM], sealed[ROOM], nonce[24];
	u32 ad_length, length;
	u64 number;
	bool extended;
};

static void seal(const struct box *box, u8 *out, const u8 *in)
{
	if (box->extended)
		plait_xseal(out, in, box->length, box->ad, box->ad_length, box->nonce, box->key);
	else
		plait_seal(out, in, box->length, box->ad, box->ad_length, box->number, box->key);
}

static bool open_box(const struct box *box, u8 *out, const u8 *in)
{
	u32 length = box->length + TAG;

	if (box->extended)
		return plait_xopen(out, in, length, box->ad, box->ad_length, box->nonce, box->key);
	return plait_open(out, in, length, box->ad, box->ad_length, box->number, box->key);
}

static void check_flipped(struct box *box, u8 *byte)
{
	u8 out[ROOM];

	*byte ^= 0x40;
	promise(!open_box(box, out, box->sealed));
	*byte ^= 0x40;
}

static void check_box(struct box *box, const char *key, const char *ad, const char *plain, const char *sealed)
{
	u8 out[ROOM];
	u32 i;

	unhex_exactly(box->key, 32, key);
	box->ad_length = unhex(box->ad, ROOM, ad);
	box->length = unhex(box->plain, ROOM - TAG, plain);
	unhex_exactly(box->sealed, box->length + TAG, sealed);
	seal(box, out, box->plain);
	promise(!memcmp(out, box->sealed, box->length + TAG));
	promise(open_box(box, out, box->sealed));
	promise(!memcmp(out, box->plain, box->length));
	memcpy(out, box->plain, box->length);
	seal(box, out, out);
	promise(!memcmp(out, box->sealed, box->length + TAG));
	promise(open_box(box, out, out));
	promise(!memcmp(out, box->plain, box->length));
	for (i = 0; i < box->length + TAG; i++)
		check_flipped(box, &box->sealed[i]);
	for (i = 0; i < box->ad_length; i++)
		check_flipped(box, &box->ad[i]);
	check_flipped(box, &box->key[7]);
}

static void chacha(void)
{
	size_t i;

	for (i = 0; i < COUNT(chacha_vectors); i++) {
		struct box box = { .number = chacha_vectors[i].nonce };

		check_box(&box, chacha_vectors[i].key, chacha_vectors[i].ad, chacha_vectors[i].plain,
			  chacha_vectors[i].sealed);
	}
	for (i = 0; i < COUNT(xchacha_vectors); i++) {
		struct box box = { .extended = true };

		unhex_exactly(box.nonce, 24, xchacha_vectors[i].nonce);
		check_box(&box, xchacha_vectors[i].key, xchacha_vectors[i].ad, xchacha_vectors[i].plain,
			  xchacha_vectors[i].sealed);
	}
}

static void blake2s(void)
{
	u8 key[32], a[ROOM], b[ROOM], hash[32], out[32];
	size_t i;

	for (i = 0; i < COUNT(blake2s_vectors); i++) {
		u32 key_length = unhex(key, 32, blake2s_vectors[i].key);
		u32 a_length = unhex(a, ROOM, blake2s_vectors[i].a);
		u32 b_length = unhex(b, ROOM, blake2s_vectors[i].b);
		u32 length = unhex(hash, 32, blake2s_vectors[i].hash);

		plait_blake2s(out, length, key, key_length, a, a_length, b, b_length);
		promise(!memcmp(out, hash, length));
		/* Into what is hashed. */
		plait_blake2s(a, length, key, key_length, a, a_length, b, b_length);
		promise(!memcmp(a, hash, length));
	}
}

/* What crypto.h says of the rest. */
static void others(void)
{
	u8 a[40], b[40] = { 0 };

	plait_random(a, sizeof(a));
	promise(!plait_equal(a, b, sizeof(a)));
	memcpy(b, a, sizeof(a));
	promise(plait_equal(a, b, sizeof(a)));
	b[39] ^= 1;
	promise(!plait_equal(a, b, sizeof(a)));
	promise(plait_equal(a, b, 39));
	plait_random(b, sizeof(b));
	promise(!plait_equal(a, b, 8) && !plait_equal(a + 32, b + 32, 8));
	plait_wipe(b + 1, 38);
	memset(a, 0, sizeof(a));
	promise(b[0] && b[39] && !memcmp(a, b + 1, 38));
}

int main(void)
{
	x25519();
	chacha();
	blake2s();
	others();
	printf("%zu X25519, %zu public keys, %zu ChaCha20-Poly1305, %zu XChaCha20-Poly1305, %zu BLAKE2s\n",
	       COUNT(x25519_vectors), COUNT(x25519_public_vectors), COUNT(chacha_vectors),
	       COUNT(xchacha_vectors), COUNT(blake2s_vectors));
	return 0;
}
