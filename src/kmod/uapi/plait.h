/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The netlink interface of plait links: the manual.
 *
 * A plait link is a network device of rtnl kind "plait". It is made, set up, given legs and destroyed over
 * rtnetlink, as any device:
 *
 *	ip link add hq type plait scheduler earliest
 *	ip link set hq type plait buffer on
 *	ip link set hq.dsl master hq		the device hq.dsl becomes a leg
 *	ip link set hq.dsl type plait_slave weight 3 rate 10mbit
 *	ip link set hq.dsl nomaster		and leaves
 *	ip -d link show hq
 *
 * (`ip` knows the words behind "plait" and "plait_slave" when it has src/iproute2/link_plait.c.)
 *
 * In IFLA_INFO_DATA of the link there are attributes of enum plait_info_attr, in IFLA_INFO_SLAVE_DATA of a leg those
 * of enum plait_slave_attr. What is absent in a request stays as it is. RTM_NEWLINK is sent when any of them
 * changes, whoever changed it.
 *
 * The generic netlink family "plait" has statistics, several legs at once, and events. It acts on the network namespace of
 * the socket. Integers are in host byte order. Nested attributes carry the bit NLA_F_NESTED in
 * their type, in both directions: one without it is refused, and readers mask types with
 * NLA_TYPE_MASK.
 * Unknown and misplaced attributes, and values outside the stated bounds, are refused with -EINVAL
 * or -ERANGE and an extended ack that points at the attribute.
 *
 * PLAIT_CMD_LINK_GET
 * ------------------
 * With NLM_F_REQUEST (do) and PLAIT_A_IFINDEX: one answer, the link. -ENODEV when there is no
 * device of that index in the namespace, -EOPNOTSUPP when it is no plait link. With NLM_F_DUMP and
 * no attribute: one message a link, by index, then NLMSG_DONE. No capability is needed. Answers
 * carry the command PLAIT_CMD_LINK_GET and:
 *
 *	PLAIT_A_IFINDEX		NLA_U32
 *	PLAIT_A_IFNAME		NLA_NUL_STRING
 *	PLAIT_A_SCHEDULER	NLA_NUL_STRING, "weighted", "earliest" or "backup"
 *	PLAIT_A_LEGS		NLA_NESTED, in the order of joining; empty without legs
 *		PLAIT_A_LEG	NLA_NESTED, once for each leg
 *			PLAIT_LEG_A_IFINDEX	NLA_U32; missing when the leg is no network device
 *			PLAIT_LEG_A_IFNAME	NLA_NUL_STRING
 *			PLAIT_LEG_A_WEIGHT	NLA_U32
 *			PLAIT_LEG_A_ENABLED	NLA_U8, 0 or 1: may carry packets, by LEG_SET
 *			PLAIT_LEG_A_LIVE	NLA_U8, 0 or 1: does; enabled, up, with carrier
 *			PLAIT_LEG_A_TX_PACKETS	NLA_U64
 *			PLAIT_LEG_A_TX_BYTES	NLA_U64
 *			PLAIT_LEG_A_TX_DROPPED	NLA_U64
 *			PLAIT_LEG_A_RX_PACKETS	NLA_U64
 *			PLAIT_LEG_A_RX_BYTES	NLA_U64
 *			PLAIT_LEG_A_RATE	NLA_U64, bit/s, 0: to be found out; by LEG_SET
 *			PLAIT_LEG_A_ESTIMATED_RATE  NLA_U64, bit/s; absent while unknown
 *			PLAIT_LEG_A_DELAY	NLA_U32, us; absent while unknown
 *			PLAIT_LEG_A_IN_FLIGHT	NLA_U32, bytes
 *			PLAIT_LEG_A_SUSPECT	NLA_U8, 0 or 1
 *			PLAIT_LEG_A_PRIORITY	NLA_U32, by LEG_SET
 *
 * The four before the last are what the scheduler found out; they are absent with schedulers that do not ask.
 * Rates count IP packets as they come to the plait device, without what a leg puts around them: an
 * uplink of 10 Mbit/s under an ipip leg carries packets of 1480 bytes, 1500 with the outer header and
 * 1514 as Ethernet frames, so that is 10 Mbit/s times 1480/1514. Delay is the shortest round trip seen
 * lately, without queues. A suspect leg took packets that did not arrive while those of others did:
 * it carries copies only, until one arrives.
 *
 * A link is never split over messages; one with PLAIT_LEGS_MAX legs takes less than 8 KiB, so a
 * receive buffer of 8192 bytes holds any message of the family.
 *
 * Packets are counted as they are on the wire: a GSO or GRO packet of n segments counts n, and its
 * bytes with the headers that each segment repeats. Bytes are those of the inner IP packet, without
 * what the leg puts around it. TX_DROPPED counts what the leg refused (its queue was full, or it
 * was down). Counters start from zero when a leg joins. The same counters stand in `ethtool -S`.
 *
 * PLAIT_CMD_LEG_SET
 * -----------------
 * Needs CAP_NET_ADMIN in the user namespace that owns the network namespace. Attributes:
 *
 *	PLAIT_A_IFINDEX		NLA_U32, the link; required
 *	PLAIT_A_LEGS		NLA_NESTED; required
 *		PLAIT_A_LEG	NLA_NESTED, at least one; a leg is named at most once
 *			PLAIT_LEG_A_IFINDEX	NLA_U32, or
 *			PLAIT_LEG_A_IFNAME	NLA_NUL_STRING; one of the two, not both
 *			PLAIT_LEG_A_WEIGHT	NLA_U32, PLAIT_WEIGHT_MIN to _MAX; optional
 *			PLAIT_LEG_A_ENABLED	NLA_U8, 0 or 1; optional
 *			PLAIT_LEG_A_RATE	NLA_U64, bit/s, PLAIT_RATE_MIN to _MAX, or
 *						PLAIT_RATE_AUTO; optional
 *			PLAIT_LEG_A_PRIORITY	NLA_U32, 0 to PLAIT_PRIORITY_MAX; optional
 *
 * All or nothing: when one leg is refused none is changed. Legs and settings that are not named
 * stay as they are. -ENODEV when the link is not there, -EOPNOTSUPP when it is no plait link,
 * -ENOENT when a leg is not one of its legs, -EINVAL when a leg is named twice. No answer but the
 * ack. Takes effect with the next packet.
 *
 * A leg joins with PLAIT_WEIGHT_DEFAULT, PLAIT_RATE_AUTO and priority 0, enabled. Scheduler "weighted" looks at
 * weights and not at rates. Scheduler "earliest" paces a leg whose rate is set, finds out the others',
 * and looks at weights only while it knows nothing of any leg. Scheduler "backup" uses only legs of the lowest
 * priority number that has a live leg, by their weights; the others do not look at priorities.
 *
 * PLAIT_CMD_RULES_SET
 * -------------------
 * Rules say by which legs some packets leave, in how many copies, and whether they are put in order. A packet is told by its
 * mark (SO_MARK, nftables `meta mark set`): the first rule whose mark equals that of the packet under PLAIT_A_MARK_MASK
 * holds; without one, the scheduler alone decides. Needs CAP_NET_ADMIN as LEG_SET does. The rules take the place of those
 * that were there, all or nothing:
 *
 *	PLAIT_A_IFINDEX		NLA_U32, the link; required
 *	PLAIT_A_MARK_MASK	NLA_U32; 0, as when it is absent: marks do not count, all packets are the same
 *	PLAIT_A_RULES		NLA_NESTED; required, empty: no rules
 *		PLAIT_A_RULE	NLA_NESTED, at most PLAIT_RULES_MAX
 *			PLAIT_RULE_A_MARK	NLA_U32, within the mask; 0 when it is absent
 *			PLAIT_RULE_A_LEGS	NLA_NESTED; by no other legs; absent: by all. Copies by which the scheduler
 *						learns of another leg leave by that all the same, with
 *						PLAIT_RULE_ELSE_ANY
 *				PLAIT_RULE_A_LEG	NLA_NUL_STRING, a name, at most PLAIT_RULE_LEGS_MAX of them. There
 *						may be no leg of that name now
 *			PLAIT_RULE_A_ELSE	NLA_U8, enum plait_rule_else, while none of these legs is live;
 *						PLAIT_RULE_ELSE_ANY when it is absent
 *			PLAIT_RULE_A_ORDER	NLA_U8, 0 or 1, 1 when it is absent; 0: the far end gives such packets on
 *						as they come; only where it would put them in order (legs of UDP,
 *						plait_udp.h)
 *			PLAIT_RULE_A_COPIES	NLA_U8, 1 or 2, 1 when it is absent; 2: such packets leave by the two legs
 *						on which they arrive first, or by the one that there is. Only where the far
 *						end gives on one of them (legs of UDP); by other legs one leaves
 *
 * A packet that its rule's legs have no room for waits for them, no longer than 100 ms as far as the scheduler knows their
 * rates, and is dropped beyond that. -EINVAL: two rules have the same mark, or one has bits that the mask has not.
 *
 * PLAIT_CMD_RULES_GET
 * -------------------
 * do, PLAIT_A_IFINDEX. No capability is needed. The rules as RULES_SET has them, all attributes of each, and:
 *
 *			PLAIT_RULE_A_PACKETS	NLA_U64, that left by it
 *			PLAIT_RULE_A_ELSEWHERE	NLA_U64, of these, by other legs than its own
 *			PLAIT_RULE_A_COPIED	NLA_U64, of these, in two copies
 *			PLAIT_RULE_A_DROPPED	NLA_U64, that its legs had no room for, or that had no leg
 *
 * Counters go on while the mark of a rule stays.
 *
 * PLAIT_CMD_LEG_EVENT
 * -------------------
 * Sent to the multicast group PLAIT_MCGRP_EVENTS when a leg joins, leaves, or becomes live or dead.
 * Never sent as a request. Carries PLAIT_A_EVENT, PLAIT_A_IFINDEX and PLAIT_A_IFNAME of the link,
 * and PLAIT_A_LEGS with the one leg, all its attributes as in the answer to LINK_GET.
 *
 * On ENOBUFS events were lost: ask LINK_GET.
 */

#ifndef _UAPI_PLAIT_H
#define _UAPI_PLAIT_H

#define PLAIT_GENL_NAME		"plait"
#define PLAIT_GENL_VERSION	1
#define PLAIT_MCGRP_EVENTS	"events"

/* Of the name of a scheduler. */
#define PLAIT_SCHEDULER_LENGTH_MAX	15

/* Legs of one link. */
#define PLAIT_LEGS_MAX		32

/* A leg's share of the packets is its weight over the sum of the weights of the live legs. */
#define PLAIT_WEIGHT_MIN	1
#define PLAIT_WEIGHT_MAX	1000
#define PLAIT_WEIGHT_DEFAULT	1

/* Legs of a lower number come first, with the scheduler "backup". */
#define PLAIT_PRIORITY_MAX	255

/* The rate of a leg, bit/s; PLAIT_RATE_AUTO: to be found out. */
#define PLAIT_RATE_AUTO		0
#define PLAIT_RATE_MIN		8000
#define PLAIT_RATE_MAX		100000000000ULL

/* Rules of one link, and legs that one of them names. */
#define PLAIT_RULES_MAX		16
#define PLAIT_RULE_LEGS_MAX	8
#define PLAIT_RULE_COPIES_MAX	2

/**
 * enum plait_info_attr - attributes of a link in IFLA_INFO_DATA
 * @IFLA_PLAIT_UNSPEC: not used
 * @IFLA_PLAIT_SCHEDULER: NLA_NUL_STRING, name of the scheduler that chooses legs
 * @IFLA_PLAIT_BUFFER: NLA_U8, 0 or 1: TCP segments that come in by the link are put in order
 * @IFLA_PLAIT_MTU_LIMIT: NLA_U32, bytes that the MTU is never above, however much the legs take; 0: none. IFLA_MTU sets
 *	it, too, but no higher than what they take now
 */
enum plait_info_attr {
	IFLA_PLAIT_UNSPEC = 0,
	IFLA_PLAIT_SCHEDULER = 1,
	IFLA_PLAIT_BUFFER = 2,
	IFLA_PLAIT_MTU_LIMIT = 3,

	__IFLA_PLAIT_MAX,
	IFLA_PLAIT_MAX = __IFLA_PLAIT_MAX - 1
};

/**
 * enum plait_slave_attr - attributes of a leg in IFLA_INFO_SLAVE_DATA
 * @IFLA_PLAIT_SLAVE_UNSPEC: not used
 * @IFLA_PLAIT_SLAVE_PAD: padding, to be skipped
 * @IFLA_PLAIT_SLAVE_WEIGHT: NLA_U32, PLAIT_WEIGHT_MIN to PLAIT_WEIGHT_MAX
 * @IFLA_PLAIT_SLAVE_RATE: NLA_U64, bit/s, PLAIT_RATE_MIN to PLAIT_RATE_MAX or PLAIT_RATE_AUTO
 * @IFLA_PLAIT_SLAVE_ENABLED: NLA_U8, 0 or 1: may carry packets
 * @IFLA_PLAIT_SLAVE_STATE: NLA_U8, enum plait_leg_state; read only
 * @IFLA_PLAIT_SLAVE_PRIORITY: NLA_U32, 0 to PLAIT_PRIORITY_MAX
 */
enum plait_slave_attr {
	IFLA_PLAIT_SLAVE_UNSPEC = 0,
	IFLA_PLAIT_SLAVE_PAD = 1,
	IFLA_PLAIT_SLAVE_WEIGHT = 2,
	IFLA_PLAIT_SLAVE_RATE = 3,
	IFLA_PLAIT_SLAVE_ENABLED = 4,
	IFLA_PLAIT_SLAVE_STATE = 5,
	IFLA_PLAIT_SLAVE_PRIORITY = 6,

	__IFLA_PLAIT_SLAVE_MAX,
	IFLA_PLAIT_SLAVE_MAX = __IFLA_PLAIT_SLAVE_MAX - 1
};

/**
 * enum plait_leg_state - whether a leg carries packets, and why not
 * @PLAIT_LEG_DISABLED: not enabled
 * @PLAIT_LEG_DOWN: its device, or the one below it, is down or without carrier
 * @PLAIT_LEG_LOOP: what it sends is routed back into the link
 * @PLAIT_LEG_SUSPECT: it swallowed packets, and carries few until one arrives
 * @PLAIT_LEG_LIVE: it carries packets
 */
enum plait_leg_state {
	PLAIT_LEG_DISABLED = 0,
	PLAIT_LEG_DOWN = 1,
	PLAIT_LEG_LOOP = 2,
	PLAIT_LEG_SUSPECT = 3,
	PLAIT_LEG_LIVE = 4
};

/**
 * enum plait_cmd - commands of the family
 * @PLAIT_CMD_UNSPEC: not used
 * @PLAIT_CMD_LINK_GET: show one link (do) or all of the namespace (dump)
 * @PLAIT_CMD_LEG_SET: change settings of one or more legs of a link
 * @PLAIT_CMD_LEG_EVENT: notification that a leg changed
 * @PLAIT_CMD_RULES_SET: say how packets of some marks leave
 * @PLAIT_CMD_RULES_GET: show that
 */
enum plait_cmd {
	PLAIT_CMD_UNSPEC = 0,
	PLAIT_CMD_LINK_GET = 1,
	PLAIT_CMD_LEG_SET = 2,
	PLAIT_CMD_LEG_EVENT = 3,
	PLAIT_CMD_RULES_SET = 4,
	PLAIT_CMD_RULES_GET = 5,

	__PLAIT_CMD_MAX,
	PLAIT_CMD_MAX = __PLAIT_CMD_MAX - 1
};

/**
 * enum plait_attr - attributes of a message
 * @PLAIT_A_UNSPEC: not used
 * @PLAIT_A_PAD: padding, to be skipped
 * @PLAIT_A_IFINDEX: NLA_U32, interface index of the plait device
 * @PLAIT_A_IFNAME: NLA_NUL_STRING, its name
 * @PLAIT_A_SCHEDULER: NLA_NUL_STRING, name of the scheduler that chooses legs
 * @PLAIT_A_LEGS: NLA_NESTED of @PLAIT_A_LEG
 * @PLAIT_A_LEG: NLA_NESTED of enum plait_leg_attr; stands in @PLAIT_A_LEGS only
 * @PLAIT_A_EVENT: NLA_U32, enum plait_event
 * @PLAIT_A_MARK_MASK: NLA_U32, bits of a packet's mark that rules look at
 * @PLAIT_A_RULES: NLA_NESTED of @PLAIT_A_RULE
 * @PLAIT_A_RULE: NLA_NESTED of enum plait_rule_attr; stands in @PLAIT_A_RULES only
 */
enum plait_attr {
	PLAIT_A_UNSPEC = 0,
	PLAIT_A_PAD = 1,
	PLAIT_A_IFINDEX = 2,
	PLAIT_A_IFNAME = 3,
	PLAIT_A_SCHEDULER = 4,
	PLAIT_A_LEGS = 5,
	PLAIT_A_LEG = 6,
	PLAIT_A_EVENT = 7,
	PLAIT_A_MARK_MASK = 8,
	PLAIT_A_RULES = 9,
	PLAIT_A_RULE = 10,

	__PLAIT_A_MAX,
	PLAIT_A_MAX = __PLAIT_A_MAX - 1
};

/**
 * enum plait_leg_attr - attributes of one leg, inside @PLAIT_A_LEG
 * @PLAIT_LEG_A_UNSPEC: not used
 * @PLAIT_LEG_A_PAD: padding, to be skipped; stands before 64-bit attributes on some machines
 * @PLAIT_LEG_A_IFINDEX: NLA_U32, interface index of the leg; none when it is no network device
 * @PLAIT_LEG_A_IFNAME: NLA_NUL_STRING, its name
 * @PLAIT_LEG_A_WEIGHT: NLA_U32, PLAIT_WEIGHT_MIN to PLAIT_WEIGHT_MAX
 * @PLAIT_LEG_A_ENABLED: NLA_U8, 0 or 1
 * @PLAIT_LEG_A_LIVE: NLA_U8, 0 or 1; read only
 * @PLAIT_LEG_A_TX_PACKETS: NLA_U64, packets handed to the leg
 * @PLAIT_LEG_A_TX_BYTES: NLA_U64, their bytes
 * @PLAIT_LEG_A_TX_DROPPED: NLA_U64, packets that the leg refused
 * @PLAIT_LEG_A_RX_PACKETS: NLA_U64, packets that came in by the leg
 * @PLAIT_LEG_A_RX_BYTES: NLA_U64, their bytes
 * @PLAIT_LEG_A_RATE: NLA_U64, bit/s, PLAIT_RATE_MIN to PLAIT_RATE_MAX or PLAIT_RATE_AUTO
 * @PLAIT_LEG_A_ESTIMATED_RATE: NLA_U64, bit/s, as the scheduler sees it; read only
 * @PLAIT_LEG_A_DELAY: NLA_U32, round trip without queues in us; read only
 * @PLAIT_LEG_A_IN_FLIGHT: NLA_U32, bytes sent and not known to have arrived; read only
 * @PLAIT_LEG_A_SUSPECT: NLA_U8, 0 or 1, it swallows packets; read only
 * @PLAIT_LEG_A_PRIORITY: NLA_U32, 0 to PLAIT_PRIORITY_MAX
 */
enum plait_leg_attr {
	PLAIT_LEG_A_UNSPEC = 0,
	PLAIT_LEG_A_PAD = 1,
	PLAIT_LEG_A_IFINDEX = 2,
	PLAIT_LEG_A_IFNAME = 3,
	PLAIT_LEG_A_WEIGHT = 4,
	PLAIT_LEG_A_ENABLED = 5,
	PLAIT_LEG_A_LIVE = 6,
	PLAIT_LEG_A_TX_PACKETS = 7,
	PLAIT_LEG_A_TX_BYTES = 8,
	PLAIT_LEG_A_TX_DROPPED = 9,
	PLAIT_LEG_A_RX_PACKETS = 10,
	PLAIT_LEG_A_RX_BYTES = 11,
	PLAIT_LEG_A_RATE = 12,
	PLAIT_LEG_A_ESTIMATED_RATE = 13,
	PLAIT_LEG_A_DELAY = 14,
	PLAIT_LEG_A_IN_FLIGHT = 15,
	PLAIT_LEG_A_SUSPECT = 16,
	PLAIT_LEG_A_PRIORITY = 17,

	__PLAIT_LEG_A_MAX,
	PLAIT_LEG_A_MAX = __PLAIT_LEG_A_MAX - 1
};

/**
 * enum plait_rule_attr - attributes of one rule, inside @PLAIT_A_RULE
 * @PLAIT_RULE_A_UNSPEC: not used
 * @PLAIT_RULE_A_PAD: padding, to be skipped
 * @PLAIT_RULE_A_MARK: NLA_U32, within @PLAIT_A_MARK_MASK
 * @PLAIT_RULE_A_LEGS: NLA_NESTED of @PLAIT_RULE_A_LEG
 * @PLAIT_RULE_A_LEG: NLA_NUL_STRING, name of a leg; stands in @PLAIT_RULE_A_LEGS only
 * @PLAIT_RULE_A_ELSE: NLA_U8, enum plait_rule_else
 * @PLAIT_RULE_A_ORDER: NLA_U8, 0 or 1
 * @PLAIT_RULE_A_COPIES: NLA_U8, 1 to PLAIT_RULE_COPIES_MAX
 * @PLAIT_RULE_A_PACKETS: NLA_U64; this and what follows is read only
 * @PLAIT_RULE_A_ELSEWHERE: NLA_U64
 * @PLAIT_RULE_A_COPIED: NLA_U64
 * @PLAIT_RULE_A_DROPPED: NLA_U64
 */
enum plait_rule_attr {
	PLAIT_RULE_A_UNSPEC = 0,
	PLAIT_RULE_A_PAD = 1,
	PLAIT_RULE_A_MARK = 2,
	PLAIT_RULE_A_LEGS = 3,
	PLAIT_RULE_A_LEG = 4,
	PLAIT_RULE_A_ELSE = 5,
	PLAIT_RULE_A_ORDER = 6,
	PLAIT_RULE_A_COPIES = 7,
	PLAIT_RULE_A_PACKETS = 8,
	PLAIT_RULE_A_ELSEWHERE = 9,
	PLAIT_RULE_A_COPIED = 10,
	PLAIT_RULE_A_DROPPED = 11,

	__PLAIT_RULE_A_MAX,
	PLAIT_RULE_A_MAX = __PLAIT_RULE_A_MAX - 1
};

/**
 * enum plait_rule_else - what becomes of packets while no leg of their rule is live
 * @PLAIT_RULE_ELSE_ANY: they leave by any other leg
 * @PLAIT_RULE_ELSE_DROP: they are dropped
 */
enum plait_rule_else {
	PLAIT_RULE_ELSE_ANY = 0,
	PLAIT_RULE_ELSE_DROP = 1
};

/**
 * enum plait_event - what happened to a leg, in @PLAIT_A_EVENT
 * @PLAIT_EVENT_LEG_JOINED: it became a leg of the link
 * @PLAIT_EVENT_LEG_LEFT: it is no longer one; its counters are the last ones
 * @PLAIT_EVENT_LEG_LIVE: it now carries packets
 * @PLAIT_EVENT_LEG_DEAD: it no longer does
 */
enum plait_event {
	PLAIT_EVENT_LEG_JOINED = 1,
	PLAIT_EVENT_LEG_LEFT = 2,
	PLAIT_EVENT_LEG_LIVE = 3,
	PLAIT_EVENT_LEG_DEAD = 4
};

#endif /* _UAPI_PLAIT_H */
