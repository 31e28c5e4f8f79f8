// SPDX-License-Identifier: Apache-2.0
// Burns a known amount of CPU inside a sandbox, says "done", and lives on until its stdin closes, so that the
// cgroup's cpu.stat can be read while the cgroup is still there.
//
//   burn single MS          one thread
//   burn threads N MS       N threads, MS each
//   burn children N MS      N short-lived children one after another, MS each
//   burn wakeups N HZ MS    N times, HZ a second: wakes up and burns so much that it is MS in all
//   burn execs N MS         MS, then an exec of itself, N times
//   burn thread-execs N MS  the same, each exec by a second thread
//   burn into CGROUP N MS   from outside: N children that are born in CGROUP by clone3(CLONE_INTO_CGROUP)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void burn_thread_ns(long ns) {
  struct timespec now;
  long end_ns;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  end_ns = now.tv_sec * 1000000000L + now.tv_nsec + ns;
  do {
    for (volatile int i = 0; i < 2000; i++) {
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  } while (now.tv_sec * 1000000000L + now.tv_nsec < end_ns);
}

static void burn_thread_ms(long ms) { burn_thread_ns(ms * 1000000L); }

static void* thread_main(void* ms) {
  burn_thread_ms((long)(intptr_t)ms);
  return NULL;
}

static int burn_threads(int count, long ms) {
  pthread_t threads[64];
  if (count > 64) return 2;
  for (int i = 0; i < count; i++)
    if (pthread_create(&threads[i], NULL, thread_main, (void*)(intptr_t)ms)) return 1;
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
  return 0;
}

// A child of fork, or, with a cgroup's descriptor, one that is born in that cgroup.
static pid_t spawn(int cgroup) {
  struct clone_args args;
  if (cgroup < 0) return fork();
  memset(&args, 0, sizeof args);
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = (uint64_t)cgroup;
  return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

static int burn_children(int count, long ms, int cgroup) {
  for (int i = 0; i < count; i++) {
    int status;
    pid_t pid = spawn(cgroup);
    if (pid < 0) {
      perror("clone");
      return 1;
    }
    if (pid == 0) {
      burn_thread_ms(ms);
      _exit(0);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0) return 1;
  }
  return 0;
}

// Sleeps to absolute times, so that the rate holds whatever the burning takes.
static int burn_wakeups(int count, int hz, long ms) {
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (int i = 0; i < count; i++) {
    next.tv_nsec += 1000000000L / hz;
    if (next.tv_nsec >= 1000000000L) {
      next.tv_nsec -= 1000000000L;
      next.tv_sec++;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) == EINTR) {
    }
    burn_thread_ns(ms * 1000000L / count);
  }
  return 0;
}

// Comes back through main() with one exec less to do.
static int burn_execs(char** argv, int count, long ms) {
  char left[16];
  burn_thread_ns(ms * 1000000L);
  if (count <= 1) return 0;
  snprintf(left, sizeof left, "%d", count - 1);
  argv[2] = left;
  execv("/proc/self/exe", argv);
  perror("exec");
  return 1;
}

struct execs {
  char** argv;
  int count;
  long ms;
};

static void* exec_from_thread(void* of) {
  struct execs* execs = of;
  exit(burn_execs(execs->argv, execs->count, execs->ms));
}

// The same from a second thread each time, which takes its process's first one's place. The last burn has
// none to do.
static int burn_thread_execs(char** argv, int count, long ms) {
  struct execs execs = {argv, count, ms};
  pthread_t thread;
  if (count <= 1) return burn_execs(argv, count, ms);
  if (pthread_create(&thread, NULL, exec_from_thread, &execs) != 0) return 1;
  pthread_join(thread, NULL);
  return 1;
}

static int burn(int argc, char** argv) {
  const char* mode = argc > 1 ? argv[1] : "";
  if (argc == 3 && !strcmp(mode, "single")) return burn_threads(1, atol(argv[2]));
  if (argc == 4 && !strcmp(mode, "threads")) return burn_threads(atoi(argv[2]), atol(argv[3]));
  if (argc == 4 && !strcmp(mode, "children")) return burn_children(atoi(argv[2]), atol(argv[3]), -1);
  if (argc == 5 && !strcmp(mode, "wakeups")) return burn_wakeups(atoi(argv[2]), atoi(argv[3]), atol(argv[4]));
  if (argc == 4 && !strcmp(mode, "execs")) return burn_execs(argv, atoi(argv[2]), atol(argv[3]));
  if (argc == 4 && !strcmp(mode, "thread-execs"))
    return burn_thread_execs(argv, atoi(argv[2]), atol(argv[3]));
  if (argc == 5 && !strcmp(mode, "into")) {
    int cgroup = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cgroup < 0) {
      perror(argv[2]);
      return 1;
    }
    return burn_children(atoi(argv[3]), atol(argv[4]), cgroup);
  }
  fputs(
      "usage: burn single MS | threads N MS | children N MS | wakeups N HZ MS | execs N MS\n"
      "       | thread-execs N MS | into CGROUP N MS\n",
      stderr);
  return 2;
}

int main(int argc, char** argv) {
  char byte;
  int status = burn(argc, argv);
  if (status) return status;
  if (write(1, "done\n", 5) != 5) return 1;
  while (read(0, &byte, 1) > 0 || errno == EINTR) errno = 0;
  return 0;
}
