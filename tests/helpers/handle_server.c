// SPDX-License-Identifier: Apache-2.0
// A server that knows by its own CPU clock what it used while a request was open and what while none was.
//
//   handle_server HANDLE_US IDLE_US PERIOD_MS
//
// Listens on port 8080 and says "ready". It answers each request (one at a time, on any number of kept-alive
// connections) after HANDLE_US of CPU time, half of it before the response's head and half before its body,
// and uses IDLE_US every PERIOD_MS while none is open; what is left of that when a request comes in is not
// used. With stdin's end it says "handle NS idle NS".
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 8080, MOST = 64, REQUEST_BYTES = 2048, STEP_US = 20 };

static long long handled_ns, idled_ns, since_ns;

static long long cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void burn(long microseconds) {
  const long long end = cpu_ns() + microseconds * 1000LL;
  while (cpu_ns() < end)
    for (volatile int i = 0; i < 500; i++) {
    }
}

// What was used since the last call goes to `sum`. A request begins when it is there to be read.
static void account(long long* sum) {
  const long long now = cpu_ns();
  *sum += now - since_ns;
  since_ns = now;
}

static int send_all(int fd, const char* text) {
  return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

// Requests without a body that come in one piece, as this test's client sends them.
static int serve(int fd, long handle_us) {
  char request[REQUEST_BYTES];
  const ssize_t got = recv(fd, request, sizeof request, 0);
  int alive;
  if (got <= 0) return 0;
  burn(handle_us / 2);
  alive = send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  burn(handle_us - handle_us / 2);
  alive = alive && send_all(fd, "done\n");
  account(&handled_ns);
  return alive;
}

// Burns while nothing comes in; returns as poll() does.
static int burn_idle(long microseconds, struct pollfd* polled, int count) {
  int ready = 0;
  for (; microseconds > 0 && ready == 0; microseconds -= STEP_US) {
    burn(STEP_US);
    ready = poll(polled, (nfds_t)count, 0);
  }
  return ready;
}

static struct pollfd admit(int listener) {
  const int fd = accept(listener, NULL, NULL);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return (struct pollfd){.fd = fd, .events = POLLIN};
}

static int open_listener(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr*)&address, sizeof address) || listen(fd, MOST)) exit(1);
  return fd;
}

int main(int argc, char** argv) {
  struct pollfd polled[2 + MOST] = {{.fd = STDIN_FILENO, .events = POLLIN}};
  int count = 2, period;
  long handle_us, idle_us;
  if (argc != 4) return 2;
  handle_us = atol(argv[1]);
  idle_us = atol(argv[2]);
  period = atoi(argv[3]);
  polled[1] = (struct pollfd){.fd = open_listener(), .events = POLLIN};
  since_ns = cpu_ns();
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (poll(polled, (nfds_t)count, period) == 0) burn_idle(idle_us, polled, count);
    account(&idled_ns);
    for (int i = count - 1; i >= 2; i--) {
      if (!polled[i].revents || serve(polled[i].fd, handle_us)) continue;
      close(polled[i].fd);
      polled[i] = polled[--count];
    }
    if (polled[1].revents && count < 2 + MOST) polled[count++] = admit(polled[1].fd);
    if (polled[0].revents) break;
  }
  account(&idled_ns);
  printf("handle %lld idle %lld\n", handled_ns, idled_ns);
  return 0;
}
