// SPDX-License-Identifier: GPL-2.0-only
/* Takes a sample of each uplink every second. */
#include <linux/jiffies.h>

#include "net.h"

static void plait_balance_sample_uplink(struct plait_balance_net *balancer,
					const struct plait_balance_config *config,
					const struct plait_balance_uplink *uplink)
{
	struct plait_estimate *estimate = &uplink->meter->estimate;
	struct plait_estimate_counters counters;
	u64 totals[PLAIT_BALANCE_COUNTS];

	plait_balance_meter_totals(uplink->meter, totals);
	counters = (struct plait_estimate_counters){
		.tx_bytes = totals[PLAIT_BALANCE_TX_BYTES],
		.rx_bytes = totals[PLAIT_BALANCE_RX_BYTES],
		.segments = totals[PLAIT_BALANCE_TCP_SEGMENTS],
		.retransmitted = totals[PLAIT_BALANCE_TCP_RETRANSMITTED],
	};

	spin_lock_bh(&balancer->lock);
	plait_estimate_sample(estimate, jiffies_to_msecs(jiffies), &counters);
	if (config->strategy->sample) {
		struct plait_balance_sample sample = {
			.retransmission_rate = estimate->retransmission_rate,
		};

		config->strategy->sample(config->state, uplink->slot, &sample);
	}
	spin_unlock_bh(&balancer->lock);
}

static void plait_balance_sampler_work(struct work_struct *work)
{
	struct plait_balance_net *balancer = container_of(work, struct plait_balance_net, sampler.work);
	const struct plait_balance_config *config;
	u32 i;

	rcu_read_lock();
	config = rcu_dereference(balancer->config);
	for (i = 0; config && i < config->uplink_count; i++)
		plait_balance_sample_uplink(balancer, config, &config->uplinks[i]);
	rcu_read_unlock();

	if (config)
		queue_delayed_work(system_wq, &balancer->sampler, HZ);
}

/**
 * plait_balance_sampler_init() - make a sampler that does not run
 * @balancer: of a namespace
 */
void plait_balance_sampler_init(struct plait_balance_net *balancer)
{
	INIT_DELAYED_WORK(&balancer->sampler, plait_balance_sampler_work);
}

/**
 * plait_balance_sampler_start() - sample from now on; nothing happens when it does
 * @balancer: of a namespace
 */
void plait_balance_sampler_start(struct plait_balance_net *balancer)
{
	queue_delayed_work(system_wq, &balancer->sampler, HZ);
}

/**
 * plait_balance_sampler_stop() - sample no more
 * @balancer: of a namespace, without a configuration
 */
void plait_balance_sampler_stop(struct plait_balance_net *balancer)
{
	cancel_delayed_work_sync(&balancer->sampler);
}
