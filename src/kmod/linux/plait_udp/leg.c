// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP legs: how they are set, come up when they are heard, move and go. The first part is what a link asks of its legs
 * (&struct plait_leg_ops).
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ip.h>

#include "plait_udp.h"

static struct plait_udp_leg *plait_udp_leg(const struct plait_leg *leg)
{
	return container_of(leg, struct plait_udp_leg, leg);
}

static bool plait_udp_leg_running(const struct plait_leg *leg)
{
	return READ_ONCE(plait_udp_leg(leg)->running);
}

/* That of all legs that are live; no offloads: packets are sealed one by one. */
static void plait_udp_leg_limits(const struct plait_leg *leg, struct plait_leg_limits *limits)
{
	*limits = (struct plait_leg_limits){
		.mtu = plait_udp_link_mtu(plait_udp_leg(leg)),
		.headroom = PLAIT_UDP_HEADROOM,
		.tailroom = PLAIT_TAG_LENGTH,
		.gso_size = GSO_LEGACY_MAX_SIZE,
		.gso_segs = GSO_MAX_SEGS,
	};
}

static const char *plait_udp_leg_name(const struct plait_leg *leg)
{
	return plait_udp_leg(leg)->name;
}

static int plait_udp_leg_ifindex(const struct plait_leg *leg)
{
	return 0;
}

static void plait_udp_leg_release(struct plait_leg *leg)
{
	plait_udp_leg_delete(plait_udp_leg(leg));
}

static const struct plait_leg_ops plait_udp_leg_ops = {
	.transmit = plait_udp_transmit,
	.number = plait_udp_number_packet,
	.reports = true,
	.running = plait_udp_leg_running,
	.limits = plait_udp_leg_limits,
	.name = plait_udp_leg_name,
	.ifindex = plait_udp_leg_ifindex,
	.release = plait_udp_leg_release,
};

/**
 * plait_udp_legs_tell() - say what changed to whom it takes RTNL to say it
 * @peer: whose, with RTNL
 */
void plait_udp_legs_tell(struct plait_udp_peer *peer)
{
	u32 i;

	ASSERT_RTNL();
	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = plait_udp_leg_by_number(peer, i);
		enum plait_liveness_state state;
		bool running, interrupted;
		u32 changes;

		if (!leg)
			continue;
		spin_lock_bh(&peer->lock);
		state = leg->liveness.state;
		interrupted = leg->interrupted;
		leg->interrupted = false;
		spin_unlock_bh(&peer->lock);
		running = state == PLAIT_LIVENESS_LIVE;
		/* Also when it runs again already: its link has left it. */
		if (leg->leg.running != running || interrupted)
			plait_leg_set_running(&leg->leg, running);
		if (leg->told != state) {
			WRITE_ONCE(leg->told, state);
			plait_udp_event(peer, PLAIT_UDP_EVENT_LEG, leg);
		}
		changes = READ_ONCE(leg->changes);
		if (leg->changes_told != changes) {
			leg->changes_told = changes;
			plait_udp_event(peer, PLAIT_UDP_EVENT_ADDRESS, leg);
		}
	}
}

/* Does the device that a leg is bound to carry packets? With RTNL. */
static bool plait_udp_uplink_runs(const struct plait_udp_peer *peer, int uplink)
{
	const struct net_device *dev;

	if (!uplink)
		return true;
	dev = __dev_get_by_index(peer->pn->net, uplink);
	return dev && plait_device_runs(dev);
}

/**
 * plait_udp_legs_uplink() - a device came up or went down, got carrier or lost it
 * @peer: whose legs may leave by it, with RTNL
 * @uplink: the device
 */
void plait_udp_legs_uplink(struct plait_udp_peer *peer, const struct net_device *uplink)
{
	s64 now = plait_udp_now();
	u32 i, lost = 0;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = plait_udp_leg_by_number(peer, i);
		bool runs;

		if (!leg || leg->uplink != uplink->ifindex)
			continue;
		runs = plait_device_runs(uplink);
		if (leg->uplink_runs && !runs)
			lost |= 1u << i;
		spin_lock_bh(&peer->lock);
		leg->uplink_runs = runs;
		plait_udp_leg_update(leg, now);
		spin_unlock_bh(&peer->lock);
	}
	if (lost)
		plait_udp_control_down(peer, lost);
	plait_udp_legs_tell(peer);
}

/* The MTU of the device that a leg leaves by. With RTNL. */
static u32 plait_udp_leg_device_mtu(const struct plait_udp_leg *leg,
				    const struct plait_udp_address *address)
{
	u32 mtu;

	rcu_read_lock_bh();
	mtu = plait_udp_datagram_mtu(leg->socket, address);
	rcu_read_unlock_bh();
	return mtu;
}

/**
 * plait_udp_legs_resized() - a device that legs may leave by has another MTU
 * @peer: whose legs, with RTNL
 */
void plait_udp_legs_resized(struct plait_udp_peer *peer)
{
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = plait_udp_leg_by_number(peer, i);
		u32 mtu;

		if (!leg)
			continue;
		mtu = plait_udp_leg_device_mtu(leg, &leg->address);
		spin_lock_bh(&peer->lock);
		plait_udp_path_mtu_device(leg, mtu, plait_udp_now());
		spin_unlock_bh(&peer->lock);
	}
	plait_udp_link_mtu_follow(peer);
	plait_link_fit(peer->link);
}

/* As the settings of a new leg are. */
static void plait_udp_leg_fill(struct plait_udp_leg *leg,
			       const struct plait_udp_leg_settings *settings)
{
	bool elsewhere = leg->address.remote != settings->address.remote ||
			 leg->address.port != settings->address.port;

	strscpy(leg->name, settings->name, sizeof(leg->name));
	leg->set = settings->set;
	leg->uplink = settings->uplink;
	leg->keepalive = settings->keepalive;
	leg->liveness.keepalive = settings->keepalive * PLAIT_MS;
	leg->address = settings->address;
	/* What answered at the old address says nothing of the new one. */
	if (elsewhere) {
		plait_liveness_usable(&leg->liveness, plait_udp_now(), false);
		plait_path_mtu_moved(&leg->path_mtu);
	}
}

/**
 * plait_udp_leg_settings() - what is set of a leg, to be changed
 * @leg: the leg, with RTNL
 * @settings: filled in
 */
void plait_udp_leg_settings(struct plait_udp_leg *leg, struct plait_udp_leg_settings *settings)
{
	*settings = (struct plait_udp_leg_settings){
		.number = leg->number,
		.set = leg->set,
		.uplink = leg->uplink,
		.keepalive = leg->keepalive,
	};
	strscpy(settings->name, leg->name, sizeof(settings->name));
	spin_lock_bh(&leg->peer->lock);
	settings->address = leg->address;
	spin_unlock_bh(&leg->peer->lock);
}

static struct plait_udp_leg *plait_udp_leg_new(struct plait_udp_peer *peer, u32 number, int *error)
{
	struct plait_udp_leg *leg = kzalloc(sizeof(*leg), GFP_KERNEL_ACCOUNT);

	*error = -ENOMEM;
	if (!leg)
		return NULL;
	leg->peer = peer;
	leg->number = number;
	*error = plait_leg_init(&leg->leg, peer->link, &plait_udp_leg_ops);
	if (!*error)
		return leg;
	kfree(leg);
	return NULL;
}

/* A socket for it: of its own, when it was set, so that its port is its own too, else the one that it is heard by. */
static struct plait_udp_socket *plait_udp_leg_socket(struct plait_udp_peer *peer,
						     const struct plait_udp_leg_settings *settings,
						     int *error)
{
	if (settings->set)
		return plait_udp_socket_own(peer, settings->uplink, error);
	plait_udp_socket_get(peer->listen);
	return peer->listen;
}

static int plait_udp_leg_join(struct plait_udp_leg *leg, struct netlink_ext_ack *extack)
{
	struct plait_udp_peer *peer = leg->peer;
	int err = plait_leg_join(&leg->leg, extack);

	if (err)
		return err;
	rcu_assign_pointer(peer->leg[leg->number], leg);
	plait_link_fit(peer->link);
	return 0;
}

static int plait_udp_leg_add(struct plait_udp_peer *peer,
			     const struct plait_udp_leg_settings *settings,
			     struct netlink_ext_ack *extack)
{
	struct plait_udp_leg *leg;
	int err;

	leg = plait_udp_leg_new(peer, settings->number, &err);
	if (!leg)
		return err;
	leg->socket = plait_udp_leg_socket(peer, settings, &err);
	if (!leg->socket)
		goto err_leg;
	plait_udp_leg_fill(leg, settings);
	leg->heard_at = plait_udp_now();
	plait_path_mtu_init(&leg->path_mtu, PLAIT_UDP_PATH_MTU_BASE);
	plait_path_mtu_device(&leg->path_mtu, leg->heard_at,
			      plait_udp_leg_device_mtu(leg, &leg->address));
	leg->uplink_runs = plait_udp_uplink_runs(peer, settings->uplink);
	err = plait_udp_leg_join(leg, extack);
	if (err)
		goto err_socket;
	return 0;

err_socket:
	plait_udp_socket_put(leg->socket);
err_leg:
	plait_leg_uninit(&leg->leg);
	kfree(leg);
	return err;
}

static void plait_udp_leg_change(struct plait_udp_leg *leg,
				 const struct plait_udp_leg_settings *settings)
{
	spin_lock_bh(&leg->peer->lock);
	plait_udp_leg_fill(leg, settings);
	spin_unlock_bh(&leg->peer->lock);
}

/* Another socket needs another leg: packets may be on their way by the old one. */
static bool plait_udp_leg_stays(const struct plait_udp_leg *leg,
				const struct plait_udp_leg_settings *settings)
{
	return leg->set == settings->set && leg->uplink == settings->uplink;
}

static bool plait_udp_name_is_taken(struct plait_udp_peer *peer,
				    const struct plait_udp_leg_settings *settings)
{
	const struct plait_leg *leg;

	list_for_each_entry(leg, &peer->link->legs, list)
		if (!strcmp(leg->ops->name(leg), settings->name) &&
		    (leg->ops != &plait_udp_leg_ops ||
		     plait_udp_leg(leg)->number != settings->number))
			return true;
	return false;
}

/**
 * plait_udp_leg_set() - add a leg, or change it
 * @peer: whose, with RTNL
 * @settings: all of them
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error; then nothing is changed.
 */
int plait_udp_leg_set(struct plait_udp_peer *peer, const struct plait_udp_leg_settings *settings,
		      struct netlink_ext_ack *extack)
{
	struct plait_udp_leg *leg = plait_udp_leg_by_number(peer, settings->number);
	s64 now = plait_udp_now();
	int err;

	ASSERT_RTNL();
	if (plait_udp_name_is_taken(peer, settings)) {
		NL_SET_ERR_MSG(extack, "The link has another leg of this name");
		return -EEXIST;
	}
	if (leg && !plait_udp_leg_stays(leg, settings)) {
		plait_udp_leg_delete(leg);
		leg = NULL;
	}
	if (leg) {
		plait_udp_leg_change(leg, settings);
		plait_leg_renamed(&leg->leg);
	} else {
		err = plait_udp_leg_add(peer, settings, extack);
		if (err)
			return err;
		leg = plait_udp_leg_by_number(peer, settings->number);
	}
	spin_lock_bh(&peer->lock);
	plait_udp_leg_update(leg, now);
	plait_session_may_initiate(&peer->session, now, true);
	spin_unlock_bh(&peer->lock);
	plait_udp_peer_wake(peer);
	return 0;
}

static bool plait_udp_has_legs(struct plait_udp_peer *peer)
{
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++)
		if (plait_udp_leg_by_number(peer, i))
			return true;
	return false;
}

/**
 * plait_udp_leg_delete() - take a leg away
 * @leg: the leg, with RTNL
 */
void plait_udp_leg_delete(struct plait_udp_leg *leg)
{
	struct plait_udp_peer *peer = leg->peer;
	struct plait_link *link = peer->link;

	ASSERT_RTNL();
	spin_lock_bh(&peer->lock);
	rcu_assign_pointer(peer->leg[leg->number], NULL);
	plait_udp_delivery_legs(peer, plait_udp_now());
	if (!plait_udp_has_legs(peer))
		plait_session_may_initiate(&peer->session, plait_udp_now(), false);
	spin_unlock_bh(&peer->lock);
	plait_leg_leave(&leg->leg);
	/* Packets on their way, in either direction, and the timer are through with it. */
	synchronize_net();
	plait_udp_socket_put(leg->socket);
	plait_leg_uninit(&leg->leg);
	kfree(leg);
	plait_link_fit(link);
}
