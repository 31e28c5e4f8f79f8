// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "collector/store/store.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::collector {

/// Is told what the committer does, on its thread.
class CommitObserver {
 public:
  CommitObserver() = default;
  virtual ~CommitObserver() = default;
  CommitObserver(const CommitObserver&) = delete;
  CommitObserver& operator=(const CommitObserver&) = delete;

  virtual void records_stored(std::span<const v1::Record* const> records,
                              std::span<const store::Verdict> verdicts) = 0;
  virtual void events_stored(std::span<const scaling::ScalingEvent> events,
                             std::span<const store::Verdict> verdicts) = 0;
  /// A transaction of so many took so long.
  virtual void committed(std::size_t stored, std::chrono::nanoseconds took) = 0;
  virtual void store_failed(const std::string& why) = 0;
  virtual void store_recovered() = 0;
  virtual void maintenance_failed(const std::string& why) = 0;
};

}  // namespace faastax::collector
