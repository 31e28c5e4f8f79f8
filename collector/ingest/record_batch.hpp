// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/arena.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "collector/ingest/deposit.hpp"
#include "collector/ingest/record_check.hpp"
#include "proto/collector.pb.h"

namespace faastax::collector {

inline constexpr int kMaxRecords = 100;

/// A batch on its way into the store: its records that can be what they say, and what is answered.
class RecordBatch final : public Deposit {
 public:
  /// Is called once: with the acknowledgement, or nullptr when the collector ends before it was stored.
  using Acknowledge = std::function<void(const v1::BatchAcknowledged*)>;

  /// `bytes`: as it came.
  RecordBatch(std::size_t bytes, Acknowledge acknowledge);

  /// Takes the bytes that came; false: they are no RecordBatch.
  bool parse(std::string wire);

  /// To be parsed or filled, then checked.
  v1::RecordBatch& message() { return *message_; }

  /// Chooses the records to store. The error is why the whole batch is refused.
  base::Result<void> check(std::int64_t now_ns);

  const std::array<std::uint32_t, kRefusals>& refusals() const { return refusals_; }

  /// Empty: none was refused.
  std::string_view first_refusal() const;

  void stored(std::span<const store::Verdict> records, std::span<const store::Verdict> events) override;
  bool failed(const std::string&) override { return true; }
  void given_up(const std::string&) override { acknowledge_(nullptr); }

 private:
  void refuse(std::size_t index, std::string reason);

  std::string wire_;
  google::protobuf::Arena arena_;
  v1::RecordBatch* message_;
  v1::BatchAcknowledged answer_;
  std::vector<std::uint32_t> places_;  ///< in the message, of each of `records`
  std::array<std::uint32_t, kRefusals> refusals_{};
  Acknowledge acknowledge_;
};

}  // namespace faastax::collector
