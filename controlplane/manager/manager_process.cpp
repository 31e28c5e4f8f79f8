// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/manager_process.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "controlplane/sandbox/fd.hpp"

namespace faastax::manager {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kReadyLimit = 60s;
constexpr auto kEndLimit = 60s;
constexpr auto kBetweenTries = 5ms;

bool write_program(const fs::path& path, std::span<const std::byte> program) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(program.data()), static_cast<std::streamsize>(program.size()));
  file.close();
  return !file.fail() && chmod(path.c_str(), 0755) == 0;
}

bool is_taken(const fs::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.native().size() >= sizeof address.sun_path) return false;
  std::ranges::copy(socket.native(), address.sun_path);
  const sandbox::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::string last_line_of(const fs::path& file) {
  std::ifstream stream(file);
  std::string last;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

std::vector<std::string> command_line(const ManagerOptions& options, const fs::path& socket) {
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<std::string> words = {(beside / "faastax-cluster-manager").string(),
                                    "--with-parent",
                                    "--listen",
                                    socket,
                                    "--state",
                                    options.state_folder,
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
  std::error_code error;
  fs::create_directories(options.state_folder, error);
  if (!write_program(options.state_folder / "function", options.function_program))
    return std::unexpected(options.state_folder.string() + ": cannot be written");
  const fs::path socket = options.state_folder / "manager.sock";
  const fs::path errors = options.state_folder / "manager-errors";
  fs::remove(errors, error);
  auto process = sandbox::ChildProcess::spawn({command_line(options, socket), errors});
  if (!process) return std::unexpected(process.error());
  const auto end = std::chrono::steady_clock::now() + kReadyLimit;
  while (std::chrono::steady_clock::now() < end) {
    if (const auto code = process->wait(kBetweenTries)) {
      const std::string said = last_line_of(errors);
      return std::unexpected(said.empty() ? fmt::format("the cluster manager ended with {}", *code) : said);
    }
    if (is_taken(socket)) return ManagerProcess(std::move(*process), socket);
  }
  return std::unexpected("the cluster manager does not become ready");
}

ManagerProcess::~ManagerProcess() {
  if (process_.pidfd() < 0) return;
  process_.signal(SIGTERM);
  process_.wait(kEndLimit);
}

}  // namespace faastax::manager
