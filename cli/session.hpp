// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/engine/catalog.hpp"
#include "agent/engine/engine.hpp"
#include "agent/rules/rules.hpp"
#include "collector/join/line_fit.hpp"
#include "ledger/ledger.hpp"
#include "ledger/recording.hpp"

namespace faastax::cli {

struct SessionOptions {
  std::filesystem::path rules_file;  ///< empty: the built-in rules
  bool instances = false;            ///< the report lists each instance
  std::filesystem::path recording;   ///< empty: none is kept
  bool slices = false;               ///< the recording has every slice
  bool interrupts = false;           ///< interrupts are owners of their own
  bool timeline = true;              ///< the report has the window's course over time
  bool forgetful = false;            ///< for who watches for days: what has long been over is dropped
};

/// One window over this node: the engine, a ledger that books what it says, and a recording if asked for.
class Session {
 public:
  /// Attaches and opens the window.
  static base::Result<std::unique_ptr<Session>> start(const SessionOptions& options);

  /// The window begins here: what was before is not in the report.
  base::Result<void> reopen();

  /// Takes in what happens for `limit`, or until `also_fd` is readable; true if it was. -1: no such fd.
  base::Result<bool> watch(std::chrono::milliseconds limit, int also_fd = -1);

  /// What churn cost in each second or so of the window, as far as it was booked then.
  const std::vector<join::ChurnPeriod>& churn_periods() const { return churn_periods_; }

  /// Waits, at most 2 s, for the sandboxes that started in the window to be gone; closes it and detaches.
  base::Result<ledger::Report> finish();

  /// Reads all tables, so that books() are true now.
  base::Result<void> read();

  /// The books since attach; valid until the next call of anything here.
  const ledger::Totals& books() { return ledger_.current(); }
  const ledger::NodeInfo& node() const { return node_; }

  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  Session(rules::Rules rules, const SessionOptions& options);
  base::Result<void> learn_baseline();
  base::Result<void> open_recording();
  base::Result<void> keep_recording();
  void take(const ledger::Input& input);
  base::Result<void> snapshot_when_due();
  void note_churn();

  rules::Rules rules_;
  engine::RulesCatalog catalog_;
  SessionOptions options_;
  ledger::NodeInfo node_;
  ledger::Ledger ledger_;
  std::filesystem::path partial_;  ///< the recording until it is whole; empty: none, or kept
  std::ofstream recording_file_;
  std::optional<ledger::RecordingWriter> recording_;
  std::string recording_problem_;  ///< the first write that failed
  std::unique_ptr<engine::Engine> engine_;
  std::chrono::steady_clock::time_point last_snapshot_;
  std::chrono::steady_clock::time_point churn_noted_;  ///< at what churn_until_then_ is
  join::ChurnPeriod churn_until_then_;
  std::vector<join::ChurnPeriod> churn_periods_;
};

/// Stretches of time that a report's timeline has at most.
inline constexpr std::size_t kTimeline = 300;

/// The rules of a file laid over the built-in ones; the built-in ones for an empty path.
base::Result<rules::Rules> read_rules(const std::filesystem::path& file);

/// A prefix that makes this boot's uids unique: the first part of the boot id and a dash.
std::string boot_prefix();

}  // namespace faastax::cli
