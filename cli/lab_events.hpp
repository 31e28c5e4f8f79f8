// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "agent/base/result.hpp"
#include "collector/join/line_fit.hpp"
#include "controlplane/lab/config.hpp"
#include "controlplane/lab/result.hpp"
#include "ledger/report.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::cli {

/// The scaling events of one run of the lab, by way of a file: the user's, or one that goes with the object.
class LabEvents {
 public:
  /// Has the run of `config` write its events to the file.
  static base::Result<LabEvents> prepare(lab::LabConfig& config);

  /// What is in the file now is not of this run, which begins after this.
  void begin();

  /// What the run has added to the file since begin().
  base::Result<std::vector<scaling::ScalingEvent>> read() const;

  LabEvents(LabEvents&& other) noexcept;
  LabEvents& operator=(LabEvents&&) = delete;
  ~LabEvents();

 private:
  LabEvents(std::filesystem::path file, bool own) : file_(std::move(file)), own_(own) {}

  std::filesystem::path file_;
  std::uintmax_t begin_ = 0;  ///< bytes that were there before
  bool own_;                  ///< nobody else wants the file
};

/// Joins the events with the report's instances into its `scaling` section.
/// `periods`: what churn cost over time. `warm_up`: the window began after one, and what was before counts
/// for nothing.
base::Result<void> add_scaling(const LabEvents& events, const lab::LabResult& result,
                               std::span<const join::ChurnPeriod> periods, bool warm_up,
                               ledger::Report& report);

}  // namespace faastax::cli
