/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The generic netlink family "plait_balance": the manual.
 *
 * The module balances routed and local traffic over several uplinks, without a far end that helps.
 * It chooses an uplink by a strategy and writes the uplink's mark into the bits `mask` of the
 * packet mark, before routing. Policy rules turn the mark into a routing table:
 *
 *	ip rule add fwmark 0x10000/0xff0000 table 101
 *	ip route add default via 192.0.2.1 dev eth1.5 table 101
 *
 * The bits `mask` of the connection mark remember the uplink, so that a session stays there and its
 * replies leave by the uplink that it came in by. All other bits of both marks are left alone.
 * A value of the connection mark is 0 (not decided), the mark of an uplink, or all bits of `mask`:
 * then the session is none to balance, since its route leads elsewhere, or its destination is
 * excluded.
 *
 * A packet is balanced when
 *
 *	- it came in by a device that is to be balanced, or is local and local traffic is balanced,
 *	- it belongs to a connection that is tracked,
 *	- its destination is not excluded,
 *	- and the route that it would take without a mark leaves by one of the uplinks. So packets
 *	  for the box itself, the LAN and tunnels are left alone without being named here.
 *
 * What comes in by an uplink is never balanced. Replies leave by the uplink that the session came in
 * by, also those that come in by devices that are not to be balanced.
 *
 * Settings belong to the network namespace of the socket; each namespace begins without uplinks,
 * and then nothing is balanced. Integers are in host byte order, addresses in network byte order.
 * Nested attributes carry the bit NLA_F_NESTED in their type, in both directions: one without it is
 * refused, and readers mask types with NLA_TYPE_MASK. Unknown and misplaced attributes, and values
 * outside the stated bounds, are refused with -EINVAL or -ERANGE and an extended ack that says what
 * is wrong and points at the attribute. Each request is all or nothing.
 *
 * PLAIT_BALANCE_CMD_GET
 * ---------------------
 * With NLM_F_REQUEST (do), without attributes: one answer, of at most PLAIT_BALANCE_MESSAGE_MAX
 * bytes. No capability is needed. It carries the command PLAIT_BALANCE_CMD_GET and:
 *
 *	PLAIT_BALANCE_A_STRATEGY	NLA_NUL_STRING, "session"
 *
 * unless no packet takes the fast path:
 *
 *	PLAIT_BALANCE_A_FAST_DEVICES	NLA_NESTED
 *		PLAIT_BALANCE_A_FAST_DEVICE	NLA_U32, ifindex, once for each device, also one that is gone
 *	PLAIT_BALANCE_A_FAST_DROP_MARK	NLA_U32
 *	PLAIT_BALANCE_A_FAST_DROP_MASK	NLA_U32
 *
 * and, unless nothing is balanced:
 *
 *	PLAIT_BALANCE_A_MASK		NLA_U32
 *	PLAIT_BALANCE_A_DEAD_SESSIONS	NLA_U32, enum plait_balance_dead_sessions
 *	PLAIT_BALANCE_A_LOCAL		NLA_U8, 0 or 1
 *	PLAIT_BALANCE_A_INPUTS		NLA_NESTED; absent: all devices
 *		PLAIT_BALANCE_A_INPUT	NLA_U32, ifindex, once for each device
 *	PLAIT_BALANCE_A_EXCLUDES	NLA_NESTED; absent without any
 *		PLAIT_BALANCE_A_EXCLUDE	NLA_NESTED, once for each network
 *			PLAIT_BALANCE_EXCLUDE_A_ADDRESS	NLA_BINARY, 4 or 16 bytes
 *			PLAIT_BALANCE_EXCLUDE_A_LENGTH	NLA_U8, of the prefix, in bits
 *	PLAIT_BALANCE_A_UPLINKS		NLA_NESTED, in the order of CONFIG_SET
 *		PLAIT_BALANCE_A_UPLINK	NLA_NESTED, once for each uplink
 *			PLAIT_BALANCE_UPLINK_A_…, all of enum plait_balance_uplink_attr
 *
 * IFNAME is absent while there is no device of that index in the namespace. SESSIONS is shown to those
 * with CAP_NET_ADMIN only, and up to a second old: it is counted by a walk over the connection table.
 *
 * PLAIT_BALANCE_CMD_CONFIG_SET
 * ----------------------------
 * Needs CAP_NET_ADMIN in the user namespace that owns the network namespace. Says everything anew;
 * what is absent gets its default:
 *
 *	PLAIT_BALANCE_A_MASK		required; at least two bits
 *	PLAIT_BALANCE_A_UPLINKS		required; one to PLAIT_BALANCE_UPLINKS_MAX
 *		PLAIT_BALANCE_UPLINK_A_IFINDEX		required
 *		PLAIT_BALANCE_UPLINK_A_MARK		required; within the mask, neither 0 nor all of it
 *		PLAIT_BALANCE_UPLINK_A_WEIGHT		default PLAIT_BALANCE_WEIGHT_DEFAULT
 *		PLAIT_BALANCE_UPLINK_A_RATE_UP		default 0
 *		PLAIT_BALANCE_UPLINK_A_RATE_DOWN	default 0
 *		PLAIT_BALANCE_UPLINK_A_ALIVE		default 1
 *		PLAIT_BALANCE_UPLINK_A_NAT		default 0
 *	PLAIT_BALANCE_A_STRATEGY	default: the one in use
 *	PLAIT_BALANCE_A_DEAD_SESSIONS	default PLAIT_BALANCE_DEAD_SESSIONS_MOVE
 *	PLAIT_BALANCE_A_LOCAL		default 1
 *	PLAIT_BALANCE_A_INPUTS		default: all devices but the uplinks
 *	PLAIT_BALANCE_A_EXCLUDES	default: none; at most PLAIT_BALANCE_EXCLUDES_MAX
 *
 * An uplink with the ifindex and the mark of a present one is the same uplink: it keeps its counters,
 * its sessions and what the strategy knows of it. Sessions keep their uplinks over every change, but
 * for those of uplinks that are gone, which are treated as those of a dead uplink. -ENODEV when an
 * uplink or input is no device of the namespace, -ENOENT when there is no strategy of that name,
 * -EINVAL when an ifindex or a mark is named twice, or an input is an uplink.
 *
 * PLAIT_BALANCE_CMD_UPLINK_SET
 * ----------------------------
 * Needs CAP_NET_ADMIN as above. Changes some uplinks, and leaves alone what is not named:
 *
 *	PLAIT_BALANCE_A_UPLINKS		required
 *		PLAIT_BALANCE_A_UPLINK	at least one; an uplink is named at most once
 *			PLAIT_BALANCE_UPLINK_A_IFINDEX	required; says which
 *			WEIGHT, RATE_UP, RATE_DOWN, ALIVE, NAT	optional
 *
 * -ENOENT when one is not among the uplinks. Takes effect with the next packet.
 *
 * PLAIT_BALANCE_CMD_STRATEGY_SET
 * ------------------------------
 * Needs CAP_NET_ADMIN as above. Takes PLAIT_BALANCE_A_STRATEGY, required, and changes nothing else. The
 * same as writing the name into /proc/sys/net/ipv4/multipath/balance/strategy. -ENOENT when there is
 * no strategy of that name. It also takes effect for uplinks that are set later.
 *
 * PLAIT_BALANCE_CMD_CONFIG_CLEAR
 * ------------------------------
 * Needs CAP_NET_ADMIN as above. No attributes. Nothing is balanced from now on, and counters are
 * forgotten. Marks of connections stay as they are. No error when nothing was balanced.
 *
 * PLAIT_BALANCE_CMD_FAST_SET
 * --------------------------
 * Needs CAP_NET_ADMIN as above. Says anew between which devices packets take the fast path; what is absent
 * gets its default:
 *
 *	PLAIT_BALANCE_A_FAST_DEVICES	default: none; at most PLAIT_BALANCE_FAST_DEVICES_MAX
 *		PLAIT_BALANCE_A_FAST_DEVICE	ifindex
 *	PLAIT_BALANCE_A_FAST_DROP_MARK	default 0; within the mask
 *	PLAIT_BALANCE_A_FAST_DROP_MASK	default 0
 *
 * -ENODEV when one is no device of the namespace, -EINVAL when one is named twice. When it fails for want of
 * memory, no packet takes the fast path any more. It needs no uplinks, and CONFIG_CLEAR leaves it alone.
 *
 * PLAIT_BALANCE_CMD_EVENT
 * -----------------------
 * Sent to the multicast group PLAIT_BALANCE_MCGRP_EVENTS when something changed. Never sent as a request.
 * Carries PLAIT_BALANCE_A_EVENT and PLAIT_BALANCE_A_STRATEGY; events about an uplink also
 * PLAIT_BALANCE_A_UPLINKS with that one, all its attributes but SESSIONS. On ENOBUFS events were lost: GET.
 *
 * Strategies
 * ----------
 *	name		chosen anew for	the uplink is
 *	route		destination	the next by weight, as long as the destination is in use
 *	packet		packet		the next by weight, in bytes
 *	session		session		the next by weight, in sessions
 *	bandwidth	packet		that with the most unused bandwidth
 *	headroom	packet		that with the most unused bandwidth in percent
 *	retransmit	session		the next by weight among those with the least TCP retransmissions
 *	history		session		the one that was fastest for this destination before
 *
 * "Chosen anew for packet" holds for sessions that may change their uplink. One whose addresses are
 * translated, or that is on an uplink with NAT, never does: its packets stay together, and count
 * towards the share of their uplink. The same sessions cannot move when their uplink dies.
 * Sessions that came in by an uplink stay there too, as long as it lives.
 *
 * Dead uplinks
 * ------------
 * An uplink is live when it is alive (as this family was told), its device is up, and has carrier.
 * A session on an uplink that is not live is dealt with when its next packet from inside comes, and
 * only while another uplink lives. To move it is to give it another uplink, as if it were new. To end
 * it is to answer TCP with a reset and to forget the connection, so that the next packet, of whatever
 * protocol, begins a new one. One that came in by the dead uplink and cannot move is left there.
 *
 * The fast path
 * -------------
 * When the ordinary way has forwarded a packet of a connection of TCP or UDP over IPv4 between two of its devices,
 * further packets of it are translated and sent on as they come in by these devices, without rules,
 * connection tracking and a look-up of routes: what the firewall let through once goes on. What begins or
 * ends a connection, fragments, packets with options, too long or too old ones, and connections with a helper go
 * the ordinary way. So do all of a connection when a route or its uplink changes, until it is learned
 * anew from there. Packets are counted, observed and given to the strategy as on the ordinary way. Sessions whose
 * packets are given uplinks one by one stay there. The hook is at ingress of the device, priority 0: a policer
 * before it may drop, or mark what is to be dropped only when it is forwarded.
 */

#ifndef _UAPI_PLAIT_BALANCE_H
#define _UAPI_PLAIT_BALANCE_H

#define PLAIT_BALANCE_GENL_NAME		"plait_balance"
#define PLAIT_BALANCE_GENL_VERSION	1
#define PLAIT_BALANCE_MCGRP_EVENTS	"events"

/* Bytes that no message of the family exceeds. */
#define PLAIT_BALANCE_MESSAGE_MAX	16384

#define PLAIT_BALANCE_UPLINKS_MAX	32
#define PLAIT_BALANCE_INPUTS_MAX	64
#define PLAIT_BALANCE_EXCLUDES_MAX	64
#define PLAIT_BALANCE_FAST_DEVICES_MAX	64

/* Length of the name of a strategy, without the final zero. */
#define PLAIT_BALANCE_STRATEGY_LENGTH_MAX	15

/*
 * What an uplink is given compared with the others: of packets, sessions or destinations, and a factor
 * for its unused bandwidth.
 */
#define PLAIT_BALANCE_WEIGHT_MIN	1
#define PLAIT_BALANCE_WEIGHT_MAX	1000
#define PLAIT_BALANCE_WEIGHT_DEFAULT	1

/* Bit/s of an uplink; 0: unknown, taken to be as much as the fastest uplink has. */
#define PLAIT_BALANCE_RATE_MAX		1000000000000ULL

/**
 * enum plait_balance_cmd - commands of the family
 * @PLAIT_BALANCE_CMD_UNSPEC: not used
 * @PLAIT_BALANCE_CMD_GET: show settings, counters and estimates
 * @PLAIT_BALANCE_CMD_CONFIG_SET: set everything
 * @PLAIT_BALANCE_CMD_UPLINK_SET: change some uplinks
 * @PLAIT_BALANCE_CMD_STRATEGY_SET: change the strategy
 * @PLAIT_BALANCE_CMD_CONFIG_CLEAR: stop balancing
 * @PLAIT_BALANCE_CMD_EVENT: notification
 * @PLAIT_BALANCE_CMD_FAST_SET: set the fast path
 */
enum plait_balance_cmd {
	PLAIT_BALANCE_CMD_UNSPEC = 0,
	PLAIT_BALANCE_CMD_GET = 1,
	PLAIT_BALANCE_CMD_CONFIG_SET = 2,
	PLAIT_BALANCE_CMD_UPLINK_SET = 3,
	PLAIT_BALANCE_CMD_STRATEGY_SET = 4,
	PLAIT_BALANCE_CMD_CONFIG_CLEAR = 5,
	PLAIT_BALANCE_CMD_EVENT = 6,
	PLAIT_BALANCE_CMD_FAST_SET = 7,

	__PLAIT_BALANCE_CMD_MAX,
	PLAIT_BALANCE_CMD_MAX = __PLAIT_BALANCE_CMD_MAX - 1
};

/**
 * enum plait_balance_attr - attributes of a message
 * @PLAIT_BALANCE_A_UNSPEC: not used
 * @PLAIT_BALANCE_A_PAD: padding, to be skipped
 * @PLAIT_BALANCE_A_STRATEGY: NLA_NUL_STRING, name of the strategy
 * @PLAIT_BALANCE_A_MASK: NLA_U32, the bits of packet and connection mark that are ours
 * @PLAIT_BALANCE_A_DEAD_SESSIONS: NLA_U32, enum plait_balance_dead_sessions
 * @PLAIT_BALANCE_A_LOCAL: NLA_U8, 1: what this box sends itself is balanced too
 * @PLAIT_BALANCE_A_INPUTS: NLA_NESTED of @PLAIT_BALANCE_A_INPUT
 * @PLAIT_BALANCE_A_INPUT: NLA_U32, interface index of a device whose traffic is balanced; stands in
 *	@PLAIT_BALANCE_A_INPUTS only
 * @PLAIT_BALANCE_A_EXCLUDES: NLA_NESTED of @PLAIT_BALANCE_A_EXCLUDE
 * @PLAIT_BALANCE_A_EXCLUDE: NLA_NESTED of enum plait_balance_exclude_attr; stands in
 *	@PLAIT_BALANCE_A_EXCLUDES only
 * @PLAIT_BALANCE_A_UPLINKS: NLA_NESTED of @PLAIT_BALANCE_A_UPLINK
 * @PLAIT_BALANCE_A_UPLINK: NLA_NESTED of enum plait_balance_uplink_attr; stands in
 *	@PLAIT_BALANCE_A_UPLINKS only
 * @PLAIT_BALANCE_A_EVENT: NLA_U32, enum plait_balance_event
 * @PLAIT_BALANCE_A_FAST_DEVICES: NLA_NESTED of @PLAIT_BALANCE_A_FAST_DEVICE
 * @PLAIT_BALANCE_A_FAST_DEVICE: NLA_U32, interface index of a device between which and the others packets take
 *	the fast path; stands in @PLAIT_BALANCE_A_FAST_DEVICES only
 * @PLAIT_BALANCE_A_FAST_DROP_MARK: NLA_U32, packets with this value in the bits of the mask are dropped there
 * @PLAIT_BALANCE_A_FAST_DROP_MASK: NLA_U32; 0: none is
 */
enum plait_balance_attr {
	PLAIT_BALANCE_A_UNSPEC = 0,
	PLAIT_BALANCE_A_PAD = 1,
	PLAIT_BALANCE_A_STRATEGY = 2,
	PLAIT_BALANCE_A_MASK = 3,
	PLAIT_BALANCE_A_DEAD_SESSIONS = 4,
	PLAIT_BALANCE_A_LOCAL = 5,
	PLAIT_BALANCE_A_INPUTS = 6,
	PLAIT_BALANCE_A_INPUT = 7,
	PLAIT_BALANCE_A_EXCLUDES = 8,
	PLAIT_BALANCE_A_EXCLUDE = 9,
	PLAIT_BALANCE_A_UPLINKS = 10,
	PLAIT_BALANCE_A_UPLINK = 11,
	PLAIT_BALANCE_A_EVENT = 12,
	PLAIT_BALANCE_A_FAST_DEVICES = 13,
	PLAIT_BALANCE_A_FAST_DEVICE = 14,
	PLAIT_BALANCE_A_FAST_DROP_MARK = 15,
	PLAIT_BALANCE_A_FAST_DROP_MASK = 16,

	__PLAIT_BALANCE_A_MAX,
	PLAIT_BALANCE_A_MAX = __PLAIT_BALANCE_A_MAX - 1
};

/**
 * enum plait_balance_exclude_attr - a network whose addresses are no destinations to balance
 * @PLAIT_BALANCE_EXCLUDE_A_UNSPEC: not used
 * @PLAIT_BALANCE_EXCLUDE_A_ADDRESS: NLA_BINARY, 4 bytes (IPv4) or 16 (IPv6); no bits set beyond the length
 * @PLAIT_BALANCE_EXCLUDE_A_LENGTH: NLA_U8, bits of the prefix
 */
enum plait_balance_exclude_attr {
	PLAIT_BALANCE_EXCLUDE_A_UNSPEC = 0,
	PLAIT_BALANCE_EXCLUDE_A_ADDRESS = 1,
	PLAIT_BALANCE_EXCLUDE_A_LENGTH = 2,

	__PLAIT_BALANCE_EXCLUDE_A_MAX,
	PLAIT_BALANCE_EXCLUDE_A_MAX = __PLAIT_BALANCE_EXCLUDE_A_MAX - 1
};

/**
 * enum plait_balance_uplink_attr - attributes of one uplink, inside @PLAIT_BALANCE_A_UPLINK
 *
 * Packets and bytes are those of all IP packets that leave and come in by the device, balanced or
 * not, as they are on the wire with the header of the device's link layer: a GSO or GRO packet of n segments
 * counts n, and its bytes with the headers that each segment repeats. Counters start from zero when the
 * uplink is set first. Rates are bit/s of these bytes, sampled every second.
 *
 * @PLAIT_BALANCE_UPLINK_A_UNSPEC: not used
 * @PLAIT_BALANCE_UPLINK_A_PAD: padding, to be skipped; stands before 64-bit attributes on some machines
 * @PLAIT_BALANCE_UPLINK_A_IFINDEX: NLA_U32, interface index
 * @PLAIT_BALANCE_UPLINK_A_IFNAME: NLA_NUL_STRING, its name; read only
 * @PLAIT_BALANCE_UPLINK_A_MARK: NLA_U32, its value in the bits of the mask
 * @PLAIT_BALANCE_UPLINK_A_WEIGHT: NLA_U32, PLAIT_BALANCE_WEIGHT_MIN to _MAX
 * @PLAIT_BALANCE_UPLINK_A_RATE_UP: NLA_U64, bit/s that it can send, 0 to PLAIT_BALANCE_RATE_MAX
 * @PLAIT_BALANCE_UPLINK_A_RATE_DOWN: NLA_U64, bit/s that it can receive, same
 * @PLAIT_BALANCE_UPLINK_A_ALIVE: NLA_U8, 0 or 1: carries packets, as far as whoever probes it knows
 * @PLAIT_BALANCE_UPLINK_A_NAT: NLA_U8, 1: addresses are translated on it, so its sessions cannot leave it
 * @PLAIT_BALANCE_UPLINK_A_LIVE: NLA_U8, 0 or 1: alive, up, with carrier; read only, and so are all below
 * @PLAIT_BALANCE_UPLINK_A_SESSIONS: NLA_U32, connections in the table that are on it, as of the last second;
 *	absent without CAP_NET_ADMIN
 * @PLAIT_BALANCE_UPLINK_A_ASSIGNED: NLA_U64, sessions that were given to it when they began
 * @PLAIT_BALANCE_UPLINK_A_MOVED: NLA_U64, sessions that were moved to it, from one that had died, or that
 *	lost too much
 * @PLAIT_BALANCE_UPLINK_A_ENDED: NLA_U64, sessions of it that were ended, since it was dead
 * @PLAIT_BALANCE_UPLINK_A_TX_PACKETS: NLA_U64
 * @PLAIT_BALANCE_UPLINK_A_TX_BYTES: NLA_U64
 * @PLAIT_BALANCE_UPLINK_A_RX_PACKETS: NLA_U64
 * @PLAIT_BALANCE_UPLINK_A_RX_BYTES: NLA_U64
 * @PLAIT_BALANCE_UPLINK_A_TX_RATE_1S: NLA_U64, bit/s in the last second
 * @PLAIT_BALANCE_UPLINK_A_TX_RATE_8S: NLA_U64, bit/s on the average of the last eight seconds
 * @PLAIT_BALANCE_UPLINK_A_RX_RATE_1S: NLA_U64
 * @PLAIT_BALANCE_UPLINK_A_RX_RATE_8S: NLA_U64
 * @PLAIT_BALANCE_UPLINK_A_UNUSED_UP: NLA_U64, bit/s: @PLAIT_BALANCE_UPLINK_A_RATE_UP less the average of
 *	eight seconds, not below 0; absent while the rate is unknown
 * @PLAIT_BALANCE_UPLINK_A_UNUSED_DOWN: NLA_U64, the same of the other direction
 * @PLAIT_BALANCE_UPLINK_A_TCP_SEGMENTS: NLA_U64, TCP segments with data, SYN or FIN, of tracked connections, both ways
 * @PLAIT_BALANCE_UPLINK_A_TCP_RETRANSMITTED: NLA_U64, how many of them had been sent before
 * @PLAIT_BALANCE_UPLINK_A_TCP_RETRANSMISSION_RATE: NLA_U32, lately retransmitted of 10,000 segments; without
 *	traffic to judge from, the last value fades away over about half a minute
 */
enum plait_balance_uplink_attr {
	PLAIT_BALANCE_UPLINK_A_UNSPEC = 0,
	PLAIT_BALANCE_UPLINK_A_PAD = 1,
	PLAIT_BALANCE_UPLINK_A_IFINDEX = 2,
	PLAIT_BALANCE_UPLINK_A_IFNAME = 3,
	PLAIT_BALANCE_UPLINK_A_MARK = 4,
	PLAIT_BALANCE_UPLINK_A_WEIGHT = 5,
	PLAIT_BALANCE_UPLINK_A_RATE_UP = 6,
	PLAIT_BALANCE_UPLINK_A_RATE_DOWN = 7,
	PLAIT_BALANCE_UPLINK_A_ALIVE = 8,
	PLAIT_BALANCE_UPLINK_A_NAT = 9,
	PLAIT_BALANCE_UPLINK_A_LIVE = 10,
	PLAIT_BALANCE_UPLINK_A_SESSIONS = 11,
	PLAIT_BALANCE_UPLINK_A_ASSIGNED = 12,
	PLAIT_BALANCE_UPLINK_A_MOVED = 13,
	PLAIT_BALANCE_UPLINK_A_ENDED = 14,
	PLAIT_BALANCE_UPLINK_A_TX_PACKETS = 15,
	PLAIT_BALANCE_UPLINK_A_TX_BYTES = 16,
	PLAIT_BALANCE_UPLINK_A_RX_PACKETS = 17,
	PLAIT_BALANCE_UPLINK_A_RX_BYTES = 18,
	PLAIT_BALANCE_UPLINK_A_TX_RATE_1S = 19,
	PLAIT_BALANCE_UPLINK_A_TX_RATE_8S = 20,
	PLAIT_BALANCE_UPLINK_A_RX_RATE_1S = 21,
	PLAIT_BALANCE_UPLINK_A_RX_RATE_8S = 22,
	PLAIT_BALANCE_UPLINK_A_UNUSED_UP = 23,
	PLAIT_BALANCE_UPLINK_A_UNUSED_DOWN = 24,
	PLAIT_BALANCE_UPLINK_A_TCP_SEGMENTS = 25,
	PLAIT_BALANCE_UPLINK_A_TCP_RETRANSMITTED = 26,
	PLAIT_BALANCE_UPLINK_A_TCP_RETRANSMISSION_RATE = 27,

	__PLAIT_BALANCE_UPLINK_A_MAX,
	PLAIT_BALANCE_UPLINK_A_MAX = __PLAIT_BALANCE_UPLINK_A_MAX - 1
};

/**
 * enum plait_balance_dead_sessions - what becomes of the sessions of an uplink that is not live
 * @PLAIT_BALANCE_DEAD_SESSIONS_MOVE: those that may change their uplink move, the others end;
 *	those that came in by it stay
 * @PLAIT_BALANCE_DEAD_SESSIONS_END: all end
 */
enum plait_balance_dead_sessions {
	PLAIT_BALANCE_DEAD_SESSIONS_MOVE = 0,
	PLAIT_BALANCE_DEAD_SESSIONS_END = 1
};

/**
 * enum plait_balance_event - what happened, in @PLAIT_BALANCE_A_EVENT
 * @PLAIT_BALANCE_EVENT_CONFIGURED: CONFIG_SET or UPLINK_SET changed settings
 * @PLAIT_BALANCE_EVENT_CLEARED: CONFIG_CLEAR
 * @PLAIT_BALANCE_EVENT_STRATEGY: the strategy is another one now
 * @PLAIT_BALANCE_EVENT_UPLINK_LIVE: an uplink became live
 * @PLAIT_BALANCE_EVENT_UPLINK_DEAD: an uplink stopped being live
 */
enum plait_balance_event {
	PLAIT_BALANCE_EVENT_CONFIGURED = 1,
	PLAIT_BALANCE_EVENT_CLEARED = 2,
	PLAIT_BALANCE_EVENT_STRATEGY = 3,
	PLAIT_BALANCE_EVENT_UPLINK_LIVE = 4,
	PLAIT_BALANCE_EVENT_UPLINK_DEAD = 5
};

#endif /* _UAPI_PLAIT_BALANCE_H */
