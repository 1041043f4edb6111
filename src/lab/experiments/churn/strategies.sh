# SPDX-License-Identifier: MIT
# In the box: balancing strategies follow each other, and sessions are asked for.
while more; do
	one_of route packet session bandwidth headroom retransmit history
	try sh -c "echo $chosen >$FILES/balance/strategy"
	try plaitctl status --json
	sleep 0.3
done
finished strategies
