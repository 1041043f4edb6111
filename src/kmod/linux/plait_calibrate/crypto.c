// SPDX-License-Identifier: GPL-2.0-only
/* What plait_udp does to each packet, and to each handshake, by the same functions of the kernel. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include <plait_crypto.h>

#include "calibrate.h"

#define KEY 32
#define TAG CHACHA20POLY1305_AUTHTAG_SIZE
/* Bytes that are authenticated beside a message, as the clear part of the header of plait_udp. */
#define HEADER 8
#define MOST_BYTES 65536

struct cipher_work {
	u8 key[KEY];
	u8 header[HEADER];
	u32 bytes;
	/* Both have room for the tag. */
	u8 *plain, *sealed;
	u32 refused;
};

static void seal(void *data)
{
	struct cipher_work *work = data;

	plait_seal(work->sealed, work->plain, work->bytes, work->header, HEADER, 1, work->key);
}

static void open_sealed(void *data)
{
	struct cipher_work *work = data;

	work->refused += !plait_open(work->plain, work->sealed, work->bytes + TAG, work->header, HEADER, 1,
				     work->key);
}

int plait_calibrate_cipher(u32 bytes)
{
	struct cipher_work *work;
	int err = -ENOMEM;

	if (!bytes || bytes > MOST_BYTES)
		return -ERANGE;
	work = kzalloc(sizeof(*work), GFP_KERNEL);
	if (!work)
		return -ENOMEM;
	work->bytes = bytes;
	work->plain = kzalloc(bytes + TAG, GFP_KERNEL);
	work->sealed = kzalloc(bytes + TAG, GFP_KERNEL);
	if (!work->plain || !work->sealed)
		goto out;
	plait_random(work->key, KEY);
	err = plait_time_work("seal", seal, work);
	if (!err)
		err = plait_time_work("open", open_sealed, work);
	/* Then it was not measured what it should be. */
	if (!err && work->refused)
		err = -EBADMSG;
out:
	kfree(work->sealed);
	kfree(work->plain);
	kfree_sensitive(work);
	return err;
}

struct x25519_work {
	u8 secret[KEY], point[KEY], shared[KEY];
	u32 refused;
};

static void agree(void *data)
{
	struct x25519_work *work = data;

	work->refused += !plait_x25519(work->shared, work->secret, work->point);
}

static void make_public(void *data)
{
	struct x25519_work *work = data;

	work->refused += !plait_x25519_public(work->shared, work->secret);
}

int plait_calibrate_x25519(void)
{
	struct x25519_work *work = kzalloc(sizeof(*work), GFP_KERNEL);
	int err;

	if (!work)
		return -ENOMEM;
	curve25519_generate_secret(work->secret);
	curve25519_generate_secret(work->point);
	/* A point of the curve: the public key of another secret. */
	work->refused = !plait_x25519_public(work->shared, work->point);
	memcpy(work->point, work->shared, KEY);
	err = plait_time_work("x25519", agree, work);
	if (!err)
		err = plait_time_work("public_key", make_public, work);
	if (!err && work->refused)
		err = -EKEYREJECTED;
	kfree_sensitive(work);
	return err;
}
