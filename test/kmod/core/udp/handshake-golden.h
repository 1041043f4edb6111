/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of UDP legs as they must stay while PLAIT_UDP_VERSION does, in hexadecimal: between the boxes of handshake-ends.h, with
 * its payloads and indexes. They were not made by the code that they test, but by another implementation, of the
 * pseudocode of RFC 7748 and RFC 8439 and Python's hashlib and hmac.
 */
#ifndef PLAIT_TEST_HANDSHAKE_GOLDEN_H
#define PLAIT_TEST_HANDSHAKE_GOLDEN_H

static const char golden_initiator_ephemeral[] =
	"1111111111111111111111111111111111111111111111111111111111111111";
static const char golden_responder_ephemeral[] =
	"2222222222222222222222222222222222222222222222222222222222222222";
static const char golden_init[] =
	"20010000efcdab007b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f132906988c9421ef6a"
	"9b4ec2b50677e87564f4ef617003cb6bc1acd51cd1aa98eb46fdda474b40c112b081dab542943303714976dad71a9b69"
	"c6f13c042847e09200fd54b43ba25d50ae8417e1df7d7c55e755191ded16f2d985897ca5765046645076248500000000"
	"000000000000000000000000";
static const char golden_response[] =
	"4001000056341200efcdab000faa684ed28867b97f4a6a2dee5df8ce974e76b7018e3f22a1c4cf2678570f2011d53b2b"
	"0f0527d33eefb6067f1b150fdf121eefaea95f50323ab8b335ce6e0bc75c276a186b621f000000000000000000000000"
	"00000000";
static const char golden_to_responder[] =
	"55b198ad1b27a845f78b8597605e9c897e33ac3863346284164f787b2a3eca8c";
static const char golden_to_initiator[] =
	"080800838d67ad617d385e3fb8fe4b4625ba791317a53357646bc17933aa8042";
/* A COOKIE that answers the INIT, what is in it, and the same INIT with it. */
static const char golden_cookie_message[] =
	"60000000efcdab00303132333435363738393a3b3c3d3e3f4041424344454647bd7f89b6467b5693fbf6b722bce6062e"
	"3d8ad203d6374d44496fe367fc695c18";
static const char golden_cookie[] =
	"000102030405060708090a0b0c0d0e0f";
static const char golden_init_with_cookie[] =
	"20010000efcdab007b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f132906988c9421ef6a"
	"9b4ec2b50677e87564f4ef617003cb6bc1acd51cd1aa98eb46fdda474b40c112b081dab542943303714976dad71a9b69"
	"c6f13c042847e09200fd54b43ba25d50ae8417e1df7d7c55e755191ded16f2d985897ca57650466450762485e5580f7b"
	"d41381e4162399413e774b97";

#endif /* PLAIT_TEST_HANDSHAKE_GOLDEN_H */
