/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files of plait_udp.ko; one section a file.
 *
 * Locks, outermost first: RTNL; the mutex of the namespace, for what handshakes read and change; the lock of a peer, a
 * spinlock with bottom halves off, for what packets change. Packets find keys, peers and legs under RCU.
 */
#ifndef PLAIT_UDP_H
#define PLAIT_UDP_H

#include <linux/hrtimer.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/udp.h>
#include <linux/workqueue.h>
#include <net/gro_cells.h>

#include "plait_core.h"
#include "../../core/udp/cookie.h"
#include "../../core/udp/handshake.h"
#include "../../core/udp/link-mtu.h"
#include "../../core/udp/liveness.h"
#include "../../core/udp/order.h"
#include "../../core/udp/arrivals.h"
#include "../../core/udp/missing.h"
#include "../../core/udp/path-mtu.h"
#include "../../core/udp/replay.h"
#include "../../core/udp/report.h"
#include "../../core/udp/session.h"
#include "../../uapi/plait_udp.h"

struct plait_udp_peer;

/* INITs and RESPONSEs that wait to be worked at; beyond, they are dropped. */
#define PLAIT_UDP_HANDSHAKES_MAX 64
/* So many of them wait: who asks has to show a cookie. */
#define PLAIT_UDP_HANDSHAKES_LOAD 8

/* Buckets of the table of indexes. */
#define PLAIT_UDP_INDEX_BITS 8

/* A leg from whose address nothing came for this long, ns, is where its newest packet came from. */
#define PLAIT_UDP_MOVED_AFTER (100 * PLAIT_MS)

/**
 * struct plait_udp_net - of a network namespace
 * @net: the namespace
 * @lock: for handshakes: guards @cookies, and keys, handshake and session settings of peers
 * @peers: far ends of links; changed with RTNL and @lock
 * @sockets: with RTNL
 * @index_lock: guards @indexes against each other's changes
 * @indexes: keys by index; read under RCU
 * @handshakes: messages that wait
 * @handshake_work: works at them
 * @cookies: given by us
 * @unknown_until: an unknown key is not told again until then, in jiffies
 */
struct plait_udp_net {
	struct net *net;
	struct mutex lock; /* see above */
	struct list_head peers;
	struct list_head sockets;
	spinlock_t index_lock; /* see above */
	struct hlist_head indexes[1 << PLAIT_UDP_INDEX_BITS];
	struct sk_buff_head handshakes;
	struct work_struct handshake_work;
	struct plait_cookie_giver cookies;
	unsigned long unknown_until;
};

/**
 * struct plait_udp_address - where a datagram goes to or came from; in network byte order
 * @remote: address of the far end
 * @local: ours; 0: as routes say
 * @port: of the far end
 * @ifindex: device that it leaves by; 0: as routes say
 */
struct plait_udp_address {
	__be32 remote;
	__be32 local;
	__be16 port;
	int ifindex;
};

/**
 * struct plait_udp_socket - a UDP socket of ours
 * @pn: its namespace
 * @sock: the socket
 * @ref: one for each peer or leg that has it
 * @list: entry in the list of the namespace, when @port is not 0
 * @port: that others ask for; 0: one of a leg alone
 * @peer: that has it alone; NULL when @port is not 0
 */
struct plait_udp_socket {
	struct plait_udp_net *pn;
	struct socket *sock;
	struct kref ref;
	struct list_head list;
	u16 port;
	struct plait_udp_peer *peer;
};

/**
 * struct plait_udp_way - a leg's use of one pair of keys
 * @replay: counters seen
 * @received: what came
 * @named: holes below this counter were reported
 * @sent: what left
 * @serials: which packets of the scheduler that was
 */
struct plait_udp_way {
	struct plait_replay replay;
	struct plait_received received;
	u64 named;
	struct plait_sent sent;
	struct plait_serials serials;
};

/**
 * struct plait_udp_keys - one pair of keys, from our half of its handshake on
 * @node: entry in the table of indexes
 * @peer: whose; NULL from when it is given up
 * @rcu: to free it
 * @index: ours
 * @remote_index: the far end's
 * @made: when they were agreed, ns
 * @initiator: by our INIT
 * @agreed: there are keys; before, only an INIT of ours waits for its RESPONSE
 * @sign: authenticated only
 * @instance: of the far end's start
 * @key: for both directions
 * @way: by number of the leg; made when a leg first uses the keys
 *
 * @way is guarded by the lock of the peer, and so is @agreed, which is read without it.
 */
struct plait_udp_keys {
	struct hlist_node node;
	struct plait_udp_peer __rcu *peer;
	struct rcu_head rcu;
	u32 index;
	u32 remote_index;
	s64 made;
	bool initiator;
	bool agreed;
	bool sign;
	u32 instance;
	struct plait_transport_keys key;
	struct plait_udp_way *way[PLAIT_UDP_LEGS];
};

/**
 * enum plait_udp_slot - what keys are for
 * @PLAIT_UDP_ASKED: our INIT waits for its RESPONSE
 * @PLAIT_UDP_NEXT: we answered, and wait for the first packet with them before we send with them
 * @PLAIT_UDP_CURRENT: we send with them
 * @PLAIT_UDP_PREVIOUS: packets that were on their way when newer ones came
 * @PLAIT_UDP_SLOTS: how many there are
 */
enum plait_udp_slot {
	PLAIT_UDP_ASKED,
	PLAIT_UDP_NEXT,
	PLAIT_UDP_CURRENT,
	PLAIT_UDP_PREVIOUS,
	PLAIT_UDP_SLOTS,
};

/**
 * struct plait_udp_leg - a leg that is a UDP path
 * @leg: the leg
 * @peer: whose
 * @number: by which both ends know it
 * @name: of it
 * @set: somebody set it, else it came up when it was heard
 * @socket: by which it sends; of its own when it was set, else that which it was heard by
 * @uplink: interface index that it is bound to; 0: none
 * @keepalive: ms
 * @uplink_runs: that device is up and has carrier; with RTNL
 * @address: where it sends to. This and what follows is guarded by the lock of the peer
 * @candidate: another address that it was heard from, which is asked before it is believed; 0: none
 * @asked_at: when that was, ns
 * @heard_at: when something last came by it from @address, ns
 * @liveness: whether it delivers
 * @path_mtu: how large packets arrive
 * @told: state that was last told in an event; with RTNL
 * @changes_told: @changes as last told in an event; with RTNL
 * @probe: id of the last probe
 * @observed: our address as the far end sees it; 0: unknown
 * @observed_port: same
 * @changes: how often @address changed
 * @running: it may be given packets; read without lock
 * @interrupted: @running was false since that was last told
 */
struct plait_udp_leg {
	struct plait_leg leg;
	struct plait_udp_peer *peer;
	u32 number;
	char name[IFNAMSIZ];
	bool set;
	struct plait_udp_socket *socket;
	int uplink;
	u32 keepalive;
	bool uplink_runs;
	struct plait_udp_address address;
	struct plait_udp_address candidate;
	s64 asked_at;
	s64 heard_at;
	struct plait_liveness liveness;
	struct plait_path_mtu path_mtu;
	enum plait_liveness_state told;
	u32 changes_told;
	u32 probe;
	__be32 observed;
	__be16 observed_port;
	u32 changes;
	bool running;
	bool interrupted;
};

/**
 * struct plait_udp_peer - the far end of a link
 * @list: entry in the list of the namespace
 * @pn: the namespace
 * @link: the link; it outlives the peer
 * @listen: where it is heard, when it may find us; NULL: only where we asked
 * @us: our static keys; this and what follows with the mutex of the namespace
 * @far_end: what is known of it beforehand
 * @protect: enum plait_udp_protect
 * @noise: handshake that we began
 * @cookie: given to us
 * @instance: random, of this start of ours
 * @asked_leg: number of the leg by which we asked last
 * @lock: guards all that follows
 * @session: with the far end
 * @keys: by slot; @PLAIT_UDP_CURRENT is read under RCU
 * @leg: by number; also read under RCU, changed with RTNL
 * @heard: numbers of legs that were heard, and are not there yet
 * @heard_at: from where
 * @sender: numbers packets
 * @order: puts them in order; NULL without memory
 * @far_instance: of the far end's start: with another one it counts anew
 * @timer: for what is due in softirq: deadlines, reports, probes
 * @armed: when it will run, ns; 0: it is not set
 * @work: for what needs a process: handshakes, legs, events
 * @cells: gives packets to the stack
 * @ready: packets that are to be given to the stack
 * @delivering: some CPU does that
 * @bad: packets that failed authentication
 * @replayed: packets that were here before
 * @up_told: an event told that the session is up; only @work
 * @mtu: of the link; with RTNL
 */
struct plait_udp_peer {
	struct list_head list;
	struct plait_udp_net *pn;
	struct plait_link *link;
	struct plait_udp_socket *listen;
	struct plait_identity us;
	struct plait_remote far_end;
	u8 protect;
	struct plait_noise noise;
	struct plait_cookie_taker cookie;
	u32 instance;
	u32 asked_leg;
	spinlock_t lock; /* see above */
	struct plait_session session;
	struct plait_udp_keys __rcu *keys[PLAIT_UDP_SLOTS];
	struct plait_udp_leg __rcu *leg[PLAIT_UDP_LEGS];
	u32 heard;
	struct plait_udp_address heard_at[PLAIT_UDP_LEGS];
	struct plait_order_sender sender;
	struct plait_order *order;
	u32 far_instance;
	struct hrtimer timer;
	s64 armed;
	struct delayed_work work;
	struct gro_cells cells;
	struct sk_buff_head ready;
	bool delivering;
	u64 bad;
	u64 replayed;
	bool up_told;
	struct plait_link_mtu mtu;
};

/* May what comes by a socket be for a far end's link? By one of a leg's own, only for that; else for all that listen. */
static inline bool plait_udp_socket_is_for(const struct plait_udp_socket *socket,
					   const struct plait_udp_peer *peer)
{
	return socket->peer ? socket->peer == peer : peer->listen == socket;
}

/* The clock of all of them: ns, does not go backwards. */
static inline s64 plait_udp_now(void)
{
	return ktime_to_ns(ktime_get());
}

/* The leg of a number, with RTNL; NULL: there is none. */
static inline struct plait_udp_leg *plait_udp_leg_by_number(const struct plait_udp_peer *peer,
							    u32 number)
{
	return rtnl_dereference(peer->leg[number]);
}

/* netns.c */
extern unsigned int plait_udp_net_id;
struct plait_udp_net *plait_udp_net(struct net *net);

/* wake.c */
void plait_udp_timer_set(struct plait_udp_peer *peer, s64 at);
void plait_udp_peer_wake(struct plait_udp_peer *peer);

/* events.c */
/**
 * struct plait_udp_happening - something that happened
 * @net: in this namespace
 * @dev: to the far end of this link
 * @leg: to this leg of it, or NULL
 * @event: what
 */
struct plait_udp_happening {
	struct net *net;
	const struct net_device *dev;
	const struct plait_udp_leg *leg;
	enum plait_udp_event event;
};

void plait_udp_events_register(struct notifier_block *listener);
void plait_udp_events_unregister(struct notifier_block *listener);
void plait_udp_event(const struct plait_udp_peer *peer, enum plait_udp_event event,
		     const struct plait_udp_leg *leg);
void plait_udp_event_unknown(struct plait_udp_net *pn, const struct plait_udp_socket *socket);

/* leg-state.c */
void plait_udp_leg_moves(struct plait_udp_leg *leg, const struct plait_udp_address *address);
void plait_udp_leg_update(struct plait_udp_leg *leg, s64 now);
void plait_udp_legs_update(struct plait_udp_peer *peer, s64 now);

/* socket.c */
struct plait_udp_socket *plait_udp_socket_listen(struct plait_udp_net *pn, u16 port, int *error);
struct plait_udp_socket *plait_udp_socket_own(struct plait_udp_peer *peer, int uplink, int *error);
void plait_udp_socket_put(struct plait_udp_socket *socket);

static inline void plait_udp_socket_get(struct plait_udp_socket *socket)
{
	kref_get(&socket->ref);
}

/* datagram.c */
/* Headers that a datagram gets below UDP's payload. */
#define PLAIT_UDP_LOWER_LENGTH (sizeof(struct iphdr) + sizeof(struct udphdr))

int plait_udp_datagram_send(const struct plait_udp_socket *socket,
			    const struct plait_udp_address *address, struct sk_buff *skb,
			    u32 whole);
u32 plait_udp_datagram_mtu(const struct plait_udp_socket *socket,
			   const struct plait_udp_address *address);
int plait_udp_datagram_send_bytes(const struct plait_udp_socket *socket,
				  const struct plait_udp_address *address, const u8 *bytes,
				  u32 length);
void plait_udp_datagram_source(const struct sk_buff *skb, struct plait_udp_address *address);

/* keys.c */
struct plait_udp_keys *plait_udp_keys_new(struct plait_udp_peer *peer);
struct plait_udp_keys *plait_udp_keys_by_index(struct plait_udp_net *pn, u32 index);
struct plait_udp_way *plait_udp_way(struct plait_udp_keys *keys, u32 number);
void plait_udp_keys_set(struct plait_udp_peer *peer, enum plait_udp_slot slot,
			struct plait_udp_keys *keys);
void plait_udp_keys_use(struct plait_udp_peer *peer, struct plait_udp_keys *keys);
void plait_udp_keys_expire(struct plait_udp_peer *peer);
void plait_udp_keys_discard(struct plait_udp_net *pn, struct plait_udp_keys *keys);
void plait_udp_keys_drop(struct plait_udp_peer *peer);

/* The keys of a slot; the lock of the peer is held. */
static inline struct plait_udp_keys *plait_udp_keys_locked(const struct plait_udp_peer *peer,
							   enum plait_udp_slot slot)
{
	return rcu_dereference_protected(peer->keys[slot], lockdep_is_held(&peer->lock));
}

/* handshake.c */
void plait_udp_handshake_queue(struct plait_udp_socket *socket, struct sk_buff *skb);
void plait_udp_handshake_work(struct work_struct *work);
void plait_udp_handshake_ask(struct plait_udp_peer *peer);
void plait_udp_handshake_forget(struct plait_udp_net *pn, const struct plait_udp_socket *socket);

/* receive.c */
int plait_udp_receive(struct sock *sk, struct sk_buff *skb);

/* transmit.c */
/* Room in front that a packet needs for all that comes before it; most have it, as the link asks for it. */
#define PLAIT_UDP_HEADROOM (LL_MAX_HEADER + PLAIT_UDP_LOWER_LENGTH + PLAIT_UDP_HEADER_LENGTH)

int plait_udp_transmit(struct plait_leg *leg, struct sk_buff *skb);
void plait_udp_number_packet(struct plait_leg *leg, struct sk_buff *skb, bool ordered);
int plait_udp_send_control(struct plait_udp_leg *leg, const struct plait_udp_address *address,
			   const u8 *blocks, u32 length, u32 whole);

/* control.c */
void plait_udp_control(struct plait_udp_leg *leg, struct plait_udp_keys *keys,
		       const struct plait_udp_address *source, u32 arrived, const u8 *blocks,
		       u32 length);
void plait_udp_control_ask(struct plait_udp_leg *leg, const struct plait_udp_address *address);
void plait_udp_control_probe(struct plait_udp_leg *leg, const struct plait_udp_address *address,
			     u32 id);
void plait_udp_control_greet(struct plait_udp_peer *peer);
void plait_udp_control_report(struct plait_udp_peer *peer, s64 now);
void plait_udp_control_down(struct plait_udp_peer *peer, u32 mask);
void plait_udp_control_close(struct plait_udp_peer *peer);

/* delivery.c */
void plait_udp_deliver(struct plait_udp_leg *leg, const struct plait_udp_header *header,
		       struct sk_buff *skb, s64 now);
void plait_udp_delivery_due(struct plait_udp_peer *peer, s64 now);
void plait_udp_delivery_legs(struct plait_udp_peer *peer, s64 now);
void plait_udp_delivery_end(struct plait_udp_peer *peer);

/* path-mtu.c */
/* Leaves room for the smallest MTU of IPv6 inside. */
#define PLAIT_UDP_PATH_MTU_BASE (IPV6_MIN_MTU + PLAIT_UDP_LOWER_LENGTH + PLAIT_UDP_OVERHEAD)

void plait_udp_path_mtu_device(struct plait_udp_leg *leg, u32 mtu, s64 now);
void plait_udp_path_mtu_update(struct plait_udp_leg *leg, s64 now);
u32 plait_udp_path_mtu_left(struct plait_udp_leg *leg, u32 payload, s64 now);
void plait_udp_path_mtu_reported(struct plait_udp_leg *leg, u8 largest);
void plait_udp_path_mtu_answered(struct plait_udp_leg *leg, u32 id, u32 payload, s64 now);
void plait_udp_path_mtu_due(struct plait_udp_leg *leg, s64 now);
u32 plait_udp_link_mtu(const struct plait_udp_leg *leg);
s64 plait_udp_link_mtu_follow(struct plait_udp_peer *peer);

/* timer.c */
void plait_udp_timer_init(struct plait_udp_peer *peer);
void plait_udp_timer_stop(struct plait_udp_peer *peer);

/* leg.c */
struct plait_udp_leg_settings {
	u32 number;
	char name[IFNAMSIZ];
	bool set;
	int uplink;
	u32 keepalive;
	struct plait_udp_address address;
};

void plait_udp_leg_settings(struct plait_udp_leg *leg, struct plait_udp_leg_settings *settings);
int plait_udp_leg_set(struct plait_udp_peer *peer, const struct plait_udp_leg_settings *settings,
		      struct netlink_ext_ack *extack);
void plait_udp_leg_delete(struct plait_udp_leg *leg);
void plait_udp_legs_tell(struct plait_udp_peer *peer);
void plait_udp_legs_uplink(struct plait_udp_peer *peer, const struct net_device *uplink);
void plait_udp_legs_resized(struct plait_udp_peer *peer);

/* peer.c */
/**
 * struct plait_udp_peer_settings - what is asked for a far end
 * @private_key: of this box
 * @public_key: of the far end
 * @preshared: 0: none
 * @listen: port; 0: none
 * @protect: enum plait_udp_protect
 * @floor: see PLAIT_UDP_A_FRESH_FLOOR
 */
struct plait_udp_peer_settings {
	u8 private_key[PLAIT_KEY_LENGTH];
	u8 public_key[PLAIT_KEY_LENGTH];
	u8 preshared[PLAIT_KEY_LENGTH];
	u16 listen;
	u8 protect;
	u8 floor[PLAIT_FRESHNESS_LENGTH];
};

struct plait_udp_peer *plait_udp_peer_of(struct plait_udp_net *pn, const struct plait_link *link);
int plait_udp_peer_set(struct plait_udp_net *pn, struct plait_link *link,
		       const struct plait_udp_peer_settings *settings,
		       struct netlink_ext_ack *extack);
void plait_udp_peer_settings(struct plait_udp_peer *peer, struct plait_udp_peer_settings *settings);
void plait_udp_peer_delete(struct plait_udp_peer *peer);

/* netlink.c */
int plait_udp_netlink_init(void);
void plait_udp_netlink_uninit(void);

/* netlink-show.c */
int plait_udp_put_peer(struct sk_buff *msg, struct plait_udp_peer *peer);
int plait_udp_put_leg(struct sk_buff *msg, const struct plait_udp_leg *leg);

#endif /* PLAIT_UDP_H */
