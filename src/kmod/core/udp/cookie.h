/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two MACs of INIT and RESPONSE, and cookies: who asks for a handshake while there are too many shows first that it gets
 * what is sent to its address (WireGuard paper, 5.3 and 5.4.7).
 *
 *	mac1: BLAKE2s-128 of all before it, keyed by BLAKE2s("plait udp 1 mac1" || static key of the receiver)
 *	mac2: BLAKE2s-128 of all before it, keyed by the cookie; 0 without one
 *	a cookie: BLAKE2s-128 of address and port, keyed by a secret of who gives it
 *	COOKIE: XChaCha20-Poly1305 of that, keyed by BLAKE2s("plait udp 1 cookie" || static key of the sender); associated
 *	data are the first 8 bytes, and mac1 of the message that it answers
 */
#ifndef PLAIT_CORE_UDP_COOKIE_H
#define PLAIT_CORE_UDP_COOKIE_H

#include "handshake.h"

#define PLAIT_COOKIE_LENGTH PLAIT_MAC_LENGTH
/* A cookie is good for this long at who gave it, and is used for 5 s less. */
#define PLAIT_COOKIE_LIFE (120 * PLAIT_S)

/**
 * struct plait_cookie_giver - of who answers
 * @secret: of the cookies given, and the one before it
 * @changed: when @secret[0] was made, ns
 */
struct plait_cookie_giver {
	u8 secret[2][PLAIT_KEY_LENGTH];
	s64 changed;
};

/**
 * struct plait_cookie_taker - of who asks, for one far end
 * @mac1: of the last message with which we asked
 * @asked: there is one that no cookie came for
 * @cookie: as it came
 * @until: it may be used, ns; 0: there is none
 */
struct plait_cookie_taker {
	u8 mac1[PLAIT_MAC_LENGTH];
	bool asked;
	u8 cookie[PLAIT_COOKIE_LENGTH];
	s64 until;
};

enum plait_macs {
	PLAIT_MACS_BAD, /* mac1 is wrong: to be dropped */
	PLAIT_MACS_GOOD, /* mac1 is right */
	PLAIT_MACS_COOKIE, /* mac2 is, too, with a cookie for this address */
};

void plait_cookie_giver_init(struct plait_cookie_giver *giver, s64 now);

/**
 * plait_macs_write() - the last 32 bytes of an INIT or a RESPONSE
 * @taker: of the far end that it is for
 * @far_end: same
 * @now: ns
 * @message: whole but for these
 * @length: of the message, with them
 */
void plait_macs_write(struct plait_cookie_taker *taker, const struct plait_remote *far_end, s64 now,
		      u8 *message, u32 length);

/**
 * plait_macs_check() - look at them
 * @us: whom the message is for
 * @giver: whose cookies
 * @now: ns
 * @source: address and port that the message came from
 * @source_length: bytes of it
 * @message: INIT or RESPONSE
 * @length: of it
 *
 * Return: see &enum plait_macs.
 */
enum plait_macs plait_macs_check(const struct plait_identity *us, struct plait_cookie_giver *giver,
				 s64 now, const u8 *source, u32 source_length, const u8 *message,
				 u32 length);

/**
 * plait_cookie_write() - the COOKIE that answers a message
 * @us: who answers
 * @giver: same
 * @now: ns
 * @source: where the message came from
 * @source_length: bytes of it
 * @message: the message: its mac1 was right
 * @length: of it
 * @index: of its sender
 * @answer: gets PLAIT_UDP_COOKIE_LENGTH bytes
 */
void plait_cookie_write(const struct plait_identity *us, struct plait_cookie_giver *giver, s64 now,
			const u8 *source, u32 source_length, const u8 *message, u32 length,
			u32 index, u8 answer[PLAIT_UDP_COOKIE_LENGTH]);

/**
 * plait_cookie_take() - a COOKIE came
 * @taker: of the far end that the index in it leads to
 * @far_end: same
 * @now: ns
 * @message: PLAIT_UDP_COOKIE_LENGTH bytes
 *
 * Return: false when it is not the answer to our last message.
 */
bool plait_cookie_take(struct plait_cookie_taker *taker, const struct plait_remote *far_end,
		       s64 now, const u8 message[PLAIT_UDP_COOKIE_LENGTH]);

#endif /* PLAIT_CORE_UDP_COOKIE_H */
