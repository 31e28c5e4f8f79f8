// SPDX-License-Identifier: Apache-2.0
// Attaches the empty program to sched_switch, says "attached", and detaches when its stdin closes.
#include <bpf/libbpf.h>
#include <empty_switch.skel.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

namespace {

struct Destroy {
  void operator()(empty_switch* skeleton) const { empty_switch__destroy(skeleton); }
};

}  // namespace

int main() {
  const std::unique_ptr<empty_switch, Destroy> skeleton(empty_switch__open_and_load());
  if (!skeleton || empty_switch__attach(skeleton.get()) != 0) {
    std::fprintf(stderr, "faastax-bench-empty-switch: cannot attach to sched_switch (root and BTF needed)\n");
    return 1;
  }
  std::puts("attached");
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
