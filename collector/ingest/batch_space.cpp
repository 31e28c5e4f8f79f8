// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/batch_space.hpp"

#include <utility>

#include "collector/ingest/wire_parts.hpp"

namespace faastax::collector {
namespace {

// A usual batch is stored with about a hundred others, and takes three quarters of a megabyte. What an
// unusual one has grown goes back to the system.
constexpr std::size_t kMostIdle = 128;
constexpr std::size_t kMostBytes = 2 << 20;

}  // namespace

bool BatchSpace::parse(google::protobuf::io::ZeroCopyInputStream& in) {
  used_ = 0;
  others_.clear();
  records_.clear();
  wires_.clear();
  if (!raw_.ParseFromZeroCopyStream(&in)) return false;
  if (raw_.records_size() > kMaxRecords) return true;
  for (const std::string& bytes : raw_.records()) {
    if (!parse_record(bytes)) return false;
  }
  return true;
}

bool BatchSpace::parse_record(std::string_view bytes) {
  const WirePart part = wire_part(bytes);
  wires_.push_back(part.bytes);
  if (part.field == v1::Record::kInstanceFieldNumber) {
    v1::Record& record = next_instance();
    records_.push_back(&record);
    return record.mutable_instance()->ParseFromArray(part.bytes.data(), static_cast<int>(part.bytes.size()));
  }
  // Few are no instance. A record that changes its kind would leave the former one in the arena.
  others_.push_back(std::make_unique<v1::Record>());
  records_.push_back(others_.back().get());
  return others_.back()->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

v1::Record& BatchSpace::next_instance() {
  if (used_ == instances_.size())
    instances_.push_back(google::protobuf::Arena::CreateMessage<v1::Record>(&arena_));
  return *instances_[used_++];
}

std::size_t BatchSpace::bytes() const { return raw_.SpaceUsedLong() + arena_.SpaceAllocated(); }

BatchPool::Space BatchPool::take() {
  const GiveBack give_back{shared_from_this()};
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Space space(idle_.back().release(), give_back);
      idle_.pop_back();
      return space;
    }
  }
  return {new BatchSpace, give_back};
}

std::size_t BatchPool::idle() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

void BatchPool::give_back(std::unique_ptr<BatchSpace> space) {
  if (space->bytes() > kMostBytes) return;
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMostIdle) idle_.push_back(std::move(space));
}

}  // namespace faastax::collector
