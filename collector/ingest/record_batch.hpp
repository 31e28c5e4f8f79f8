// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "collector/ingest/batch_space.hpp"
#include "collector/ingest/deposit.hpp"
#include "collector/ingest/record_check.hpp"
#include "proto/collector.pb.h"

namespace faastax::collector {

/// A batch on its way into the store: its records that can be what they say, and what is answered.
class RecordBatch final : public Deposit {
 public:
  /// Is called once: with the acknowledgement, or nullptr when the collector ends before it was stored.
  using Acknowledge = std::function<void(const v1::BatchAcknowledged*)>;

  /// `bytes`: as it came.
  RecordBatch(std::size_t bytes, BatchPool::Space space, Acknowledge acknowledge);

  /// False: this is no RecordBatch.
  bool parse(google::protobuf::io::ZeroCopyInputStream& in) { return space_->parse(in); }

  std::uint64_t number() const { return space_->raw().number(); }
  const std::string& agent_version() const { return space_->raw().agent_version(); }
  std::size_t size() const { return static_cast<std::size_t>(space_->raw().records_size()); }

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

  BatchPool::Space space_;
  v1::BatchAcknowledged answer_;
  std::vector<std::uint32_t> places_;  ///< in the message, of each of `records`
  std::array<std::uint32_t, kRefusals> refusals_{};
  Acknowledge acknowledge_;
};

}  // namespace faastax::collector
