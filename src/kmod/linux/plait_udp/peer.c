// SPDX-License-Identifier: GPL-2.0-only
/* Far ends of links: made, changed, deleted; and what is done for one in a process. */
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "plait_udp.h"

/* Of a leg that is heard. */
#define PLAIT_UDP_HEARD_NAME "leg%u"

/**
 * plait_udp_peer_of() - the far end of a link
 * @pn: the namespace of the link, with RTNL
 * @link: the link
 *
 * Return: NULL when it has none.
 */
struct plait_udp_peer *plait_udp_peer_of(struct plait_udp_net *pn, const struct plait_link *link)
{
	struct plait_udp_peer *peer;

	ASSERT_RTNL();
	list_for_each_entry(peer, &pn->peers, list)
		if (peer->link == link)
			return peer;
	return NULL;
}

/* Legs that were heard come up. */
static void plait_udp_peer_hear(struct plait_udp_peer *peer)
{
	struct plait_udp_leg_settings settings = { .keepalive = PLAIT_UDP_KEEPALIVE_DEFAULT };
	u32 i, heard;

	spin_lock_bh(&peer->lock);
	heard = peer->heard;
	peer->heard = 0;
	spin_unlock_bh(&peer->lock);
	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		if (!(heard & 1u << i) || plait_udp_leg_by_number(peer, i))
			continue;
		settings.number = i;
		settings.address = peer->heard_at[i];
		snprintf(settings.name, sizeof(settings.name), PLAIT_UDP_HEARD_NAME, i);
		/* Without memory, or with too many legs, it is heard again soon. */
		plait_udp_leg_set(peer, &settings, NULL);
	}
}

static void plait_udp_peer_tell(struct plait_udp_peer *peer, u32 due)
{
	bool up;

	spin_lock_bh(&peer->lock);
	up = plait_session_sends(&peer->session, plait_udp_now());
	spin_unlock_bh(&peer->lock);
	if (up != peer->up_told) {
		peer->up_told = up;
		plait_udp_event(peer, up ? PLAIT_UDP_EVENT_SESSION_UP : PLAIT_UDP_EVENT_SESSION_DOWN,
				NULL);
	} else if (due & PLAIT_SESSION_TELL_DOWN) {
		plait_udp_event(peer, PLAIT_UDP_EVENT_SESSION_DOWN, NULL);
	}
}

/* Returns when it is due again, ns. With RTNL. */
static s64 plait_udp_peer_due(struct plait_udp_peer *peer)
{
	s64 now = plait_udp_now(), again;
	u32 due;

	spin_lock_bh(&peer->lock);
	due = plait_session_due(&peer->session, now);
	if (due & PLAIT_SESSION_DROP_KEYS) {
		plait_udp_keys_expire(peer);
		plait_udp_legs_update(peer, now);
	}
	spin_unlock_bh(&peer->lock);
	if (due & PLAIT_SESSION_SEND_INIT)
		plait_udp_handshake_ask(peer);
	plait_udp_peer_hear(peer);
	plait_udp_legs_tell(peer);
	plait_udp_peer_tell(peer, due);
	again = plait_udp_link_mtu_follow(peer);

	spin_lock_bh(&peer->lock);
	again = min(again, plait_session_again(&peer->session));
	spin_unlock_bh(&peer->lock);
	return again;
}

static void plait_udp_peer_work(struct work_struct *work)
{
	struct plait_udp_peer *peer = container_of(to_delayed_work(work), struct plait_udp_peer,
						   work);
	s64 again, now;

	/* Whoever holds it may be waiting for us to end. */
	if (!rtnl_trylock()) {
		queue_delayed_work(system_wq, &peer->work, 1);
		return;
	}
	again = plait_udp_peer_due(peer);
	rtnl_unlock();
	now = plait_udp_now();
	if (again != PLAIT_NEVER)
		queue_delayed_work(system_wq, &peer->work,
				   nsecs_to_jiffies(max_t(s64, again - now, 0)) + 1);
}

/**
 * plait_udp_peer_settings() - what is set, to be changed
 * @peer: the far end, with RTNL
 * @settings: filled in; to be wiped
 */
void plait_udp_peer_settings(struct plait_udp_peer *peer, struct plait_udp_peer_settings *settings)
{
	memcpy(settings->private_key, peer->us.secret, PLAIT_KEY_LENGTH);
	memcpy(settings->public_key, peer->far_end.public, PLAIT_KEY_LENGTH);
	memcpy(settings->preshared, peer->far_end.preshared, PLAIT_KEY_LENGTH);
	settings->listen = peer->listen ? peer->listen->port : 0;
	settings->protect = peer->protect;
	memcpy(settings->floor, peer->session.freshness_floor, PLAIT_FRESHNESS_LENGTH);
}

/* What others that listen to the same port have to say to it. */
static int plait_udp_peer_check(struct plait_udp_net *pn, const struct plait_udp_peer *us,
				const struct plait_udp_peer_settings *settings,
				const struct plait_identity *identity,
				struct netlink_ext_ack *extack)
{
	const struct plait_udp_peer *other;

	if (!memcmp(identity->public, settings->public_key, PLAIT_KEY_LENGTH)) {
		NL_SET_ERR_MSG(extack, "The far end's key is our own");
		return -EINVAL;
	}
	if (!settings->listen)
		return 0;
	list_for_each_entry(other, &pn->peers, list) {
		if (other == us || !other->listen || other->listen->port != settings->listen)
			continue;
		if (memcmp(other->us.public, identity->public, PLAIT_KEY_LENGTH)) {
			NL_SET_ERR_MSG(extack, "Links that listen to one port have one private key");
			return -EINVAL;
		}
		if (!memcmp(other->far_end.public, settings->public_key, PLAIT_KEY_LENGTH)) {
			NL_SET_ERR_MSG(extack,
				       "Another link that listens to this port has this far end");
			return -EEXIST;
		}
	}
	return 0;
}

/* A new far end begins without a session. */
static struct plait_udp_peer *plait_udp_peer_new(struct plait_udp_net *pn, struct plait_link *link,
						 const struct plait_udp_peer_settings *settings,
						 int *error)
{
	struct plait_udp_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL_ACCOUNT);

	*error = -ENOMEM;
	if (!peer)
		return NULL;
	peer->order = plait_order_new();
	if (!peer->order)
		goto err_peer;
	*error = gro_cells_init(&peer->cells, link->dev);
	if (*error)
		goto err_order;
	peer->pn = pn;
	peer->link = link;
	peer->instance = get_random_u32();
	spin_lock_init(&peer->lock);
	__skb_queue_head_init(&peer->ready);
	plait_session_init(&peer->session, get_random_u32(), settings->floor);
	plait_udp_timer_init(peer);
	INIT_DELAYED_WORK(&peer->work, plait_udp_peer_work);
	return peer;

err_order:
	plait_order_free(peer->order);
err_peer:
	kfree(peer);
	return NULL;
}

/* The session has to be made anew when these differ. */
static bool plait_udp_peer_same(const struct plait_udp_peer *peer,
				const struct plait_udp_peer_settings *settings)
{
	return !memcmp(peer->us.secret, settings->private_key, PLAIT_KEY_LENGTH) &&
	       !memcmp(peer->far_end.public, settings->public_key, PLAIT_KEY_LENGTH) &&
	       !memcmp(peer->far_end.preshared, settings->preshared, PLAIT_KEY_LENGTH) &&
	       peer->protect == settings->protect;
}

/* Takes over settings that were found good; with the mutex of the namespace. */
static void plait_udp_peer_fill(struct plait_udp_peer *peer,
				const struct plait_udp_peer_settings *settings,
				const struct plait_identity *identity)
{
	s64 now = plait_udp_now();

	if (plait_udp_peer_same(peer, settings))
		return;
	peer->us = *identity;
	plait_remote_init(&peer->far_end, settings->public_key, settings->preshared);
	peer->protect = settings->protect;
	memset(&peer->cookie, 0, sizeof(peer->cookie));
	spin_lock_bh(&peer->lock);
	plait_udp_keys_drop(peer);
	plait_session_closed(&peer->session, now);
	plait_session_prefer_own(&peer->session,
				 memcmp(peer->us.public, peer->far_end.public, PLAIT_KEY_LENGTH) > 0);
	plait_udp_legs_update(peer, now);
	spin_unlock_bh(&peer->lock);
}

/* Legs that were heard go with the port that they were heard by. */
static void plait_udp_peer_listen(struct plait_udp_peer *peer, struct plait_udp_socket *socket)
{
	struct plait_udp_socket *old = peer->listen;
	u32 i;

	for (i = 0; old && old != socket && i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = plait_udp_leg_by_number(peer, i);

		if (leg && !leg->set)
			plait_udp_leg_delete(leg);
	}
	mutex_lock(&peer->pn->lock);
	peer->listen = socket;
	mutex_unlock(&peer->pn->lock);
	plait_udp_socket_put(old);
}

/**
 * plait_udp_peer_set() - give a link a far end, or change it
 * @pn: the namespace of the link, with RTNL
 * @link: the link
 * @settings: all of them
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error; then nothing is changed.
 */
int plait_udp_peer_set(struct plait_udp_net *pn, struct plait_link *link,
		       const struct plait_udp_peer_settings *settings,
		       struct netlink_ext_ack *extack)
{
	struct plait_udp_peer *peer = plait_udp_peer_of(pn, link);
	struct plait_udp_socket *socket = NULL;
	struct plait_identity identity;
	bool fresh = !peer;
	int err;

	if (!plait_identity_init(&identity, settings->private_key)) {
		NL_SET_ERR_MSG(extack, "The private key is none");
		return -EINVAL;
	}
	err = plait_udp_peer_check(pn, peer, settings, &identity, extack);
	if (err)
		goto out;
	if (settings->listen) {
		socket = plait_udp_socket_listen(pn, settings->listen, &err);
		if (!socket)
			goto out;
	}
	if (fresh)
		peer = plait_udp_peer_new(pn, link, settings, &err);
	if (!peer) {
		plait_udp_socket_put(socket);
		goto out;
	}
	err = 0;
	mutex_lock(&pn->lock);
	plait_udp_peer_fill(peer, settings, &identity);
	if (fresh)
		list_add_tail(&peer->list, &pn->peers);
	mutex_unlock(&pn->lock);
	plait_udp_peer_listen(peer, socket);
	plait_udp_peer_wake(peer);
out:
	plait_wipe(&identity, sizeof(identity));
	return err;
}

/**
 * plait_udp_peer_delete() - the link has no far end any more
 * @peer: the far end, with RTNL
 */
void plait_udp_peer_delete(struct plait_udp_peer *peer)
{
	u32 i;

	ASSERT_RTNL();
	plait_udp_control_close(peer);
	/* From here on no handshake finds it … */
	mutex_lock(&peer->pn->lock);
	list_del(&peer->list);
	mutex_unlock(&peer->pn->lock);
	for (i = 0; i < PLAIT_UDP_LEGS; i++)
		if (plait_udp_leg_by_number(peer, i))
			plait_udp_leg_delete(plait_udp_leg_by_number(peer, i));
	/* … and no packet. */
	spin_lock_bh(&peer->lock);
	plait_udp_keys_drop(peer);
	spin_unlock_bh(&peer->lock);
	plait_udp_socket_put(peer->listen);
	synchronize_net();
	/* The timer wakes the work; the work, which needs RTNL, can not run and set the timer. */
	plait_udp_timer_stop(peer);
	cancel_delayed_work_sync(&peer->work);
	plait_udp_delivery_end(peer);
	gro_cells_destroy(&peer->cells);
	kfree_sensitive(peer);
}
