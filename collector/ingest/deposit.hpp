// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/store.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::collector {

/// What is to be stored together, and who waits for it.
class Deposit {
 public:
  Deposit() = default;
  virtual ~Deposit() = default;
  Deposit(const Deposit&) = delete;
  Deposit& operator=(const Deposit&) = delete;

  /// It is durable. In the order of `records` and `events`. On the committer's thread; must not block.
  virtual void stored(std::span<const store::Verdict> records, std::span<const store::Verdict> events) = 0;

  /// The store does not take it now. True: keep it and try again; false: who waits has been told.
  virtual bool failed(const std::string& why) = 0;

  /// The collector ends, and the store does not take it.
  virtual void given_up(const std::string& why) = 0;

  std::vector<const v1::Record*> records = {};  ///< they live as long as the deposit
  std::vector<std::string_view> wires = {};     ///< of each of `records`, as Store::put() wants them
  std::vector<scaling::ScalingEvent> events = {};
  std::size_t bytes = 0;  ///< as it came
};

}  // namespace faastax::collector
