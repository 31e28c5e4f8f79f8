// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "controlplane/sandbox/child_process.hpp"

namespace faastax::lab {

/// How long what was told to end may take for it.
inline constexpr std::chrono::seconds kEndLimit{60};

/// What a worker's body has. The worker is to end when `control` is at its end.
struct WorkerPipes {
  int control = -1;
  int messages = -1;
};

/// A part of the lab in a process of its own, forked with a name of its own, so that a profiler books it
/// apart. It inherits nothing but the pipes and standard error. SIGINT and SIGTERM are blocked in it, ^C at a
/// terminal is for whoever leads: it ends when that one closes the control pipe or dies.
class WorkerProcess {
 public:
  /// To be called while this process has one thread.
  static std::expected<WorkerProcess, std::string> launch(const char* name,
                                                          const std::function<int(const WorkerPipes&)>& body);

  /// Where its messages come from; readable when there is one, and at the end.
  int messages() const { return messages_.get(); }
  int control() const { return control_.get(); }
  /// The next message; blocks. The error says that it has ended.
  std::expected<nlohmann::json, std::string> next_message();
  /// Like next_message(), of what has been read already.
  std::optional<nlohmann::json> buffered_message();
  /// Reads what is there; false at the end.
  bool read_more();

  bool signal(int number) const { return child_.signal(number); }
  void tell_to_end() { control_.reset(); }
  /// Tells it to end and waits; absent when it is still there after that time, or was waited for before.
  std::optional<int> end(std::chrono::milliseconds limit);
  /// Like end(); what is still there is killed.
  std::optional<int> end_or_kill(std::chrono::milliseconds limit);

 private:
  WorkerProcess(std::string name, sandbox::ChildProcess child, sandbox::Fd control, sandbox::Fd messages)
      : name_(std::move(name)),
        child_(std::move(child)),
        control_(std::move(control)),
        messages_(std::move(messages)) {}

  std::string name_;
  sandbox::ChildProcess child_;
  sandbox::Fd control_;   ///< closed: end
  sandbox::Fd messages_;  ///< lines of JSON
  std::string received_;
};

/// Blocks until the line is written; false when nobody reads any more.
bool send_message(int pipe, const nlohmann::json& message);

}  // namespace faastax::lab
