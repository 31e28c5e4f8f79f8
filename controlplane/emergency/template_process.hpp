// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/sandbox/child_process.hpp"
#include "controlplane/sandbox/fd.hpp"

namespace faastax::emergency {

/// The agent's end of one function's template process (controlplane/function/template.hpp). It dies with the
/// object, and with the thread that started it.
class TemplateProcess {
 public:
  /// Begins it in `root`, which holds the function program as `function`. That it is ready shows when it
  /// answers; what goes wrong before is in `error_file`.
  static std::expected<TemplateProcess, std::string> start(const std::filesystem::path& root,
                                                           const std::filesystem::path& error_file);

  /// What a child gets.
  struct Fork {
    std::uint64_t number = 0;  ///< comes back with the answer
    std::string host_name;
    int cgroup = -1;
    int network = -1;
    int report = -1;              ///< writing end of a pipe
    std::vector<int> joins = {};  ///< `tasks` of v1 cgroups
  };
  struct Forked {
    std::uint64_t number = 0;
    pid_t pid = 0;  ///< negative: -errno
  };

  /// Asks for a child; the descriptors can be closed afterwards.
  std::expected<void, std::string> ask(const Fork& fork);
  /// One answer, if there is one. Error: the template has ended.
  std::expected<std::optional<Forked>, std::string> answer();

  /// Readable when there is an answer, or when it has ended.
  int socket() const { return socket_.get(); }
  pid_t pid() const { return process_.pid(); }

 private:
  TemplateProcess(sandbox::ChildProcess process, sandbox::Fd socket)
      : process_(std::move(process)), socket_(std::move(socket)) {}

  sandbox::ChildProcess process_;
  sandbox::Fd socket_;
};

}  // namespace faastax::emergency
