# SPDX-License-Identifier: MIT
# Functions of the guest's scripts. /lab is the run's folder on the host: scripts, results and the status are there.

# Ends the run; the status file tells the host why.
finish() {
	echo "$*" >/lab/status
	sync
	poweroff -f
	sleep 1000
}

# enter NODE COMMAND...: becomes a command in a node's network, in a box's file system and host name too.
enter() {
	node=$1
	shift
	if [ -e "/run/boxes/$node" ]; then
		exec nsenter "--target=$(cat "/run/boxes/$node")" --net --mount --uts -- "$@"
	else
		exec nsenter "--net=/run/netns/$node" -- "$@"
	fi
}

# in_node NODE COMMAND...: runs a command in a node.
in_node() {
	( enter "$@" )
}

# plain_node NODE FORWARD: settings of a host (0) or router (1). IPv6 is off, so that links carry the workload alone.
plain_node() {
	in_node "$1" sh -c '
		cd /proc/sys/net
		echo 1 >ipv6/conf/all/disable_ipv6
		echo 1 >ipv6/conf/default/disable_ipv6
		echo '"$2"' >ipv4/ip_forward
		echo 0 >ipv4/conf/all/rp_filter
		echo 0 >ipv4/conf/default/rp_filter
		# Each connection begins without knowledge of those before.
		echo 1 >ipv4/tcp_no_metrics_save'
}

# trace_line LINK LEFT RIGHT LIMIT TRACE LIMIT TRACE: starts what carries packets by a link with delivery traces.
trace_line() {
	line=$1
	shift
	(
		nsenter --net=/run/netns/wire -- sh -c 'echo $$ >/run/lines/'"$line"'; exec trace-line "$@"' sh "$@" 2>/run/lines/$line.err
		finish "the line $line ended with status $?: $(cat "/run/lines/$line.err")"
	) &
	sleep 0.1
}

# restart_traces: delivery traces begin now.
restart_traces() {
	for file in /run/lines/*; do
		case $file in
		*.err) ;;
		*) kill -USR1 "$(cat "$file")" || finish "the line ${file##*/} is not there" ;;
		esac
	done
}

# start_box NODE: the agent in a box, with NODE.yaml of /lab/boxes as its plait.yaml and NODE.json as the facts of its
# board. The network is there already.
start_box() {
	box=$1
	nsenter "--net=/run/netns/$box" unshare --mount --uts sh -c '
		mount --make-rprivate /
		mount -t sysfs sysfs /sys
		for dir in /run /data /etc/plait /usr/lib/plait; do mount -t tmpfs tmpfs $dir; done
		mkdir -p /run/plait/ssh /data/plait
		cp /lab/boxes/'"$box"'.yaml /data/plait.yaml
		[ ! -d /lab/boxes/'"$box"'.keys ] || cp -a /lab/boxes/'"$box"'.keys /data/keys
		cp /lab/boxes/udhcpc.script /usr/lib/plait/
		cp /lab/boxes/'"$box"'.json /etc/plait/board.json
		ip link set lo up
		exec plaitd >/lab/boxes/'"$box"'.log 2>&1' &
	echo $! >"/run/boxes/$box"
}

# await_box NODE: until the agent has applied its plait.yaml, and every uplink and leg lives but those of a backup that waits.
await_box() {
	tries=0
	while ! box_is_ready "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || finish "box $1 did not come up: $(tail -n 3 "/lab/boxes/$1.log"; cat "/lab/boxes/$1.status")"
		sleep 0.1
	done
}

box_is_ready() {
	in_node "$1" plaitctl status --json >"/lab/boxes/$1.status" 2>&1 || return 1
	jq -e -f /lab/box-ready.jq "/lab/boxes/$1.status" >/dev/null
}

# step NAME NODE COMMAND...: a part of the workload; what it prints is kept, its failure ends the run.
step() {
	name=$1
	shift
	in_node "$@" >"/lab/out/$name" 2>"/lab/out/$name.err" || finish "step $name failed with status $?: $(tail -n 3 "/lab/out/$name.err")"
}

# begin NAME NODE COMMAND...: the same, without waiting for its end.
begin() {
	name=$1
	shift
	( enter "$@" ) >"/lab/out/$name" 2>"/lab/out/$name.err" &
	echo $! >"/run/steps/$name"
}

# wait_for NAME: until a step that was begun has ended by itself.
wait_for() {
	wait "$(cat "/run/steps/$1")" || finish "step $1 failed with status $?: $(tail -n 3 "/lab/out/$1.err")"
	rm "/run/steps/$1"
}

# end NAME: asks a step that was begun to end, and waits for it.
end() {
	pid=$(cat "/run/steps/$1")
	# Programs that print at the end do so on an interrupt; servers do not know it, and a shell's children ignore it.
	kill -INT "$pid" 2>/dev/null
	sleep 0.1
	kill -TERM "$pid" 2>/dev/null
	wait "$pid"
	rm "/run/steps/$1"
}

end_all() {
	for file in /run/steps/*; do
		[ -e "$file" ] && end "${file##*/}"
	done
}
