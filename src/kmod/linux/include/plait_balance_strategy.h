/* SPDX-License-Identifier: GPL-2.0-only */
/* What plait_balance.ko gives to modules that bring a strategy of their own. */
#ifndef PLAIT_BALANCE_STRATEGY_MODULE_H
#define PLAIT_BALANCE_STRATEGY_MODULE_H

#include "../../core/balance/strategy.h"

struct module;

int plait_balance_strategy_register(const struct plait_balance_strategy *strategy, struct module *owner);
void plait_balance_strategy_unregister(const struct plait_balance_strategy *strategy);

#endif /* PLAIT_BALANCE_STRATEGY_MODULE_H */
