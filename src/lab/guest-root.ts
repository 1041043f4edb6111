// SPDX-License-Identifier: MIT
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf } from '../image/code-key.ts';
import { BuildError } from '../image/errors.ts';
import type { PackageStage, Sources } from '../image/sources/sources.ts';
import { hashTree, type Stage, type StageContext } from '../image/stage.ts';

const init = fileURLToPath(new URL('guest/init.sh', import.meta.url));

/**
 * The file system of the lab's guest: programs of Debian's packages, the same ones whatever machine the lab runs on,
 * since figures depend on them. Output: the tree, which the guest mounts read-only.
 */
export async function guestRootStage(sources: Sources): Promise<Stage> {
  const packages: PackageStage[] = [];
  for (const name of names) packages.push(await sources.binary({ name, releases: ['trixie'] }));
  for (const name of older) packages.push(await sources.binary({ name, releases: ['bookworm'] }));
  return {
    id: 'lab-guest-root',
    inputs: { code: await codeOf(import.meta.url), sources: await hashTree([init]) },
    deps: packages,
    async run(ctx) {
      for (const stage of packages)
        await ctx.exec(['cp', '-a', `${join(ctx.output(stage), 'root')}/.`, ctx.out]);
      // Debian's programs expect these links. Older packages have units for systemd in /lib, all else is in /usr.
      await ctx.exec(['rm', '-rf', join(ctx.out, 'lib')]);
      for (const dir of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${dir}`, join(ctx.out, dir));
      await ctx.exec(['rm', '-rf', unneeded.map((path) => join(ctx.out, path))]);
      for (const program of programs) await checkLibraries(ctx, program);
      for (const dir of mountPoints) await mkdir(join(ctx.out, dir), { recursive: true });
      for (const [path, to] of Object.entries(links)) {
        await ctx.exec(['ln', '-sfn', to, join(ctx.out, path)]);
      }
      for (const applet of applets)
        await ctx.exec(['ln', '-sf', 'busybox', join(ctx.out, 'usr/bin', applet)]);
      await ctx.exec(['install', '-m755', init, join(ctx.out, 'init')]);
      await writeFile(
        join(ctx.out, 'etc/passwd'),
        'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n',
      );
      await writeFile(join(ctx.out, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\ndip:x:30:\n');
      await writeFile(join(ctx.out, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files\n');
      await writeFile(join(ctx.out, 'etc/hosts'), '127.0.0.1 localhost\n');
    },
  };
}

/** Asks the tree's own loader what a program would load there. */
async function checkLibraries(ctx: StageContext, program: string): Promise<void> {
  const libraries = join(ctx.out, 'usr/lib/x86_64-linux-gnu');
  const loader = join(libraries, 'ld-linux-x86-64.so.2');
  const found = await ctx.read([
    ...[loader, '--inhibit-cache', '--library-path', libraries, '--list'],
    join(ctx.out, 'usr', program),
  ]);
  // What the tree lacks, the loader may find on the build machine.
  const missing = found.split('\n').filter((line) => line.includes('=>') && !line.includes(`=> ${ctx.out}/`));
  if (missing.length > 0)
    throw new BuildError(`the guest's ${program} finds no ${missing.map((line) => line.trim()).join(', ')}`);
}

/** Packages of programs, and of the libraries that they load. */
const names = (
  'dash busybox-static coreutils util-linux iproute2 mptcpize libmptcpwrap0 tcpdump iputils-ping ethtool iptables ' +
  'dnsmasq-base netbase socat jq ' +
  'libc6 libgcc-s1 zlib1g libzstd1 libssl3t64 libcrypt1 libcap2 libacl1 libattr1 libselinux1 libpcre2-8-0 ' +
  'libelf1t64 libbpf1 libmnl0 libbsd0 libmd0 libdb5.3t64 libtirpc3t64 libxtables12 libgssapi-krb5-2 libkrb5-3 ' +
  'libk5crypto3 libkrb5support0 libcom-err2 libkeyutils1 libsctp1 libpcap0.8t64 libdbus-1-3 libsystemd0 ' +
  'libidn2-0 libunistring5 libgmp10 libnettle8t64 libhogweed6t64 libnfnetlink0 libnetfilter-conntrack3 libnftnl11 ' +
  'libnftables1 libjansson4 libip4tc2 libip6tc2 libwrap0 libnsl2 libjq1 libonig5'
).split(' ');

/** iperf3 before it had threads: these wait for each other by looking at the clock, which stands still meanwhile. */
const older = ['iperf3', 'libiperf0'];

/** What the lab calls: each must find its libraries. */
const programs = (
  'bin/dash bin/cp bin/date bin/nsenter bin/unshare bin/setsid bin/ss bin/nstat bin/iperf3 bin/tcpdump bin/ping bin/socat bin/jq ' +
  'sbin/ip sbin/tc sbin/ethtool sbin/xtables-legacy-multi sbin/dnsmasq'
).split(' ');

const unneeded = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
  'usr/lib/x86_64-linux-gnu/gconv',
];

/** What the guest mounts over the read-only tree. */
const mountPoints = [
  'proc',
  'sys',
  'dev',
  'run',
  'tmp',
  'var',
  'data',
  'etc/plait',
  'lab',
  'mnt',
  'root',
  'usr/lib/plait',
];

/** The boards speak to the kernel's xtables, not to nftables. */
const links = {
  // Not busybox's: it would take its own ip, ping and others instead of the programs above.
  'usr/bin/sh': 'dash',
  'usr/sbin/iptables': 'xtables-legacy-multi',
  'usr/sbin/iptables-save': 'xtables-legacy-multi',
  'usr/sbin/iptables-restore': 'xtables-legacy-multi',
  'usr/sbin/ip6tables': 'xtables-legacy-multi',
  'usr/sbin/ip6tables-save': 'xtables-legacy-multi',
  'usr/sbin/ip6tables-restore': 'xtables-legacy-multi',
};

/**
 * Programs of busybox for what the packages above do not have. None that starts others: it would start busybox's own
 * sh, ip and ping.
 */
const applets = (
  'awk clear dmesg free grep hostname httpd insmod kill killall less lsmod mount nc pgrep poweroff ps rmmod sed top udhcpc ' +
  'umount usleep vi wget which'
).split(' ');
