#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# First process of the virtual machine's real root: makes a node of it, runs the plan, switches off.
export PATH=/usr/sbin:/usr/bin HOME=/root PYTHONDONTWRITEBYTECODE=1
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t debugfs debugfs /sys/kernel/debug
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
echo '+cpu +memory +pids' > /sys/fs/cgroup/cgroup.subtree_control
ip link set lo up
echo vm > /proc/sys/kernel/hostname
mount -t ext4 -o ro /dev/vdb /faastax
cd /faastax || busybox poweroff -f
PYTHONPATH=/faastax/tests FAASTAX_BUILD_DIR=/faastax/build FAASTAX_VM=1 \
  python3 -m vm.guest /faastax/plan.json /dev/ttyS1 < /dev/null
sync
busybox poweroff -f
