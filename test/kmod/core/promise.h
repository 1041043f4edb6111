/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLAIT_TEST_PROMISE_H
#define PLAIT_TEST_PROMISE_H

#include <stdio.h>
#include <stdlib.h>

/* Ends a fuzzer where what was promised does not hold. */
#define promise(condition)                                                              \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "line %d: broken promise: %s\n", __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

#endif /* PLAIT_TEST_PROMISE_H */
