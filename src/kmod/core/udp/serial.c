// SPDX-License-Identifier: GPL-2.0-only
/* Packets by counter: where a CONTROL message, or a packet that was dropped, put the two numbers apart, a point is kept. */
#include "../sequence.h"
#include "serial.h"

static const struct plait_serial_point *plait_serials_point(const struct plait_serials *serials, u32 number)
{
	return &serials->point[number % PLAIT_SERIAL_POINTS];
}

/**
 * plait_serials_sent() - a packet left
 * @serials: of its leg and keys
 * @counter: its counter, higher than any before
 * @serial: its serial number
 */
void plait_serials_sent(struct plait_serials *serials, u64 counter, u32 serial)
{
	const struct plait_serial_point *newest = plait_serials_point(serials, serials->points - 1);

	if (!serials->points || serial - newest->serial != (u32)(counter - newest->counter))
		serials->point[serials->points++ % PLAIT_SERIAL_POINTS] =
			(struct plait_serial_point){ counter, serial };
	serials->last = serial;
}

/* The last packet of a stretch. */
static u32 plait_serials_end(const struct plait_serials *serials, u32 number)
{
	u32 end = serials->last;

	if (number + 1 != serials->points)
		end = plait_serials_point(serials, number + 1)->serial - 1;
	/* No packet is number 0. */
	return end ? end : end - 1;
}

/* The number of the stretch that a counter lies in, or behind which it does; -1: it is older than all. */
static s64 plait_serials_stretch(const struct plait_serials *serials, u64 counter)
{
	u32 i;

	for (i = 1; i <= serials->points && i <= PLAIT_SERIAL_POINTS; i++)
		if (plait_serials_point(serials, serials->points - i)->counter <= counter)
			return serials->points - i;
	return -1;
}

/**
 * plait_serials_until() - the last packet up to a counter
 * @serials: of a leg and keys
 * @counter: of any message that was sent
 *
 * Return: its serial number, or an earlier one when that is remembered no more; 0: there is none.
 */
u32 plait_serials_until(const struct plait_serials *serials, u64 counter)
{
	s64 stretch = plait_serials_stretch(serials, counter);
	const struct plait_serial_point *point;
	u32 serial, end;

	if (stretch < 0 && serials->points <= PLAIT_SERIAL_POINTS)
		return 0;
	point = plait_serials_point(serials, stretch < 0 ? serials->points : stretch);
	serial = point->serial + (u32)(counter - point->counter);
	if (stretch < 0)
		return serial;
	end = plait_serials_end(serials, stretch);
	return plait_after(serial, end) ? end : serial;
}

/**
 * plait_serials_at() - the packet that has a counter
 * @serials: of a leg and keys
 * @counter: of any message that was sent
 *
 * Return: its serial number; 0: it is a CONTROL message, or remembered no more.
 */
u32 plait_serials_at(const struct plait_serials *serials, u64 counter)
{
	s64 stretch = plait_serials_stretch(serials, counter);
	const struct plait_serial_point *point;
	u32 serial;

	if (stretch < 0)
		return 0;
	point = plait_serials_point(serials, stretch);
	serial = point->serial + (u32)(counter - point->counter);
	return plait_after(serial, plait_serials_end(serials, stretch)) ? 0 : serial;
}
