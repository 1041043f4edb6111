/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The netlink interface of UDP legs: the manual.
 *
 * A plait link (plait.h) gets a far end, and legs that are no network devices: each sends authenticated UDP packets by one
 * uplink. The generic netlink family "plait_udp" acts on the network namespace of the socket, where the link is, and
 * where the UDP sockets are made. All commands need CAP_NET_ADMIN in the user namespace that owns it, but for
 * PEER_GET, which tells no secret. Integers are in host byte order, addresses in network byte order. Nested attributes
 * carry NLA_F_NESTED. Unknown and misplaced attributes, and values outside the stated bounds, are refused with an
 * extended ack.
 *
 *	ip link add hq type plait scheduler earliest
 *	PEER_SET	hq, private key, the far end's public key
 *	LEG_SET		hq, leg 0, by uplink eth1, to 198.51.100.9 port 5050
 *	LEG_SET		hq, leg 1, by uplink eth2, to 198.51.100.9 port 5050
 *	ip link set hq up
 *
 * The far end needs PEER_SET with PLAIT_UDP_A_LISTEN, and no legs: they come up there when they are heard. Many links may
 * listen to one port: the far end's key says whose a packet is. Legs are shown, weighted and switched by the family
 * "plait" and by /proc, as any leg; their name leads to them.
 *
 * PLAIT_UDP_CMD_KEY
 * -----------------
 * do. Without attribute: a new private key. With PLAIT_UDP_A_PRIVATE_KEY: the public key of it. Touches no link. The answer:
 *
 *	PLAIT_UDP_A_PRIVATE_KEY		binary, 32 bytes; only when it was made
 *	PLAIT_UDP_A_PUBLIC_KEY		binary, 32 bytes
 *
 * PLAIT_UDP_CMD_PEER_SET
 * ----------------------
 * do. Gives the link a far end, or changes what is named of it; all or nothing.
 *
 *	PLAIT_UDP_A_IFINDEX		NLA_U32, the link; required
 *	PLAIT_UDP_A_PRIVATE_KEY		binary, 32 bytes, of this box; required at first
 *	PLAIT_UDP_A_PEER_KEY		binary, 32 bytes, public key of the far end; required at first
 *	PLAIT_UDP_A_PRESHARED_KEY	binary, 32 bytes; 0: none, as at first
 *	PLAIT_UDP_A_LISTEN		NLA_U16, UDP port, 0: none, as at first
 *	PLAIT_UDP_A_PROTECT		NLA_U8, enum plait_udp_protect; PLAIT_UDP_PROTECT_ENCRYPT at first
 *	PLAIT_UDP_A_FRESH_FLOOR		binary, 12 bytes: no handshake before the last start was above it
 *
 * Another key or protection ends the session; a new one begins at once. -EINVAL: our own key as that of the far end, a
 * key that is none, or another box's private key than that of a link that listens to the same port. -EEXIST: another
 * link that listens to the same port has this far end. -EADDRINUSE: the port is somebody else's.
 *
 * PLAIT_UDP_CMD_PEER_GET
 * ----------------------
 * With PLAIT_UDP_A_IFINDEX (do): one answer; -ENOENT when the link has no far end. With NLM_F_DUMP: one message a link. No
 * private and no preshared key is told.
 *
 *	PLAIT_UDP_A_IFINDEX, _IFNAME, _PUBLIC_KEY, _PEER_KEY, _LISTEN, _PROTECT
 *	PLAIT_UDP_A_SESSION		NLA_U8, enum plait_udp_session
 *	PLAIT_UDP_A_AGREED		NLA_U8, enum plait_udp_protect, of the session; absent without one
 *	PLAIT_UDP_A_SESSION_AGE		NLA_U32, s since its keys were agreed; absent without one
 *	PLAIT_UDP_A_FRESH_USED		binary, 12 bytes, of our last handshake
 *	PLAIT_UDP_A_BAD_PACKETS		NLA_U64, that failed authentication
 *	PLAIT_UDP_A_REPLAYED		NLA_U64, authentic, but here before
 *	PLAIT_UDP_A_HELD		NLA_U64, packets that waited for an earlier one of their flow
 *	PLAIT_UDP_A_LOST		NLA_U64, packets given up as lost
 *	PLAIT_UDP_A_EXPIRED		NLA_U64, packets that waited long enough
 *	PLAIT_UDP_A_LATE		NLA_U64, packets that came after they had been given up
 *	PLAIT_UDP_A_LEGS		NLA_NESTED
 *		PLAIT_UDP_A_LEG		NLA_NESTED, enum plait_udp_leg_attr, once for each leg
 *
 * PLAIT_UDP_CMD_PEER_DEL
 * ----------------------
 * do, PLAIT_UDP_A_IFINDEX. The link has no far end and no UDP leg any more. -ENOENT when it had none.
 *
 * PLAIT_UDP_CMD_LEG_SET
 * ---------------------
 * do. Adds a leg, or changes what is named of it.
 *
 *	PLAIT_UDP_A_IFINDEX		NLA_U32, a link with a far end; required
 *	PLAIT_UDP_A_LEG			NLA_NESTED; required
 *		PLAIT_UDP_LEG_A_NUMBER		NLA_U8, below PLAIT_UDP_LEGS_MAX, both ends know it by it; required
 *		PLAIT_UDP_LEG_A_NAME		NLA_NUL_STRING, 1 to 15 bytes; required at first
 *		PLAIT_UDP_LEG_A_UPLINK		NLA_U32, interface index that it leaves by; 0: any, as at first
 *		PLAIT_UDP_LEG_A_LOCAL		binary, 4 bytes: source address; 0: as routes say, as at first
 *		PLAIT_UDP_LEG_A_REMOTE		binary, 4 bytes, required at first
 *		PLAIT_UDP_LEG_A_REMOTE_PORT	NLA_U16, required at first
 *		PLAIT_UDP_LEG_A_KEEPALIVE	NLA_U32, ms, 200 to 600000, PLAIT_UDP_KEEPALIVE_DEFAULT at first
 *
 * Packets of other protocols than TCP are delivered in the order of their flow: each waits for the one before it, until that
 * is known to be lost, for at most 250 ms. TCP keeps its own order.
 *
 * A leg that was heard and is set becomes a leg that is set. -ENOSPC: the link has PLAIT_LEGS_MAX legs. -EEXIST: the
 * link has another leg of this name.
 *
 * How large packets a leg takes is found by padded probes that the far end answers; ICMP is not believed. Packets up to
 * that size leave with DF. The MTU of the link is that of the smallest leg that is live: lowered at once, raised a minute
 * later.
 *
 * PLAIT_UDP_CMD_LEG_DEL
 * ---------------------
 * do, PLAIT_UDP_A_IFINDEX and PLAIT_UDP_A_LEG with PLAIT_UDP_LEG_A_NUMBER. -ENOENT when there is no such leg.
 *
 * PLAIT_UDP_CMD_EVENT
 * -------------------
 * Sent to the multicast group PLAIT_UDP_MCGRP_EVENTS: PLAIT_UDP_A_EVENT, PLAIT_UDP_A_IFINDEX, PLAIT_UDP_A_IFNAME, and
 * PLAIT_UDP_A_LEG when it is of a leg, with its attributes as in the answer to PEER_GET. On ENOBUFS ask PEER_GET.
 */

#ifndef _UAPI_PLAIT_UDP_H
#define _UAPI_PLAIT_UDP_H

#define PLAIT_UDP_GENL_NAME	"plait_udp"
#define PLAIT_UDP_GENL_VERSION	1
#define PLAIT_UDP_MCGRP_EVENTS	"events"

/* Bytes of a key, private, public or preshared. */
#define PLAIT_UDP_KEY_LENGTH	32
/* Bytes of PLAIT_UDP_A_FRESH_FLOOR and PLAIT_UDP_A_FRESH_USED: compare as big-endian numbers. */
#define PLAIT_UDP_FRESH_LENGTH	12
/* Legs of one link, and one more than the highest number of one. */
#define PLAIT_UDP_LEGS_MAX	32
/* Of the name of a leg. */
#define PLAIT_UDP_NAME_LENGTH_MAX	15
/* Between two probes of an idle leg, ms. */
#define PLAIT_UDP_KEEPALIVE_MIN	200
#define PLAIT_UDP_KEEPALIVE_MAX	600000
#define PLAIT_UDP_KEEPALIVE_DEFAULT	1000

/**
 * enum plait_udp_protect - how packets are protected
 * @PLAIT_UDP_PROTECT_ENCRYPT: encrypted and authenticated
 * @PLAIT_UDP_PROTECT_SIGN: authenticated only: everybody on the way can read them
 */
enum plait_udp_protect {
	PLAIT_UDP_PROTECT_ENCRYPT = 1,
	PLAIT_UDP_PROTECT_SIGN = 2
};

/**
 * enum plait_udp_session - of a link with its far end
 * @PLAIT_UDP_SESSION_IDLE: there is none, and no address to ask at
 * @PLAIT_UDP_SESSION_ASKING: the far end has not answered yet
 * @PLAIT_UDP_SESSION_ESTABLISHED: there is one
 */
enum plait_udp_session {
	PLAIT_UDP_SESSION_IDLE = 0,
	PLAIT_UDP_SESSION_ASKING = 1,
	PLAIT_UDP_SESSION_ESTABLISHED = 2
};

/**
 * enum plait_udp_state - of a UDP leg
 * @PLAIT_UDP_STATE_DOWN: no session, no address, or its uplink is down
 * @PLAIT_UDP_STATE_PROBING: no probe was answered yet
 * @PLAIT_UDP_STATE_LIVE: it carries packets
 * @PLAIT_UDP_STATE_SILENT: nothing of what it was given is known to have arrived lately: it is given probes only
 * @PLAIT_UDP_STATE_DEAD: so for seconds
 */
enum plait_udp_state {
	PLAIT_UDP_STATE_DOWN = 0,
	PLAIT_UDP_STATE_PROBING = 1,
	PLAIT_UDP_STATE_LIVE = 2,
	PLAIT_UDP_STATE_SILENT = 3,
	PLAIT_UDP_STATE_DEAD = 4
};

/**
 * enum plait_udp_event - what happened, in @PLAIT_UDP_A_EVENT
 * @PLAIT_UDP_EVENT_SESSION_UP: a session was made; a newer one of the same boxes tells nothing
 * @PLAIT_UDP_EVENT_SESSION_DOWN: the far end does not answer any more, or never did for 90 s
 * @PLAIT_UDP_EVENT_LEG: a leg changed its state
 * @PLAIT_UDP_EVENT_ADDRESS: the far end of a leg has another address or port
 * @PLAIT_UDP_EVENT_UNKNOWN_KEY: somebody with a key of nobody asked for a session where this link, which has none, is
 *	reached; told once a minute at most
 */
enum plait_udp_event {
	PLAIT_UDP_EVENT_SESSION_UP = 1,
	PLAIT_UDP_EVENT_SESSION_DOWN = 2,
	PLAIT_UDP_EVENT_LEG = 3,
	PLAIT_UDP_EVENT_ADDRESS = 4,
	PLAIT_UDP_EVENT_UNKNOWN_KEY = 5
};

enum plait_udp_cmd {
	PLAIT_UDP_CMD_UNSPEC = 0,
	PLAIT_UDP_CMD_KEY = 1,
	PLAIT_UDP_CMD_PEER_SET = 2,
	PLAIT_UDP_CMD_PEER_GET = 3,
	PLAIT_UDP_CMD_PEER_DEL = 4,
	PLAIT_UDP_CMD_LEG_SET = 5,
	PLAIT_UDP_CMD_LEG_DEL = 6,
	PLAIT_UDP_CMD_EVENT = 7,

	__PLAIT_UDP_CMD_MAX,
	PLAIT_UDP_CMD_MAX = __PLAIT_UDP_CMD_MAX - 1
};

/* Types stand in the manual above. */
enum plait_udp_attr {
	PLAIT_UDP_A_UNSPEC = 0,
	PLAIT_UDP_A_PAD = 1,
	PLAIT_UDP_A_IFINDEX = 2,
	PLAIT_UDP_A_IFNAME = 3,
	PLAIT_UDP_A_PRIVATE_KEY = 4,
	PLAIT_UDP_A_PUBLIC_KEY = 5,
	PLAIT_UDP_A_PEER_KEY = 6,
	PLAIT_UDP_A_PRESHARED_KEY = 7,
	PLAIT_UDP_A_LISTEN = 8,
	PLAIT_UDP_A_PROTECT = 9,
	PLAIT_UDP_A_FRESH_FLOOR = 10,
	PLAIT_UDP_A_FRESH_USED = 11,
	PLAIT_UDP_A_SESSION = 12,
	PLAIT_UDP_A_AGREED = 13,
	PLAIT_UDP_A_SESSION_AGE = 14,
	PLAIT_UDP_A_BAD_PACKETS = 15,
	PLAIT_UDP_A_REPLAYED = 16,
	PLAIT_UDP_A_HELD = 17,
	PLAIT_UDP_A_LOST = 18,
	PLAIT_UDP_A_EXPIRED = 19,
	PLAIT_UDP_A_LATE = 20,
	PLAIT_UDP_A_LEGS = 21,
	PLAIT_UDP_A_LEG = 22,
	PLAIT_UDP_A_EVENT = 23,

	__PLAIT_UDP_A_MAX,
	PLAIT_UDP_A_MAX = __PLAIT_UDP_A_MAX - 1
};

/**
 * enum plait_udp_leg_attr - attributes of one leg, inside @PLAIT_UDP_A_LEG; those that LEG_SET does not take are read only
 * @PLAIT_UDP_LEG_A_UNSPEC: not used
 * @PLAIT_UDP_LEG_A_PAD: padding, to be skipped
 * @PLAIT_UDP_LEG_A_NUMBER: NLA_U8
 * @PLAIT_UDP_LEG_A_NAME: NLA_NUL_STRING
 * @PLAIT_UDP_LEG_A_UPLINK: NLA_U32, interface index
 * @PLAIT_UDP_LEG_A_LOCAL: binary, 4 bytes
 * @PLAIT_UDP_LEG_A_REMOTE: binary, 4 bytes; where packets are sent now
 * @PLAIT_UDP_LEG_A_REMOTE_PORT: NLA_U16
 * @PLAIT_UDP_LEG_A_KEEPALIVE: NLA_U32, ms
 * @PLAIT_UDP_LEG_A_HEARD: NLA_U8, 1: it came up since it was heard, nobody set it
 * @PLAIT_UDP_LEG_A_STATE: NLA_U8, enum plait_udp_state
 * @PLAIT_UDP_LEG_A_OBSERVED: binary, 4 bytes: our address as the far end sees it; absent while unknown
 * @PLAIT_UDP_LEG_A_OBSERVED_PORT: NLA_U16
 * @PLAIT_UDP_LEG_A_RTT: NLA_U32, us; absent while unknown
 * @PLAIT_UDP_LEG_A_BEHIND: NLA_U32, us: so much later than those of the fastest leg its packets arrive; absent while unknown
 * @PLAIT_UDP_LEG_A_LOSS: NLA_U32, lost of a million packets, lately
 * @PLAIT_UDP_LEG_A_ADDRESS_CHANGES: NLA_U32, how often the far end's address or port changed
 * @PLAIT_UDP_LEG_A_PATH_MTU: NLA_U32, bytes of the largest packet, with its IP header, that is known to arrive by it in
 *	one piece; absent while unknown
 * @PLAIT_UDP_LEG_A_PATH_MTU_PROBES: NLA_U32, padded probes that were sent to find that
 */
enum plait_udp_leg_attr {
	PLAIT_UDP_LEG_A_UNSPEC = 0,
	PLAIT_UDP_LEG_A_PAD = 1,
	PLAIT_UDP_LEG_A_NUMBER = 2,
	PLAIT_UDP_LEG_A_NAME = 3,
	PLAIT_UDP_LEG_A_UPLINK = 4,
	PLAIT_UDP_LEG_A_LOCAL = 5,
	PLAIT_UDP_LEG_A_REMOTE = 6,
	PLAIT_UDP_LEG_A_REMOTE_PORT = 7,
	PLAIT_UDP_LEG_A_KEEPALIVE = 8,
	PLAIT_UDP_LEG_A_HEARD = 9,
	PLAIT_UDP_LEG_A_STATE = 10,
	PLAIT_UDP_LEG_A_OBSERVED = 11,
	PLAIT_UDP_LEG_A_OBSERVED_PORT = 12,
	PLAIT_UDP_LEG_A_RTT = 13,
	PLAIT_UDP_LEG_A_BEHIND = 14,
	PLAIT_UDP_LEG_A_LOSS = 15,
	PLAIT_UDP_LEG_A_ADDRESS_CHANGES = 16,
	PLAIT_UDP_LEG_A_PATH_MTU = 17,
	PLAIT_UDP_LEG_A_PATH_MTU_PROBES = 18,

	__PLAIT_UDP_LEG_A_MAX,
	PLAIT_UDP_LEG_A_MAX = __PLAIT_UDP_LEG_A_MAX - 1
};

#endif /* _UAPI_PLAIT_UDP_H */
