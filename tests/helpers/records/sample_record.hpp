// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace faastax::test {

/// Bytes of a full-size InstanceRecord in which what differs from record to record is changed in place:
/// making one costs little more than copying it.
class SampleRecord {
 public:
  /// `boot` is 8 hex digits; node and boot are the agent's. Times are those of now.
  SampleRecord(const std::string& node, const std::string& boot);

  /// One record of a batch: an instance of this number, at most 16 hex digits long.
  void append_to(std::string& batch, std::uint64_t number);

  std::size_t size() const { return wire_.size(); }
  std::string uid(std::uint64_t number) const;

 private:
  std::string boot_;
  std::string wire_;                 ///< as a field of a RecordBatch
  std::vector<std::size_t> places_;  ///< of the number's 16 digits
};

/// The head of a batch, to which records are appended.
std::string batch_head(std::uint64_t number);

}  // namespace faastax::test
