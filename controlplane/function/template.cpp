// SPDX-License-Identifier: Apache-2.0
#include "controlplane/function/template.hpp"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "controlplane/function/template_protocol.h"

namespace {

constexpr int kNobody = 65534;
constexpr int kFixedDescriptors = 3;
constexpr int kMaxDescriptors = kFixedDescriptors + FAASTAX_TEMPLATE_MAX_JOINED;
constexpr char kName[] = "faastax-template";

struct Command {
  faastax_template_fork message;
  int descriptors[kMaxDescriptors];
  int count = 0;
  int cgroup() const { return descriptors[0]; }
  int network() const { return descriptors[1]; }
  int report() const { return descriptors[2]; }
};

int agent_pidfd = -1;

[[noreturn]] void give_up(const char* what) {
  perror(what);
  exit(1);
}

void make_device(const char* path, unsigned minor) {
  if (mknod(path, S_IFCHR | 0666, makedev(1, minor)) != 0 || chmod(path, 0666) != 0) give_up(path);
}

// /dev has memory devices alone, and takes no more once they are there.
void fill_dev() {
  if (mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k") != 0) give_up("/dev");
  make_device("dev/null", 3);
  make_device("dev/zero", 5);
  make_device("dev/full", 7);
  make_device("dev/random", 8);
  make_device("dev/urandom", 9);
  if (mount(nullptr, "dev", nullptr, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC, nullptr) != 0)
    give_up("/dev read-only");
}

// Done once: each child begins with a copy of these few mounts.
void enter_root(const char* root) {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    give_up("mount namespace");
  if (mount(root, root, nullptr, MS_BIND, nullptr) != 0 || chdir(root) != 0) give_up(root);
  fill_dev();
  if (mount(nullptr, root, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV | MS_NOSUID, nullptr) != 0)
    give_up("read-only root");
  // pivot_root(".", "."): the old root ends up over the new one, and goes (pivot_root(2), NOTES).
  if (syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
    give_up("pivot_root");
}

void watch_agent() {
  agent_pidfd = static_cast<int>(syscall(SYS_pidfd_open, getppid(), 0));
  if (agent_pidfd < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("the agent's pidfd");
}

void take_descriptors(const msghdr& header, Command& command) {
  const cmsghdr* part = CMSG_FIRSTHDR(&header);
  if (part == nullptr || part->cmsg_type != SCM_RIGHTS) return;
  command.count = static_cast<int>((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  memcpy(command.descriptors, CMSG_DATA(part), static_cast<size_t>(command.count) * sizeof(int));
}

// Ends when the agent has: nobody else commands.
void next_command(Command& command) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  iovec data{&command.message, sizeof command.message};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  command.count = 0;
  ssize_t got = 0;
  do {
    got = recvmsg(FAASTAX_TEMPLATE_SOCKET, &header, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof command.message) exit(0);
  take_descriptors(header, command);
  if (command.count < kFixedDescriptors) exit(1);
}

// The agent's child, not ours: it waits for its end, and its death is theirs.
pid_t fork_into(int cgroup) {
  clone_args how{};
  how.flags = CLONE_INTO_CGROUP | CLONE_PARENT | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
  how.cgroup = static_cast<uint64_t>(cgroup);
  const long pid = syscall(SYS_clone3, &how, sizeof how);
  return pid < 0 ? -errno : static_cast<pid_t>(pid);
}

void answer(uint64_t number, pid_t pid) {
  const faastax_template_forked forked{number, pid, 0};
  send(FAASTAX_TEMPLATE_SOCKET, &forked, sizeof forked, MSG_NOSIGNAL);
}

// A thread that moves itself by `tasks` needs no lock over all forks and exits (Linux 5.6, 9a3284fad42f):
// some tens of microseconds, where another's move by `cgroup.procs` waits for a grace period.
void join_cgroups(const Command& command) {
  for (int i = kFixedDescriptors; i < command.count; ++i) {
    if (write(command.descriptors[i], "0", 1) != 1)
      report_failure(command.report(), "cannot join its cgroup");
  }
}

// Root's session keyring comes with the copy, and who possesses one reads its keys whatever user he is. A new
// one while still root: nobody's quota of keys is small, and all instances' together.
void leave_keys(int report) {
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0 && errno != ENOSYS)
    report_failure(report, "cannot leave the session's keys");
}

// An agent that the out-of-memory killer spares must not have its instances spared too; raising never fails.
void be_as_killable_as_others() {
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  (void)!write(file, "0", 1);
  close(file);
}

void drop_rights(int report) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    prctl(PR_CAPBSET_DROP, capability);
  }
  if (setgroups(0, nullptr) != 0 || setresgid(kNobody, kNobody, kNobody) != 0 ||
      setresuid(kNobody, kNobody, kNobody) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    report_failure(report, "cannot drop its rights");
}

// After the change of user, which would take it back. An agent that died before this shows in its pidfd.
void die_with_agent(int report) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd agent{agent_pidfd, POLLIN, 0};
  if (poll(&agent, 1, 0) != 0) report_failure(report, "its agent has ended");
}

// In the place of the template's socket, and all the rest is closed. What the template writes to its error
// file is the agent's to read; an instance has no such file.
int keep_only(int report) {
  dup2(STDIN_FILENO, STDERR_FILENO);
  dup2(report, FAASTAX_TEMPLATE_SOCKET);
  syscall(SYS_close_range, FAASTAX_TEMPLATE_SOCKET + 1, ~0U, 0);
  fcntl(FAASTAX_TEMPLATE_SOCKET, F_SETFD, FD_CLOEXEC);
  return FAASTAX_TEMPLATE_SOCKET;
}

int become_instance(const Command& command) {
  const int report = command.report();
  join_cgroups(command);
  if (setns(command.network(), CLONE_NEWNET) != 0) report_failure(report, "cannot enter its network");
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, nullptr) != 0)
    report_failure(report, "cannot mount /proc");
  sethostname(command.message.host_name, strnlen(command.message.host_name, FAASTAX_TEMPLATE_HOST_NAME));
  be_as_killable_as_others();
  leave_keys(report);
  drop_rights(report);
  die_with_agent(report);
  setsid();
  prctl(PR_SET_NAME, "function");
  return keep_only(report);
}

}  // namespace

int become_template(const char* root) {
  prctl(PR_SET_NAME, kName);
  watch_agent();
  enter_root(root);
  for (;;) {
    Command command;
    next_command(command);
    const pid_t pid = fork_into(command.cgroup());
    if (pid == 0) return become_instance(command);
    answer(command.message.number, pid);
    for (int i = 0; i < command.count; ++i) close(command.descriptors[i]);
  }
}

void report_listening(int report) {
  const char byte = FAASTAX_TEMPLATE_LISTENS;
  (void)!write(report, &byte, 1);
  close(report);
}

void report_failure(int report, const char* what) {
  char line[128];
  const int length = snprintf(line, sizeof line, "%s: %s\n", what, strerror(errno));
  (void)!write(report, line, static_cast<size_t>(length));
  _exit(1);
}
