# SPDX-License-Identifier: MIT
# In the box: balancing strategies follow each other, uplinks lose their device for a moment, and sessions are asked for.
while more; do
	one_of route packet session bandwidth headroom retransmit history
	try sh -c "echo $chosen >$FILES/balance/strategy"
	try plaitctl status --json
	roll 4
	if [ "$rolled" = 0 ]; then
		one_of eth1 eth2
		try ip link set $chosen down
		sleep 0.1
		try ip link set $chosen up
	fi
	sleep 0.3
done
finished strategies
