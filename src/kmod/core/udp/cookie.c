// SPDX-License-Identifier: GPL-2.0-only
/* The MACs at the end of INIT and RESPONSE, and cookies. */
#include "cookie.h"

/* COOKIE: in clear in front, then the nonce, then the sealed cookie; see wire.h. */
#define PLAIT_COOKIE_CLEAR 8
#define PLAIT_COOKIE_INDEX_AT 4
#define PLAIT_COOKIE_SEALED_AT (PLAIT_COOKIE_CLEAR + PLAIT_XNONCE_LENGTH)
#define PLAIT_COOKIE_SEALED_LENGTH (PLAIT_COOKIE_LENGTH + PLAIT_TAG_LENGTH)

/* Who was given a cookie uses it for this much less: it was under way, and clocks differ in speed. */
#define PLAIT_COOKIE_LATENCY (5 * PLAIT_S)

/* Authenticated with a cookie: what is in clear, and mac1 of the message that it answers. */
#define PLAIT_COOKIE_AD_LENGTH (PLAIT_COOKIE_CLEAR + PLAIT_MAC_LENGTH)

static void plait_mac(u8 out[PLAIT_MAC_LENGTH], const u8 *key, u32 key_length, const u8 *bytes,
		      u32 length)
{
	plait_blake2s(out, PLAIT_MAC_LENGTH, key, key_length, bytes, length, NULL, 0);
}

static u32 plait_mac1_at(u32 length)
{
	return length - 2 * PLAIT_MAC_LENGTH;
}

static u32 plait_mac2_at(u32 length)
{
	return length - PLAIT_MAC_LENGTH;
}

void plait_cookie_giver_init(struct plait_cookie_giver *giver, s64 now)
{
	plait_random(giver->secret, sizeof(giver->secret));
	giver->changed = now;
}

/* A secret gives cookies for one life, and knows them for two, so that each of them lives for one at least. */
static void plait_cookie_change_secret(struct plait_cookie_giver *giver, s64 now)
{
	if (now - giver->changed >= 2 * PLAIT_COOKIE_LIFE) {
		plait_cookie_giver_init(giver, now);
	} else if (now - giver->changed >= PLAIT_COOKIE_LIFE) {
		memcpy(giver->secret[1], giver->secret[0], sizeof(giver->secret[1]));
		plait_random(giver->secret[0], sizeof(giver->secret[0]));
		giver->changed += PLAIT_COOKIE_LIFE;
	}
}

/* With a cookie made from that secret for that source? */
static bool plait_cookie_shown(const u8 secret[PLAIT_KEY_LENGTH], const u8 *source,
			       u32 source_length, const u8 *message, u32 length)
{
	u8 cookie[PLAIT_COOKIE_LENGTH], mac[PLAIT_MAC_LENGTH];
	bool equal;

	plait_mac(cookie, secret, PLAIT_KEY_LENGTH, source, source_length);
	plait_mac(mac, cookie, sizeof(cookie), message, plait_mac2_at(length));
	equal = plait_equal(mac, message + plait_mac2_at(length), sizeof(mac));
	plait_wipe(cookie, sizeof(cookie));
	plait_wipe(mac, sizeof(mac));
	return equal;
}

void plait_macs_write(struct plait_cookie_taker *taker, const struct plait_remote *far_end, s64 now,
		      u8 *message, u32 length)
{
	u8 *mac1 = message + plait_mac1_at(length), *mac2 = message + plait_mac2_at(length);

	plait_mac(mac1, far_end->mac1_key, sizeof(far_end->mac1_key), message,
		  plait_mac1_at(length));
	if (now < taker->until)
		plait_mac(mac2, taker->cookie, sizeof(taker->cookie), message,
			  plait_mac2_at(length));
	else
		memset(mac2, 0, PLAIT_MAC_LENGTH);
	memcpy(taker->mac1, mac1, sizeof(taker->mac1));
	taker->asked = true;
}

enum plait_macs plait_macs_check(const struct plait_identity *us, struct plait_cookie_giver *giver,
				 s64 now, const u8 *source, u32 source_length, const u8 *message,
				 u32 length)
{
	static const u8 none[PLAIT_MAC_LENGTH];
	u8 mac[PLAIT_MAC_LENGTH];
	bool good;

	plait_mac(mac, us->mac1_key, sizeof(us->mac1_key), message, plait_mac1_at(length));
	good = plait_equal(mac, message + plait_mac1_at(length), sizeof(mac));
	plait_wipe(mac, sizeof(mac));
	if (!good)
		return PLAIT_MACS_BAD;
	if (plait_equal(message + plait_mac2_at(length), none, sizeof(none)))
		return PLAIT_MACS_GOOD;
	plait_cookie_change_secret(giver, now);
	if (plait_cookie_shown(giver->secret[0], source, source_length, message, length) ||
	    plait_cookie_shown(giver->secret[1], source, source_length, message, length))
		return PLAIT_MACS_COOKIE;
	return PLAIT_MACS_GOOD;
}

static void plait_cookie_ad(u8 ad[PLAIT_COOKIE_AD_LENGTH], const u8 clear[PLAIT_COOKIE_CLEAR],
			    const u8 mac1[PLAIT_MAC_LENGTH])
{
	memcpy(ad, clear, PLAIT_COOKIE_CLEAR);
	memcpy(ad + PLAIT_COOKIE_CLEAR, mac1, PLAIT_MAC_LENGTH);
}

void plait_cookie_write(const struct plait_identity *us, struct plait_cookie_giver *giver, s64 now,
			const u8 *source, u32 source_length, const u8 *message, u32 length,
			u32 index, u8 answer[PLAIT_UDP_COOKIE_LENGTH])
{
	u8 cookie[PLAIT_COOKIE_LENGTH], ad[PLAIT_COOKIE_AD_LENGTH];
	u8 *nonce = answer + PLAIT_COOKIE_CLEAR;

	plait_cookie_change_secret(giver, now);
	plait_mac(cookie, giver->secret[0], sizeof(giver->secret[0]), source, source_length);
	memset(answer, 0, PLAIT_COOKIE_CLEAR);
	answer[0] = PLAIT_UDP_COOKIE << 5;
	plait_put_le24(answer + PLAIT_COOKIE_INDEX_AT, index);
	plait_random(nonce, PLAIT_XNONCE_LENGTH);
	plait_cookie_ad(ad, answer, message + plait_mac1_at(length));
	plait_xseal(answer + PLAIT_COOKIE_SEALED_AT, cookie, sizeof(cookie), ad, sizeof(ad), nonce,
		    us->cookie_key);
	plait_wipe(cookie, sizeof(cookie));
}

bool plait_cookie_take(struct plait_cookie_taker *taker, const struct plait_remote *far_end,
		       s64 now, const u8 message[PLAIT_UDP_COOKIE_LENGTH])
{
	u8 cookie[PLAIT_COOKIE_LENGTH], ad[PLAIT_COOKIE_AD_LENGTH];
	bool whole;

	if (!taker->asked)
		return false;
	plait_cookie_ad(ad, message, taker->mac1);
	whole = plait_xopen(cookie, message + PLAIT_COOKIE_SEALED_AT, PLAIT_COOKIE_SEALED_LENGTH,
			    ad, sizeof(ad), message + PLAIT_COOKIE_CLEAR, far_end->cookie_key);
	if (whole) {
		memcpy(taker->cookie, cookie, sizeof(taker->cookie));
		taker->until = now + PLAIT_COOKIE_LIFE - PLAIT_COOKIE_LATENCY;
		taker->asked = false;
	}
	plait_wipe(cookie, sizeof(cookie));
	return whole;
}
