# SPDX-License-Identifier: MIT
# Everything that can be read is read.
while more; do
	one_of left right
	node=$chosen
	try ip -n $node -d -s -j link show
	try nsenter --net=/run/netns/$node ethtool -S p
	try nsenter --net=/run/netns/$node sh -c "cat $FILES/bufferStatistics $FILES/p/*"
	try tc -n $node -s qdisc show
done
finished readers
