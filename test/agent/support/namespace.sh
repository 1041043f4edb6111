# SPDX-License-Identifier: MIT
# A board made of name spaces, for daemon-real.test.ts: its own network, mounts, host name and processes; the
# machine's file system with a layer on top that is forgotten; three ports, each a cable to a name space of its own.
# Arguments: the executable, an empty folder. Then reads commands from standard input (this shell goes on with them).
set -eu
agent=$1
folder=$2
mount -t tmpfs tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
root=$folder/root
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mkdir -p "$root/data" "$root/etc/plait" "$root/opt/plait"
cp "$agent" "$root/opt/plait/plaitctl"
ln -s plaitctl "$root/opt/plait/plaitd"
echo '{"board":"host","ports":["eth0","eth1","eth2"]}' >"$root/etc/plait/board.json"
# Helpers that only stay.
for name in dnsmasq dropbear ntpd udhcpc; do
  printf '#!/bin/sh\nexec sleep 1000\n' >"$root/opt/plait/$name"
done
chmod +x "$root"/opt/plait/*
PATH=/opt/plait:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

ip link set lo up
# What is behind port N has a network of its own, so that two may have the same addresses: "far N COMMAND".
for port in 0 1 2; do
  unshare -n sleep 1000 &
  eval "other$port=$!"
  # Until it has left this network.
  while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
  ip link add "eth$port" type veth peer name "far$port"
  ip link set "far$port" netns "$!"
  nsenter -n -t "$!" ip link set "far$port" up
  nsenter -n -t "$!" ip link set lo up
done
far() {
  eval "space=\$other$1"
  shift
  nsenter -n -t "$space" "$@"
}
far 1 ip addr add 203.0.113.1/29 dev far1
board() { chroot "$root" "$@"; }
set +e
