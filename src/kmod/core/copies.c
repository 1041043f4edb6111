// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of copies that the caller keeps of packets in flight, within a bound of packets and of bytes. A number is free,
 * in use, or released: not needed any more, which the caller is yet to be told.
 */
#include "copies.h"

/* Length of all copies. */
#define PLAIT_COPIES_BYTES (1U << 20)

static void plait_copies_push(struct plait_copies *copies, u16 *list, u16 number)
{
	copies->next[number] = *list;
	*list = number;
}

static u16 plait_copies_pop(struct plait_copies *copies, u16 *list)
{
	u16 number = *list;

	if (number != PLAIT_NO_COPY)
		*list = copies->next[number];
	return number;
}

/**
 * plait_copies_init() - nothing is kept
 * @copies: any memory
 */
void plait_copies_init(struct plait_copies *copies)
{
	u16 i;

	copies->free = PLAIT_NO_COPY;
	copies->released = PLAIT_NO_COPY;
	copies->bytes = 0;
	for (i = PLAIT_KEPT; i--;)
		plait_copies_push(copies, &copies->free, i);
}

/**
 * plait_copies_keep() - a copy of a packet is to be kept
 * @copies: numbers of copies
 * @bytes: length of the packet
 *
 * Return: the number of the copy, or PLAIT_NO_COPY when there are too many.
 */
u16 plait_copies_keep(struct plait_copies *copies, u32 bytes)
{
	if (copies->free == PLAIT_NO_COPY || bytes > PLAIT_COPIES_BYTES - copies->bytes)
		return PLAIT_NO_COPY;
	copies->bytes += bytes;
	return plait_copies_pop(copies, &copies->free);
}

/**
 * plait_copies_release() - a copy is not needed any more
 * @copies: numbers of copies
 * @number: its number
 * @bytes: its length
 */
void plait_copies_release(struct plait_copies *copies, u16 number, u32 bytes)
{
	copies->bytes -= bytes;
	plait_copies_push(copies, &copies->released, number);
}

/**
 * plait_copies_taken() - the caller is told to send a copy, and so knows that its number is free
 * @copies: numbers of copies
 * @number: its number
 * @bytes: its length
 */
void plait_copies_taken(struct plait_copies *copies, u16 number, u32 bytes)
{
	copies->bytes -= bytes;
	plait_copies_push(copies, &copies->free, number);
}

/**
 * plait_copies_released() - see &plait_flow_control.released
 * @copies: numbers of copies
 */
int plait_copies_released(struct plait_copies *copies)
{
	u16 number = plait_copies_pop(copies, &copies->released);

	if (number == PLAIT_NO_COPY)
		return -1;
	plait_copies_push(copies, &copies->free, number);
	return number;
}
