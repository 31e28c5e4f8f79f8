// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/template_process.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "controlplane/function/template_protocol.h"

namespace faastax::emergency {

using sandbox::ChildProcess;
using sandbox::Fd;

namespace {

constexpr std::size_t kMaxDescriptors = 3 + FAASTAX_TEMPLATE_MAX_JOINED;

}  // namespace

std::expected<TemplateProcess, std::string> TemplateProcess::start(const std::filesystem::path& root,
                                                                   const std::filesystem::path& error_file) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return std::unexpected(std::string("a template's socket: ") + std::strerror(errno));
  }
  Fd ours(ends[0]);
  const Fd theirs(ends[1]);
  auto process = ChildProcess::spawn({.arguments = {(root / "function").string(), "template", root.string()},
                                      .error_file = error_file,
                                      .mount_namespace = -1,
                                      .passed_on = theirs.get()});
  if (!process) return std::unexpected(process.error());
  return TemplateProcess(std::move(*process), std::move(ours));
}

std::expected<void, std::string> TemplateProcess::ask(const Fork& fork) {
  faastax_template_fork message{};
  message.number = fork.number;
  fork.host_name.copy(message.host_name, sizeof message.host_name - 1);
  std::array<int, kMaxDescriptors> descriptors{fork.cgroup, fork.network, fork.report};
  const std::size_t count = 3 + std::min<std::size_t>(fork.joins.size(), FAASTAX_TEMPLATE_MAX_JOINED);
  std::copy_n(fork.joins.begin(), count - 3, descriptors.begin() + 3);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> control{};
  iovec data{&message, sizeof message};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int) * count);
  std::memcpy(CMSG_DATA(part), descriptors.data(), sizeof(int) * count);
  if (sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof message) return {};
  return std::unexpected(std::string("the template process takes no command: ") + std::strerror(errno));
}

std::expected<std::optional<TemplateProcess::Forked>, std::string> TemplateProcess::answer() {
  faastax_template_forked message{};
  const ssize_t got = recv(socket_.get(), &message, sizeof message, MSG_DONTWAIT);
  if (got == sizeof message) return Forked{message.number, message.pid};
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::optional<Forked>{};
  return std::unexpected("the template process has ended");
}

}  // namespace faastax::emergency
