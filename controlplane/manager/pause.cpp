// SPDX-License-Identifier: Apache-2.0
// What holds a pod's namespaces: waits until it is told to end, and reaps orphans where it is PID 1.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
void end_cleanly(int) { _exit(0); }
void reap(int) {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}
}  // namespace

int main() {
  signal(SIGTERM, end_cleanly);
  signal(SIGINT, end_cleanly);
  signal(SIGCHLD, reap);
  for (;;) pause();
}
