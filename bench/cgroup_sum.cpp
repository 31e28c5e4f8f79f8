// SPDX-License-Identifier: Apache-2.0
// Attaches the peer's program (cgroup_sum.bpf.c) and says "attached". At each line on stdin it prints the
// sum over all cgroups that came after the attach, in seconds; it detaches when stdin closes.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cgroup_sum.skel.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <numeric>
#include <vector>

namespace {

struct Destroy {
  void operator()(cgroup_sum* skeleton) const { cgroup_sum__destroy(skeleton); }
};

// Ids of cgroups grow: what is above the highest id of the attach is new. Seconds.
double sum_above(int map, std::uint64_t floor, std::uint64_t& highest) {
  std::vector<std::uint64_t> values(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  std::uint64_t total = 0;
  std::uint64_t key = 0;
  for (const std::uint64_t* previous = nullptr; bpf_map_get_next_key(map, previous, &key) == 0;
       previous = &key) {
    if (key > highest) highest = key;
    if (key <= floor || bpf_map_lookup_elem(map, &key, values.data()) != 0) continue;
    total = std::accumulate(values.begin(), values.end(), total);
  }
  return static_cast<double>(total) / 1e9;
}

}  // namespace

int main() {
  const std::unique_ptr<cgroup_sum, Destroy> skeleton(cgroup_sum__open_and_load());
  if (!skeleton || cgroup_sum__attach(skeleton.get()) != 0) {
    std::fprintf(stderr, "faastax-bench-cgroup-sum: cannot attach to sched_switch (root needed)\n");
    return 1;
  }
  std::puts("attached");
  std::fflush(stdout);
  const int map = bpf_map__fd(skeleton->maps.sum_ns);
  std::uint64_t floor = 0;
  char line[16];
  // The first line sets what is old.
  for (bool first = true; std::fgets(line, sizeof line, stdin) != nullptr; first = false) {
    std::uint64_t highest = 0;
    const double seconds = sum_above(map, floor, highest);
    if (first) floor = highest;
    std::printf("%.6f\n", seconds);
    std::fflush(stdout);
  }
  return 0;
}
