// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/manager_process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "controlplane/sandbox/fd.hpp"
#include "controlplane/sandbox/files.hpp"

namespace faastax::manager {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kReadyLimit = 60s;
constexpr auto kEndLimit = 60s;
constexpr auto kBetweenTries = 5ms;

bool is_taken(const fs::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.native().size() >= sizeof address.sun_path) return false;
  std::ranges::copy(socket.native(), address.sun_path);
  const sandbox::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::vector<std::string> command_line(const ManagerOptions& options, const fs::path& socket) {
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<std::string> words = {(beside / "faastax-cluster-manager").string(),
                                    "--with-parent",
                                    "--listen",
                                    socket,
                                    "--state",
                                    options.state_folder / "state",
                                    "--function",
                                    options.state_folder / "function",
                                    "--probe-period",
                                    fmt::format("{}", options.probe_period_seconds)};
  if (!options.cri_socket.empty()) words.insert(words.end(), {"--cri-socket", options.cri_socket});
  if (options.sidecar_program.empty()) return words;
  words.insert(words.end(), {"--sidecar", options.sidecar_program});
  return words;
}

}  // namespace

std::expected<ManagerProcess, std::string> ManagerProcess::launch(const ManagerOptions& options) {
  auto folder = sandbox::StateFolder::open(options.state_folder);
  if (!folder) return std::unexpected(folder.error());
  const fs::path socket = ManagerProcess::socket_in(options.state_folder);
  const fs::path errors = options.state_folder / "manager-errors";
  for (const fs::path& old : {socket, errors}) unlink(old.c_str());
  if (auto wrote = sandbox::write_program(options.state_folder / "function", options.function_program);
      !wrote)
    return std::unexpected(wrote.error());
  auto process = sandbox::ChildProcess::spawn({command_line(options, socket), errors});
  if (!process) return std::unexpected(process.error());
  const auto end = std::chrono::steady_clock::now() + kReadyLimit;
  while (std::chrono::steady_clock::now() < end) {
    if (const auto code = process->wait(kBetweenTries)) {
      const std::string said = sandbox::last_line_of(errors);
      return std::unexpected(said.empty() ? fmt::format("the cluster manager ended with {}", *code) : said);
    }
    if (is_taken(socket)) return ManagerProcess(std::move(*folder), std::move(*process));
  }
  return std::unexpected("the cluster manager does not become ready");
}

bool ManagerProcess::end() {
  if (process_.pidfd() < 0) return false;
  process_.signal(SIGTERM);
  return process_.wait(kEndLimit) == 0;
}

ManagerProcess::~ManagerProcess() { end(); }

}  // namespace faastax::manager
