// SPDX-License-Identifier: GPL-2.0-only
/* CONTROL messages: probes and their answers, reports, legs that go down. Those that come are authentic. */
#include <linux/skbuff.h>

#include "plait_udp.h"

/* Answers to so many last probes count: one may be asked elsewhere while another is on its way. */
#define PLAIT_UDP_PROBES_ANSWERED 16

/* Legs that are reported together; the others, a little later. */
#define PLAIT_UDP_REPORTS_MAX 12

/* A block of holes and one of reports. */
#define PLAIT_UDP_REPORT_BLOCKS                                             \
	(2 * PLAIT_UDP_BLOCK_HEAD + PLAIT_MISSING_MAX * PLAIT_UDP_MISSING_LENGTH + \
	 PLAIT_UDP_REPORTS_MAX * PLAIT_UDP_REPORT_LENGTH)

static u8 *plait_udp_block(u8 *at, enum plait_udp_block_type type, u8 length)
{
	at[0] = type;
	at[1] = length;
	return at + PLAIT_UDP_BLOCK_HEAD;
}

/**
 * plait_udp_control_probe() - send a probe
 * @leg: by this leg
 * @address: there
 * @id: of it
 *
 * In an RCU section with bottom halves off, without the lock of the peer.
 */
void plait_udp_control_probe(struct plait_udp_leg *leg, const struct plait_udp_address *address,
			     u32 id)
{
	u8 blocks[PLAIT_UDP_BLOCK_HEAD + PLAIT_UDP_PROBE_LENGTH];

	plait_udp_write_probe(blocks, id, sizeof(blocks));
	plait_udp_send_control(leg, address, blocks, sizeof(blocks), 0);
}

/**
 * plait_udp_control_ask() - ask whether the far end is heard
 * @leg: by this leg
 * @address: there
 *
 * In an RCU section with bottom halves off, without the lock of the peer.
 */
void plait_udp_control_ask(struct plait_udp_leg *leg, const struct plait_udp_address *address)
{
	u32 id;

	spin_lock(&leg->peer->lock);
	id = ++leg->probe;
	spin_unlock(&leg->peer->lock);
	plait_udp_control_probe(leg, address, id);
}

/**
 * plait_udp_control_greet() - probe by all legs, with new keys that the far end waits to hear
 * @peer: whose, with RTNL or the mutex of the namespace
 */
void plait_udp_control_greet(struct plait_udp_peer *peer)
{
	u32 i;

	rcu_read_lock_bh();
	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = rcu_dereference_bh(peer->leg[i]);
		struct plait_udp_address address;

		if (!leg)
			continue;
		spin_lock(&peer->lock);
		address = leg->address;
		spin_unlock(&peer->lock);
		plait_udp_control_ask(leg, &address);
	}
	rcu_read_unlock_bh();
}

/* The answer tells where the probe came from, and what else came by the leg. */
static void plait_udp_answer_probe(struct plait_udp_leg *leg, struct plait_udp_keys *keys,
				   const struct plait_udp_address *source, u32 arrived,
				   const struct plait_udp_block *probe)
{
	u8 blocks[2 * PLAIT_UDP_BLOCK_HEAD + PLAIT_UDP_PROBE_REPLY_LENGTH +
		  PLAIT_UDP_REPORT_LENGTH];
	u8 *at = plait_udp_block(blocks, PLAIT_UDP_PROBE_REPLY, PLAIT_UDP_PROBE_REPLY_LENGTH);
	struct plait_udp_report report;
	struct plait_udp_way *way;

	memset(at, 0, PLAIT_UDP_PROBE_REPLY_LENGTH);
	memcpy(at, probe->value, PLAIT_UDP_PROBE_LENGTH);
	plait_put_le16(at + 4, arrived);
	memcpy(at + 6, &source->port, sizeof(source->port));
	/* As IPv6 has IPv4 addresses. */
	at[18] = 0xff;
	at[19] = 0xff;
	memcpy(at + 20, &source->remote, sizeof(source->remote));
	at = plait_udp_block(at + PLAIT_UDP_PROBE_REPLY_LENGTH, PLAIT_UDP_REPORT,
			     PLAIT_UDP_REPORT_LENGTH);

	spin_lock(&leg->peer->lock);
	way = plait_udp_way(keys, leg->number);
	if (way)
		plait_received_report(&way->received, leg->number, plait_udp_now(), &report);
	spin_unlock(&leg->peer->lock);
	if (!way)
		return;
	plait_udp_write_report(at, &report);
	plait_udp_send_control(leg, source, blocks, sizeof(blocks), 0);
}

/* The lock of the peer is held. */
static void plait_udp_probe_answered(struct plait_udp_leg *leg,
				     const struct plait_udp_address *source,
				     const struct plait_udp_block *reply)
{
	u32 id = plait_get_le32(reply->value);
	s64 now = plait_udp_now();

	if (leg->probe - id >= PLAIT_UDP_PROBES_ANSWERED)
		return;
	if (leg->candidate.remote && leg->candidate.remote == source->remote &&
	    leg->candidate.port == source->port)
		plait_udp_leg_moves(leg, source);
	memcpy(&leg->observed_port, reply->value + 6, sizeof(leg->observed_port));
	memcpy(&leg->observed, reply->value + 20, sizeof(leg->observed));
	plait_liveness_answered(&leg->liveness, now);
	plait_udp_leg_update(leg, now);
	plait_udp_path_mtu_answered(leg, id, plait_get_le16(reply->value + 4), now);
}

/* Gives the leg of a report, when something follows from it for the scheduler; else NULL. The lock of the peer is held. */
static struct plait_udp_leg *plait_udp_reported(struct plait_udp_peer *peer, struct plait_udp_keys *keys,
						const struct plait_udp_report *report,
						const struct plait_udp_holes *holes,
						struct plait_arrivals *arrivals)
{
	struct plait_udp_way *way;
	struct plait_udp_leg *leg;
	s64 now = plait_udp_now();

	if (report->leg >= PLAIT_UDP_LEGS || !keys->way[report->leg])
		return NULL;
	way = keys->way[report->leg];
	leg = rcu_dereference(peer->leg[report->leg]);
	if (!plait_sent_reported(&way->sent, now, report) || !leg)
		return NULL;
	plait_liveness_answered(&leg->liveness, now);
	plait_udp_leg_update(leg, now);
	plait_udp_path_mtu_reported(leg, report->largest);
	return plait_udp_arrivals(&way->sent, &way->serials, now, report, holes, arrivals) ? leg : NULL;
}

/* The lock of the peer is not held: the scheduler's comes first. */
static void plait_udp_reports(struct plait_udp_peer *peer, struct plait_udp_keys *keys,
			      const struct plait_udp_block *block, const struct plait_udp_holes *holes)
{
	u32 at;

	for (at = 0; at + PLAIT_UDP_REPORT_LENGTH <= block->length; at += PLAIT_UDP_REPORT_LENGTH) {
		struct plait_udp_report report;
		struct plait_arrivals arrivals;
		struct plait_udp_leg *leg;

		plait_udp_read_report(block->value + at, &report);
		spin_lock(&peer->lock);
		leg = plait_udp_reported(peer, keys, &report, holes, &arrivals);
		spin_unlock(&peer->lock);
		if (leg)
			plait_leg_reported(&leg->leg, &arrivals);
	}
}

static void plait_udp_read_holes(const struct plait_udp_block *block, struct plait_udp_holes *holes)
{
	u32 at;

	for (at = 0; at + PLAIT_UDP_MISSING_LENGTH <= block->length && holes->runs < PLAIT_MISSING_MAX;
	     at += PLAIT_UDP_MISSING_LENGTH)
		plait_udp_read_missing(block->value + at, &holes->run[holes->runs++]);
}

/*
 * The far end has lost these legs: nothing that we send by them arrives. They are probed, and soon back when that is
 * not so.
 */
static void plait_udp_legs_down(struct plait_udp_peer *peer, u32 mask)
{
	s64 now = plait_udp_now();
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = rcu_dereference(peer->leg[i]);

		if (!leg || !(mask & 1u << i))
			continue;
		plait_liveness_overdue(&leg->liveness, now);
		plait_udp_leg_update(leg, now);
	}
}

static void plait_udp_control_block(struct plait_udp_leg *leg, struct plait_udp_keys *keys,
				    const struct plait_udp_address *source, u32 arrived,
				    const struct plait_udp_block *block, struct plait_udp_holes *holes)
{
	struct plait_udp_peer *peer = leg->peer;

	if (block->type == PLAIT_UDP_MISSING) {
		plait_udp_read_holes(block, holes);
		return;
	}
	if (block->type == PLAIT_UDP_REPORT) {
		plait_udp_reports(peer, keys, block, holes);
		return;
	}
	if (block->type == PLAIT_UDP_PROBE && block->length >= PLAIT_UDP_PROBE_LENGTH) {
		plait_udp_answer_probe(leg, keys, source, arrived, block);
		return;
	}
	spin_lock(&peer->lock);
	if (block->type == PLAIT_UDP_PROBE_REPLY && block->length >= PLAIT_UDP_PROBE_REPLY_LENGTH)
		plait_udp_probe_answered(leg, source, block);
	else if (block->type == PLAIT_UDP_LEG_DOWN && block->length >= sizeof(u32))
		plait_udp_legs_down(peer, plait_get_le32(block->value));
	else if (block->type == PLAIT_UDP_CLOSE)
		plait_session_closed(&peer->session, plait_udp_now());
	spin_unlock(&peer->lock);
	if (block->type == PLAIT_UDP_CLOSE)
		plait_udp_peer_wake(peer);
}

/**
 * plait_udp_control() - a CONTROL message came
 * @leg: by this leg
 * @keys: with these keys
 * @source: from there
 * @arrived: bytes of it, of UDP's payload
 * @blocks: its blocks
 * @length: of them
 *
 * In softirq and an RCU section, without the lock of the peer.
 */
void plait_udp_control(struct plait_udp_leg *leg, struct plait_udp_keys *keys,
		       const struct plait_udp_address *source, u32 arrived, const u8 *blocks,
		       u32 length)
{
	const u8 *at = blocks, *end = blocks + length;
	struct plait_udp_holes holes = { .runs = 0 };
	struct plait_udp_block block;

	while (plait_udp_next_block(&at, end, &block))
		plait_udp_control_block(leg, keys, source, arrived, &block, &holes);
}

/* The leg by which a message arrives first, and where it is to be sent to; NULL: none. The lock of the peer is held. */
static struct plait_udp_leg *plait_udp_fastest(struct plait_udp_peer *peer,
					       const struct plait_udp_keys *keys,
					       struct plait_udp_address *address)
{
	struct plait_udp_leg *fastest = NULL;
	s64 best = PLAIT_NEVER;
	u32 i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_leg *leg = rcu_dereference(peer->leg[i]);
		s64 rtt;

		if (!leg || leg->liveness.state == PLAIT_LIVENESS_DOWN)
			continue;
		rtt = keys->way[i] && keys->way[i]->sent.rtt >= 0 ? keys->way[i]->sent.rtt :
								    PLAIT_S;
		if (!leg->running)
			rtt += PLAIT_S;
		if (rtt >= best)
			continue;
		best = rtt;
		fastest = leg;
	}
	if (fastest)
		*address = fastest->address;
	return fastest;
}

/* Writes the holes of legs that have something new, as a block, if there are any. Returns where it ends. */
static u8 *plait_udp_write_holes(struct plait_udp_keys *keys, u8 *at)
{
	struct plait_udp_missing runs[PLAIT_MISSING_MAX];
	u32 count = 0, i;

	for (i = 0; i < PLAIT_UDP_LEGS; i++) {
		struct plait_udp_way *way = keys->way[i];

		if (way && plait_received_due(&way->received) != PLAIT_NEVER)
			count += plait_missing_name(&way->replay, &way->named, i, runs + count,
						    PLAIT_MISSING_MAX - count);
	}
	if (!count)
		return at;
	at = plait_udp_block(at, PLAIT_UDP_MISSING, count * PLAIT_UDP_MISSING_LENGTH);
	for (i = 0; i < count; i++, at += PLAIT_UDP_MISSING_LENGTH)
		plait_udp_write_missing(at, &runs[i]);
	return at;
}

/* Writes the reports of legs that have something new, as a block. Returns where it ends. */
static u8 *plait_udp_write_reports(struct plait_udp_keys *keys, s64 now, u8 *at)
{
	u8 *begin = at + PLAIT_UDP_BLOCK_HEAD;
	u32 i, count = 0;

	for (i = 0; i < PLAIT_UDP_LEGS && count < PLAIT_UDP_REPORTS_MAX; i++) {
		struct plait_udp_report report;

		if (!keys->way[i] || plait_received_due(&keys->way[i]->received) == PLAIT_NEVER)
			continue;
		plait_received_report(&keys->way[i]->received, i, now, &report);
		plait_udp_write_report(begin + count++ * PLAIT_UDP_REPORT_LENGTH, &report);
	}
	if (!count)
		return at;
	plait_udp_block(at, PLAIT_UDP_REPORT, count * PLAIT_UDP_REPORT_LENGTH);
	return begin + count * PLAIT_UDP_REPORT_LENGTH;
}

/**
 * plait_udp_control_report() - report what came by all legs
 * @peer: to the far end
 * @now: ns
 *
 * In an RCU section with bottom halves off, without the lock of the peer.
 */
void plait_udp_control_report(struct plait_udp_peer *peer, s64 now)
{
	u8 blocks[PLAIT_UDP_REPORT_BLOCKS], *end = blocks;
	struct plait_udp_leg *leg = NULL;
	struct plait_udp_address address;
	struct plait_udp_keys *keys;

	spin_lock(&peer->lock);
	keys = plait_udp_keys_locked(peer, PLAIT_UDP_CURRENT);
	if (keys) {
		leg = plait_udp_fastest(peer, keys, &address);
		end = plait_udp_write_holes(keys, blocks);
		end = plait_udp_write_reports(keys, now, end);
	}
	spin_unlock(&peer->lock);
	if (leg && end != blocks)
		plait_udp_send_control(leg, &address, blocks, end - blocks, 0);
}

/* Sends blocks by the leg by which they arrive first, if one is known to deliver. Without the lock of the peer. */
static void plait_udp_send_fastest(struct plait_udp_peer *peer, const u8 *blocks, u32 length)
{
	struct plait_udp_leg *leg = NULL;
	struct plait_udp_address address;
	struct plait_udp_keys *keys;

	/* Mostly in a process: legs are looked up under RCU, the lock is softirq's, too. */
	local_bh_disable();
	rcu_read_lock();
	spin_lock(&peer->lock);
	keys = plait_udp_keys_locked(peer, PLAIT_UDP_CURRENT);
	if (keys)
		leg = plait_udp_fastest(peer, keys, &address);
	spin_unlock(&peer->lock);
	if (leg && leg->running)
		plait_udp_send_control(leg, &address, blocks, length, 0);
	rcu_read_unlock();
	local_bh_enable();
}

/**
 * plait_udp_control_down() - tell the far end that nothing comes by some legs any more, or that it is to find out
 * @peer: the far end
 * @mask: a bit for each number
 *
 * Without the lock of the peer.
 */
void plait_udp_control_down(struct plait_udp_peer *peer, u32 mask)
{
	u8 blocks[PLAIT_UDP_BLOCK_HEAD + sizeof(u32)];

	plait_put_le32(plait_udp_block(blocks, PLAIT_UDP_LEG_DOWN, sizeof(u32)), mask);
	plait_udp_send_fastest(peer, blocks, sizeof(blocks));
}

/**
 * plait_udp_control_close() - tell the far end that we forget the session
 * @peer: the far end
 *
 * Without the lock of the peer. When it is lost the far end notices by silence.
 */
void plait_udp_control_close(struct plait_udp_peer *peer)
{
	u8 blocks[PLAIT_UDP_BLOCK_HEAD];

	plait_udp_block(blocks, PLAIT_UDP_CLOSE, 0);
	plait_udp_send_fastest(peer, blocks, sizeof(blocks));
}
