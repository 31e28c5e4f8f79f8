// SPDX-License-Identifier: Apache-2.0
// The user's function of the lab: a tiny static HTTP/1.1 server on port 8080.
//   GET /run?ms=12.5&mb=20   uses that much of its own CPU time, holds that many MiB until it exits; the
//                            answer's header CPU-Nanoseconds says what it used: memory may take longer
//   GET /healthz             answers at once
// `function template ROOT` is a template process for emergency instances: it forks, and its
// children serve. It serves one request at a time over any number of kept-alive connections. Signals are open
// only while it waits, so a request that was begun is always answered before the program ends with status 0.
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "controlplane/function/template.hpp"

namespace {

constexpr int kPort = 8080;
constexpr int kMaxConnections = 64;
constexpr size_t kMaxRequestBytes = 4096;
constexpr size_t kMiB = 1024 * 1024;
constexpr size_t kPageBytes = 4096;
constexpr double kMaxMs = 600'000;
constexpr double kMaxMiB = 16'384;

struct Connection {
  size_t used = 0;
  char buffer[kMaxRequestBytes + 1];
};

struct Server {
  pollfd polled[1 + kMaxConnections];
  Connection connections[1 + kMaxConnections];
  int count = 0;
  size_t held_bytes = 0;
};

Server server;

void end_cleanly(int) { _exit(0); }

long long cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// A few microseconds of arithmetic, so that most of the time is user time and not the clock's system call.
void spin_a_little() {
  volatile unsigned value = 1;
  for (int i = 0; i < 4000; ++i) value = value * 1664525u + 1013904223u;
}

// What was asked for before stays held; only growth is mapped and touched.
bool hold(double mebibytes) {
  const size_t wanted = static_cast<size_t>(mebibytes * static_cast<double>(kMiB));
  if (wanted <= server.held_bytes) return true;
  const size_t more = wanted - server.held_bytes;
  void* memory = mmap(nullptr, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  for (size_t at = 0; at < more; at += kPageBytes) static_cast<volatile char*>(memory)[at] = 1;
  server.held_bytes = wanted;
  return true;
}

double parameter(const char* query, const char* name, double limit) {
  const size_t length = strlen(name);
  for (const char* at = query; at != nullptr; at = strchr(at, '&')) {
    if (*at == '&') ++at;
    if (strncmp(at, name, length) != 0 || at[length] != '=') continue;
    const double value = strtod(at + length + 1, nullptr);
    return value > 0 && value < limit ? value : 0;
  }
  return 0;
}

// Touching the memory is part of the run time asked for.
bool run(const char* query) {
  const long long end = cpu_ns() + static_cast<long long>(parameter(query, "ms", kMaxMs) * 1e6);
  if (!hold(parameter(query, "mb", kMaxMiB))) return false;
  while (cpu_ns() < end) spin_a_little();
  return true;
}

// Headers and body leave in one write: the first response byte's packet is the last one's too.
bool answer(int fd, const char* status, const char* body, const char* header = "") {
  char response[256];
  const int length = snprintf(response, sizeof response,
                              "HTTP/1.1 %s\r\nContent-Type: text/plain\r\n%sContent-Length: %zu\r\n\r\n%s",
                              status, header, strlen(body), body);
  return send(fd, response, static_cast<size_t>(length), MSG_NOSIGNAL) == length;
}

bool run_and_answer(int fd, const char* query) {
  const long long begin = cpu_ns();
  if (!run(query)) return answer(fd, "507 Insufficient Storage", "no memory\n");
  char used[64];
  snprintf(used, sizeof used, "CPU-Nanoseconds: %lld\r\n", cpu_ns() - begin);
  return answer(fd, "200 OK", "done\n", used);
}

bool handle(int fd, char* request) {
  char* line_end = strstr(request, "\r\n");
  *line_end = '\0';
  if (strncmp(request, "GET ", 4) != 0) return answer(fd, "405 Method Not Allowed", "GET only\n");
  char* target = request + 4;
  target[strcspn(target, " ")] = '\0';
  if (strcmp(target, "/healthz") == 0) return answer(fd, "200 OK", "ok\n");
  if (strncmp(target, "/run", 4) == 0 && (target[4] == '?' || target[4] == '\0'))
    return run_and_answer(fd, target[4] == '?' ? target + 5 : "");
  return answer(fd, "404 Not Found", "unknown path\n");
}

// Reads what came and answers every whole request in it; false: the connection is over.
bool serve(int fd, Connection& connection) {
  const ssize_t got = recv(fd, connection.buffer + connection.used, kMaxRequestBytes - connection.used, 0);
  if (got <= 0) return false;
  connection.used += static_cast<size_t>(got);
  connection.buffer[connection.used] = '\0';
  while (char* end = strstr(connection.buffer, "\r\n\r\n")) {
    if (!handle(fd, connection.buffer)) return false;
    const size_t done = static_cast<size_t>(end + 4 - connection.buffer);
    connection.used -= done;
    memmove(connection.buffer, end + 4, connection.used + 1);
  }
  return connection.used < kMaxRequestBytes;
}

void admit() {
  const int fd = accept4(server.polled[0].fd, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  if (server.count == kMaxConnections) {
    close(fd);
    return;
  }
  const int slot = ++server.count;
  server.polled[slot] = {fd, POLLIN, 0};
  server.connections[slot].used = 0;
}

void drop(int slot) {
  close(server.polled[slot].fd);
  const int last = server.count--;
  server.polled[slot] = server.polled[last];
  server.connections[slot] = server.connections[last];
}

int open_listener() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 128) != 0) return -1;
  return fd;
}

// As PID 1 of its namespace the program gets only signals that it has a handler for.
void prepare_signals() {
  struct sigaction action{};
  action.sa_handler = end_cleanly;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGINT);
  sigprocmask(SIG_BLOCK, &blocked, nullptr);
}

[[noreturn]] void serve_forever(int listener) {
  server.polled[0] = {listener, POLLIN, 0};
  sigset_t open_mask;
  sigemptyset(&open_mask);
  for (;;) {
    if (ppoll(server.polled, static_cast<nfds_t>(server.count) + 1, nullptr, &open_mask) < 0) continue;
    for (int slot = server.count; slot >= 1; --slot) {
      if (server.polled[slot].revents != 0 && !serve(server.polled[slot].fd, server.connections[slot]))
        drop(slot);
    }
    if (server.polled[0].revents != 0) admit();
  }
}

}  // namespace

int main(int count, char** arguments) {
  const bool forked = count == 3 && strcmp(arguments[1], "template") == 0;
  const int report = forked ? become_template(arguments[2]) : -1;
  prepare_signals();
  const int listener = open_listener();
  if (listener >= 0) {
    if (forked) report_listening(report);
    serve_forever(listener);
  }
  if (forked) report_failure(report, "cannot listen");
  perror("function: cannot listen");
  return 1;
}
