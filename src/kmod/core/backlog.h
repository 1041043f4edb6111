/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Back-pressure: packets wait for room in a leg, for schedulers with flow control. What is decided, by numbers only;
 * the packets themselves are the kernel's.
 */
#ifndef PLAIT_CORE_BACKLOG_H
#define PLAIT_CORE_BACKLOG_H

#include "plait_port.h"

/* Packets that wait or leave. Only reached when the device has no queueing discipline that could be stopped. */
#define PLAIT_BACKLOG_MAX 1000

/* Packets that are released, and sent, in one go, before others may run. */
#define PLAIT_BACKLOG_BUDGET 64

/**
 * struct plait_backlog - how many packets are ours
 * @waiting: for room in their leg
 * @leaving: have room, and are about to be sent
 * @kept: copies, which may have to be sent again
 */
struct plait_backlog {
	u32 waiting;
	u32 leaving;
	u32 kept;
};

/**
 * enum plait_intake - what is to happen to the queueing discipline in front of us
 * @PLAIT_INTAKE_KEEP: it stays as it is
 * @PLAIT_INTAKE_STOP: it is to give no more packets
 * @PLAIT_INTAKE_WAKE: it may give packets again
 */
enum plait_intake {
	PLAIT_INTAKE_KEEP,
	PLAIT_INTAKE_STOP,
	PLAIT_INTAKE_WAKE,
};

/**
 * plait_backlog_admits() - may one more packet come in?
 * @backlog: what there is
 *
 * Return: false when it is to be dropped.
 */
static inline bool plait_backlog_admits(const struct plait_backlog *backlog)
{
	return backlog->waiting + backlog->leaving < PLAIT_BACKLOG_MAX;
}

/**
 * plait_backlog_passes() - does a packet leave at once, and not wait?
 * @backlog: what there is
 * @only_acks: it only acknowledges: room for data comes with acknowledgements, so they never wait for room
 * @has_room: its leg has room for the first packet of those that wait for it
 *
 * Return: true when it leaves. Else it waits behind those that do.
 */
static inline bool plait_backlog_passes(const struct plait_backlog *backlog, bool only_acks, bool has_room)
{
	return only_acks || (!backlog->waiting && has_room);
}

/**
 * plait_backlog_intake() - are more packets to come in?
 * @full: no leg has room for one more
 * @stopped: the queueing discipline is stopped
 * @stoppable: there is one. A device without must not be stopped: the stack would drop
 *
 * Return: see &enum plait_intake.
 */
static inline enum plait_intake plait_backlog_intake(bool full, bool stopped, bool stoppable)
{
	if (!full)
		return stopped ? PLAIT_INTAKE_WAKE : PLAIT_INTAKE_KEEP;
	return stoppable ? PLAIT_INTAKE_STOP : PLAIT_INTAKE_KEEP;
}

/**
 * plait_backlog_looks_again() - is a timer to look again, since nothing else may happen that would?
 * @backlog: what there is
 * @full: no leg has room for one more
 *
 * Return: true when it is, at the time that the scheduler says.
 */
static inline bool plait_backlog_looks_again(const struct plait_backlog *backlog, bool full)
{
	return full || backlog->waiting || backlog->kept;
}

#endif /* PLAIT_CORE_BACKLOG_H */
