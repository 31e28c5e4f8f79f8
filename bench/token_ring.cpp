// SPDX-License-Identifier: Apache-2.0
// The load that does nothing but switch: processes in a ring hand a token on through pipes.
//   faastax-bench-token-ring STEPS CPU[,CPU…] [--in FOLDER] PROCESSES
// Each process is pinned to the next of the CPUs; with --in, process i is first moved into the cgroup
// FOLDER/i. Prints the microseconds that a step took. With 0 steps nobody ever runs: it says "waiting", and
// ends when its stdin closes.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

void pin_to(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) die("cannot pin to a CPU");
}

void enter(const std::string& folder) {
  const int fd = open((folder + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "0", 1) != 1) die("cannot enter a cgroup");
  close(fd);
}

// Hands on what comes in until the ring is closed.
[[noreturn]] void relay(int from, int to) {
  char token = 0;
  while (read(from, &token, 1) == 1) {
    if (write(to, &token, 1) != 1) break;
  }
  _exit(0);
}

std::vector<int> cpus_of(const char* list) {
  std::vector<int> cpus;
  for (const char* at = list; at != nullptr; at = std::strchr(at, ',')) {
    if (*at == ',') ++at;
    cpus.push_back(std::atoi(at));
  }
  return cpus;
}

double now_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// The first process is this one: it starts the token and counts its rounds.
double time_rounds(long rounds, int from, int to) {
  char token = 't';
  const double begun = now_us();
  for (long round = 0; round < rounds; ++round) {
    if (write(to, &token, 1) != 1 || read(from, &token, 1) != 1) die("the ring broke");
  }
  return now_us() - begun;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  const bool in_cgroups = argc == 6 && std::strcmp(argv[3], "--in") == 0;
  if (argc != 4 && !in_cgroups) {
    std::fprintf(stderr, "usage: %s STEPS CPU[,CPU...] [--in FOLDER] PROCESSES\n", argv[0]);
    return 2;
  }
  const long steps = std::atol(argv[1]);
  const std::vector<int> cpus = cpus_of(argv[2]);
  const auto count = static_cast<std::size_t>(std::atol(argv[argc - 1]));
  std::vector<Pipe> pipes(count);
  for (Pipe& one : pipes) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) die("cannot make a pipe");
    one = {ends[0], ends[1]};
  }
  for (std::size_t i = count; i-- > 0;) {
    if (i != 0) {
      const pid_t child = fork();
      if (child < 0) die("cannot fork");
      if (child > 0) continue;
      prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    if (in_cgroups) enter(std::string(argv[4]) + "/" + std::to_string(i));
    pin_to(cpus[i % cpus.size()]);
    if (i != 0) relay(pipes[i - 1].read_end, pipes[i].write_end);
  }
  const int first = pipes.front().write_end;
  const int last = pipes.back().read_end;
  time_rounds(1, last, first);  // every process has begun
  if (steps == 0) {
    std::puts("waiting");
    std::fflush(stdout);
    for (char byte = 0; read(STDIN_FILENO, &byte, 1) > 0;) {
    }
    return 0;
  }
  const long rounds = std::max(1L, steps / static_cast<long>(count));
  const double took = time_rounds(rounds, last, first);
  std::printf("%.4f\n", took / static_cast<double>(rounds * static_cast<long>(count)));
  std::fflush(stdout);
  // The children hold each other's pipes open: they end with this process.
  return 0;
}
