// SPDX-License-Identifier: Apache-2.0
// Holds memory inside a sandbox in a known pattern. Says when the state of its instance changes, by
// CLOCK_MONOTONIC, so that a test can tell what it held when.
//
//   hold step MIB MS             MIB at once, for MS
//   hold ramp MIB MS             MIB by and by over MS
//   hold sawtooth MIB MS COUNT   COUNT times: MIB for MS, nothing for MS
//   hold spin MIB MS COUNT       the same without ever leaving the CPU
//   hold children MIB MS COUNT   COUNT children one after another, MIB for MS each
//   hold cache MIB MS FILE       MIB of page cache, for MS
//   hold serve MIB MS PORT       HTTP on 127.0.0.1; MIB always, and twice as much for MS in each request
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const size_t kMebibyte = 1 << 20;

static long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void say(const char* what) { printf("%s %ld\n", what, now_ns()), fflush(stdout); }

static void sleep_ms(long ms) {
  const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&pause, NULL);
}

static void spin_ms(long ms) {
  for (const long end = now_ns() + ms * 1000000; now_ns() < end;) {
  }
}

static char* take(long mib) {
  const size_t size = (size_t)mib * kMebibyte;
  char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(1);
  memset(memory, 1, size);
  return memory;
}

static void give(char* memory, long mib) { munmap(memory, (size_t)mib * kMebibyte); }

// No two teeth are as long: a period would meet that of who looks at them.
static void saw(long mib, long ms, long count, void (*wait_ms)(long)) {
  for (long i = 0; i < count; ++i) {
    char* memory = take(mib);
    wait_ms(ms + i * 7 % 13);
    give(memory, mib);
    wait_ms(ms + i * 5 % 11);
  }
}

static void ramp(long mib, long ms) {
  for (long i = 0; i < mib; ++i) {
    take(1);
    sleep_ms(ms / mib);
  }
}

static void children(long mib, long ms, long count) {
  for (long i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      take(mib);
      sleep_ms(ms);
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
}

static void cache(long mib, long ms, const char* file) {
  char block[1 << 16];
  const int fd = open(file, O_CREAT | O_RDWR, 0600);
  memset(block, 1, sizeof(block));
  for (size_t done = 0; done < (size_t)mib * kMebibyte; done += sizeof(block)) {
    if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block)) exit(1);
  }
  sleep_ms(ms);
  close(fd);
}

static void on_terminate(int signal) {
  (void)signal;
  say("stopping");
  sleep_ms(400);
  _exit(0);
}

static void serve(long mib, long ms, int port) {
  static const char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  char request[4096];
  signal(SIGTERM, on_terminate);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr*)&address, sizeof(address)) != 0) exit(1);
  take(mib);
  sleep_ms(400);
  listen(listener, 16);
  say("idle");
  for (;;) {
    const int client = accept(listener, NULL, NULL);
    if (read(client, request, sizeof(request)) <= 0) exit(1);
    say("busy");
    char* memory = take(mib);
    sleep_ms(ms);
    give(memory, mib);
    if (write(client, kAnswer, sizeof(kAnswer) - 1) < 0) exit(1);
    say("idle");
    close(client);
  }
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const char* pattern = argv[1];
  const long mib = atol(argv[2]);
  const long ms = atol(argv[3]);
  const long count = argc > 4 ? atol(argv[4]) : 1;
  say("starting");
  if (strcmp(pattern, "step") == 0) take(mib), sleep_ms(ms);
  if (strcmp(pattern, "ramp") == 0) ramp(mib, ms);
  if (strcmp(pattern, "sawtooth") == 0) saw(mib, ms, count, sleep_ms);
  if (strcmp(pattern, "spin") == 0) saw(mib, ms, count, spin_ms);
  if (strcmp(pattern, "children") == 0) children(mib, ms, count);
  if (strcmp(pattern, "cache") == 0) cache(mib, ms, argv[4]);
  if (strcmp(pattern, "serve") == 0) serve(mib, ms, (int)count);
  return 0;
}
