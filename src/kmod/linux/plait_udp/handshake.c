// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handshakes: our own INITs, and the messages of others, which wait in a queue and are worked at one by one in a process. An
 * X25519 takes 7 ms on a 500 MHz Geode, so after each the worker sleeps three times as long as it took: a flood of
 * them leaves most of the CPU to packets.
 */
#include <linux/delay.h>
#include <linux/ip.h>
#include <linux/timekeeping.h>
#include <linux/udp.h>

#include "plait_udp.h"

/* Of a message that waits. */
struct plait_udp_waiting {
	struct plait_udp_socket *socket;
	struct plait_udp_address source;
};

static struct plait_udp_waiting *plait_udp_waiting(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct plait_udp_waiting) > sizeof(skb->cb));
	return (struct plait_udp_waiting *)skb->cb;
}

/**
 * plait_udp_handshake_queue() - a message of a handshake came in
 * @socket: by which socket
 * @skb: linear, its data begins with the message, of a right length. It is consumed
 */
void plait_udp_handshake_queue(struct plait_udp_socket *socket, struct sk_buff *skb)
{
	struct plait_udp_net *pn = socket->pn;
	struct plait_udp_waiting *waiting;
	struct plait_udp_address source;

	if (skb_queue_len_lockless(&pn->handshakes) >= PLAIT_UDP_HANDSHAKES_MAX) {
		kfree_skb(skb);
		return;
	}
	plait_udp_datagram_source(skb, &source);
	/* May be a part of what the socket layer charged to somebody. */
	skb_orphan(skb);
	skb_dst_drop(skb);
	waiting = plait_udp_waiting(skb);
	waiting->socket = socket;
	waiting->source = source;
	skb_queue_tail(&pn->handshakes, skb);
	queue_work(system_unbound_wq, &pn->handshake_work);
}

/**
 * plait_udp_handshake_forget() - drop what came by a socket
 * @pn: its namespace
 * @socket: nothing comes by it any more; NULL: all
 *
 * In a process, without the mutex of the namespace.
 */
void plait_udp_handshake_forget(struct plait_udp_net *pn, const struct plait_udp_socket *socket)
{
	struct sk_buff_head dropped;
	struct sk_buff *skb, *next;

	__skb_queue_head_init(&dropped);
	spin_lock_bh(&pn->handshakes.lock);
	skb_queue_walk_safe(&pn->handshakes, skb, next) {
		if (socket && plait_udp_waiting(skb)->socket != socket)
			continue;
		__skb_unlink(skb, &pn->handshakes);
		__skb_queue_tail(&dropped, skb);
	}
	spin_unlock_bh(&pn->handshakes.lock);
	__skb_queue_purge(&dropped);
	flush_work(&pn->handshake_work);
}

/* Whom a message by a socket is for: all that listen to one port have the same keys. */
static const struct plait_identity *
plait_udp_identity(struct plait_udp_net *pn, const struct plait_udp_socket *socket)
{
	struct plait_udp_peer *peer;

	list_for_each_entry(peer, &pn->peers, list)
		if (plait_udp_socket_is_for(socket, peer))
			return &peer->us;
	return NULL;
}

/* Who has a key, of those that a socket is for. */
static struct plait_udp_peer *plait_udp_peer_by_key(struct plait_udp_net *pn,
						    const struct plait_udp_socket *socket,
						    const u8 key[PLAIT_KEY_LENGTH])
{
	struct plait_udp_peer *peer;

	list_for_each_entry(peer, &pn->peers, list)
		if (plait_udp_socket_is_for(socket, peer) &&
		    !memcmp(peer->far_end.public, key, PLAIT_KEY_LENGTH))
			return peer;
	return NULL;
}

static u8 plait_udp_suite(u8 protect)
{
	return protect == PLAIT_UDP_PROTECT_SIGN ? PLAIT_SUITE_SIGN : PLAIT_SUITE_ENCRYPT;
}

/* Keys that an INIT of the far end gives, or NULL; its message is written into @message. */
static struct plait_udp_keys *plait_udp_answer(struct plait_udp_peer *peer,
					       struct plait_noise *noise, u32 remote_index,
					       u32 instance, u8 *message)
{
	const struct plait_response_payload payload = {
		.instance = peer->instance,
		.suite = plait_udp_suite(peer->protect),
		.legs = PLAIT_UDP_LEGS,
	};
	struct plait_udp_keys *keys = plait_udp_keys_new(peer);

	if (!keys)
		return NULL;
	keys->remote_index = remote_index;
	keys->instance = instance;
	keys->made = plait_udp_now();
	keys->sign = payload.suite == PLAIT_SUITE_SIGN;
	if (!plait_handshake_respond(noise, &peer->far_end, keys->index, remote_index, &payload,
				     message, &keys->key)) {
		plait_udp_keys_discard(peer->pn, keys);
		return NULL;
	}
	plait_macs_write(&peer->cookie, &peer->far_end, plait_udp_now(), message,
			 PLAIT_UDP_RESPONSE_LENGTH);
	return keys;
}

static void plait_udp_init(struct plait_udp_net *pn, const struct plait_identity *us,
			   struct sk_buff *skb)
{
	const struct plait_udp_waiting *waiting = plait_udp_waiting(skb);
	u8 key[PLAIT_KEY_LENGTH], message[PLAIT_UDP_RESPONSE_LENGTH];
	struct plait_init_payload payload;
	struct plait_udp_keys *keys;
	struct plait_udp_peer *peer;
	struct plait_noise noise;
	bool fresh;
	u32 index;

	if (!plait_handshake_read_init(&noise, us, skb->data, key, &index, &payload))
		return;
	peer = plait_udp_peer_by_key(pn, waiting->socket, key);
	if (!peer) {
		plait_udp_event_unknown(pn, waiting->socket);
		goto out;
	}
	/* Both ends must want the same: neither is talked into less. */
	if (!(payload.suites & plait_udp_suite(peer->protect)))
		goto out;
	spin_lock_bh(&peer->lock);
	fresh = plait_session_fresh(&peer->session, payload.freshness);
	spin_unlock_bh(&peer->lock);
	if (!fresh)
		goto out;
	keys = plait_udp_answer(peer, &noise, index, payload.instance, message);
	if (!keys)
		goto out;
	spin_lock_bh(&peer->lock);
	/* After the keys; read in plait_udp_keys_good(). */
	smp_store_release(&keys->agreed, true);
	plait_udp_keys_set(peer, PLAIT_UDP_NEXT, keys);
	spin_unlock_bh(&peer->lock);
	plait_udp_datagram_send_bytes(waiting->socket, &waiting->source, message, sizeof(message));
out:
	plait_wipe(&noise, sizeof(noise));
}

/* The peer whose INIT a message answers; NULL: none. Its keys are in the slot @PLAIT_UDP_ASKED. */
static struct plait_udp_peer *plait_udp_asking(struct plait_udp_net *pn, u32 index)
{
	struct plait_udp_peer *peer = NULL;
	struct plait_udp_keys *keys;

	rcu_read_lock();
	keys = plait_udp_keys_by_index(pn, index);
	if (keys)
		peer = rcu_dereference(keys->peer);
	if (peer && keys != rcu_access_pointer(peer->keys[PLAIT_UDP_ASKED]))
		peer = NULL;
	rcu_read_unlock();
	/* It stays as long as the mutex of the namespace is held. */
	return peer;
}

static void plait_udp_response(struct plait_udp_net *pn, struct sk_buff *skb)
{
	struct plait_udp_peer *peer = plait_udp_asking(pn, plait_get_le24(skb->data + 8));
	struct plait_response_payload payload;
	struct plait_transport_keys key;
	struct plait_udp_keys *keys;
	s64 now = plait_udp_now();
	u32 index;

	if (!peer || !plait_handshake_finish(&peer->noise, &peer->us, &peer->far_end, skb->data,
					     &index, &payload, &key))
		return;
	if (payload.suite != plait_udp_suite(peer->protect))
		goto out;
	spin_lock_bh(&peer->lock);
	keys = plait_udp_keys_locked(peer, PLAIT_UDP_ASKED);
	keys->remote_index = index;
	keys->instance = payload.instance;
	keys->made = now;
	keys->initiator = true;
	keys->sign = payload.suite == PLAIT_SUITE_SIGN;
	keys->key = key;
	/* After the keys; read in plait_udp_keys_good(). */
	smp_store_release(&keys->agreed, true);
	plait_udp_keys_use(peer, keys);
	plait_udp_legs_update(peer, now);
	spin_unlock_bh(&peer->lock);
	/* The far end sends nothing with the new keys before it has heard us with them. */
	plait_udp_control_greet(peer);
	plait_udp_peer_wake(peer);
out:
	plait_wipe(&key, sizeof(key));
}

static void plait_udp_cookie(struct plait_udp_net *pn, struct sk_buff *skb)
{
	struct plait_udp_peer *peer = plait_udp_asking(pn, plait_get_le24(skb->data + 4));

	if (peer)
		plait_cookie_take(&peer->cookie, &peer->far_end, plait_udp_now(), skb->data);
}

/* May an INIT or a RESPONSE be worked at? Under load its sender shows first that it is where it says. */
static bool plait_udp_handshake_admit(struct plait_udp_net *pn, const struct plait_identity *us,
				      struct sk_buff *skb)
{
	const struct plait_udp_waiting *waiting = plait_udp_waiting(skb);
	bool load = skb_queue_len_lockless(&pn->handshakes) >= PLAIT_UDP_HANDSHAKES_LOAD;
	u8 source[sizeof(__be32) + sizeof(__be16)], answer[PLAIT_UDP_COOKIE_LENGTH];
	s64 now = plait_udp_now();

	memcpy(source, &waiting->source.remote, sizeof(__be32));
	memcpy(source + sizeof(__be32), &waiting->source.port, sizeof(__be16));
	switch (plait_macs_check(us, &pn->cookies, now, source, sizeof(source), skb->data,
				 skb->len)) {
	case PLAIT_MACS_COOKIE:
		return true;
	case PLAIT_MACS_GOOD:
		if (!load)
			return true;
		plait_cookie_write(us, &pn->cookies, now, source, sizeof(source), skb->data,
				   skb->len, plait_get_le24(skb->data + 4), answer);
		plait_udp_datagram_send_bytes(waiting->socket, &waiting->source, answer,
					      sizeof(answer));
		return false;
	default:
		return false;
	}
}

/* Returns whether it took long. */
static bool plait_udp_handshake_one(struct plait_udp_net *pn, struct sk_buff *skb)
{
	const struct plait_identity *us = plait_udp_identity(pn, plait_udp_waiting(skb)->socket);
	u32 type = plait_udp_type_of(skb->data, skb->len);

	if (!us)
		return false;
	if (type == PLAIT_UDP_COOKIE) {
		plait_udp_cookie(pn, skb);
		return false;
	}
	if (!plait_udp_handshake_admit(pn, us, skb))
		return false;
	if (type == PLAIT_UDP_INIT)
		plait_udp_init(pn, us, skb);
	else
		plait_udp_response(pn, skb);
	return true;
}

/**
 * plait_udp_handshake_work() - work at what waits
 * @work: of the namespace
 */
void plait_udp_handshake_work(struct work_struct *work)
{
	struct plait_udp_net *pn = container_of(work, struct plait_udp_net, handshake_work);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&pn->handshakes))) {
		s64 began = plait_udp_now(), spent;
		bool costly;

		mutex_lock(&pn->lock);
		costly = plait_udp_handshake_one(pn, skb);
		mutex_unlock(&pn->lock);
		consume_skb(skb);
		spent = plait_udp_now() - began;
		if (costly && !skb_queue_empty_lockless(&pn->handshakes))
			fsleep(div_s64(3 * spent, NSEC_PER_USEC));
	}
}

/* The leg by which we ask next: each try by another one, as we do not know which of them deliver. */
static bool plait_udp_next_leg(struct plait_udp_peer *peer, struct plait_udp_address *address,
			       struct plait_udp_socket **socket)
{
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg;

		peer->asked_leg = (peer->asked_leg + 1) % PLAIT_UDP_LEGS;
		leg = plait_udp_leg_by_number(peer, peer->asked_leg);
		if (!leg || !leg->uplink_runs)
			continue;
		*address = leg->address;
		*socket = leg->socket;
		return true;
	}
	return false;
}

static void plait_udp_init_payload(struct plait_udp_peer *peer,
				   struct plait_init_payload *payload)
{
	struct timespec64 wall;
	u32 fraction;

	ktime_get_real_ts64(&wall);
	fraction = div_u64((u64)wall.tv_nsec << 32, NSEC_PER_SEC);
	*payload = (struct plait_init_payload){
		.instance = peer->instance,
		.suites = plait_udp_suite(peer->protect),
		.legs = PLAIT_UDP_LEGS,
	};
	plait_session_freshness(&peer->session, wall.tv_sec, fraction, payload->freshness);
}

/**
 * plait_udp_handshake_ask() - send an INIT
 * @peer: to whom. In a process with RTNL, without other locks
 */
void plait_udp_handshake_ask(struct plait_udp_peer *peer)
{
	u8 message[PLAIT_UDP_INIT_LENGTH];
	struct plait_init_payload payload;
	struct plait_udp_address address;
	struct plait_udp_socket *socket;
	struct plait_udp_keys *keys;
	bool made;

	mutex_lock(&peer->pn->lock);
	spin_lock_bh(&peer->lock);
	plait_session_asked(&peer->session, plait_udp_now());
	plait_udp_init_payload(peer, &payload);
	spin_unlock_bh(&peer->lock);
	if (!plait_udp_next_leg(peer, &address, &socket))
		goto out;
	keys = plait_udp_keys_new(peer);
	if (!keys)
		goto out;
	made = plait_handshake_init(&peer->noise, &peer->us, &peer->far_end, keys->index, &payload,
				    message);
	spin_lock_bh(&peer->lock);
	plait_udp_keys_set(peer, PLAIT_UDP_ASKED, keys);
	spin_unlock_bh(&peer->lock);
	if (!made)
		goto out;
	plait_macs_write(&peer->cookie, &peer->far_end, plait_udp_now(), message, sizeof(message));
	plait_udp_datagram_send_bytes(socket, &address, message, sizeof(message));
out:
	mutex_unlock(&peer->pn->lock);
}
