// SPDX-License-Identifier: Apache-2.0
#include "collector/ingest/streams.hpp"

#include "collector/ingest/record_stream.hpp"

namespace faastax::collector {

bool Streams::add(RecordStream& stream) {
  const std::lock_guard lock(mutex_);
  if (finishing_ || open_.size() >= most_) return false;
  open_.insert(&stream);
  return true;
}

void Streams::remove(RecordStream& stream) {
  const std::lock_guard lock(mutex_);
  open_.erase(&stream);
  if (open_.empty()) gone_.notify_all();
}

std::size_t Streams::count() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

void Streams::finish(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  finishing_ = true;
  for (RecordStream* stream : open_) stream->finish();
  gone_.wait_for(lock, patience, [this] { return open_.empty(); });
}

}  // namespace faastax::collector
