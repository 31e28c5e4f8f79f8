// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "collector/store/store.hpp"

namespace faastax::fuzz {

/// A collector's store in a temporary folder (SQLite), from which a report is made now and then. What the
/// collector's checks let in has to go in: a store that refuses it would keep all other agents waiting.
class ScratchStore {
 public:
  ScratchStore();
  ~ScratchStore();
  ScratchStore(const ScratchStore&) = delete;
  ScratchStore& operator=(const ScratchStore&) = delete;

  store::PutResult put(std::span<const v1::Record* const> records,
                       std::span<const scaling::ScalingEvent> events,
                       std::span<const std::string_view> wires = {});

  /// Sums up what is stored, reads all that a report reads, and begins anew.
  void report();

 private:
  void reopen();

  std::filesystem::path folder_;
  std::unique_ptr<store::Store> store_;
  unsigned puts_ = 0;
};

}  // namespace faastax::fuzz
