# SPDX-License-Identifier: Apache-2.0
"""faastax under other kernels: Debian's, in QEMU, with pure cgroup v2 and no PMU."""
