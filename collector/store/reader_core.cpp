// SPDX-License-Identifier: Apache-2.0
#include "collector/store/reader_core.hpp"

#include <algorithm>
#include <unordered_set>

#include "collector/store/keys.hpp"
#include "collector/store/sum_reader.hpp"
#include "proto/records.pb.h"
#include "proto/scaling_event.hpp"

namespace faastax::store {
namespace {

/// One state of the database from begin to end.
class Snapshot {
 public:
  explicit Snapshot(ReadBackend& backend) : backend_(backend) { backend_.begin(); }
  ~Snapshot() { backend_.end(); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  ReadBackend& backend_;
};

/// `work` in one snapshot, with the window widened.
template <typename Work>
auto asked(ReadBackend& backend, const Window& window, const Work& work)
    -> base::Result<decltype(work(window))> {
  try {
    const Snapshot snapshot(backend);
    return work(widened(window, backend.horizon()));
  } catch (const std::exception& error) {
    return base::failure(error.what());
  }
}

Key by_dimension(const Key& key, Dimension dimension) {
  switch (dimension) {
    case Dimension::kFunction:
      return {.space = key.space, .function = key.function, .track = key.track, .policy = {}, .node = {}};
    case Dimension::kTrack:
      return {.track = key.track};
    case Dimension::kPolicy:
      return {.policy = key.policy};
    case Dimension::kNode:
      return {.node = key.node};
  }
  return {};
}

/// Lengths of slices that a chart may have, each made of whole spans of a resolution.
constexpr std::array kSliceSeconds = {60,         120,        300,        600,         1800,        3600,
                                      2 * 3600,   6 * 3600,   12 * 3600,  86400,       2 * 86400,   7 * 86400,
                                      14 * 86400, 30 * 86400, 90 * 86400, 365 * 86400, 3650 * 86400};

struct Slicing {
  std::int64_t from_s = 0;
  std::int64_t length_s = 0;
  std::size_t count = 0;
  Resolution resolution = Resolution::kMinute;
};

Resolution coarsest_within(std::int64_t length_s) {
  if (length_s % static_cast<std::int64_t>(Resolution::kDay) == 0) return Resolution::kDay;
  return length_s % static_cast<std::int64_t>(Resolution::kHour) == 0 ? Resolution::kHour
                                                                      : Resolution::kMinute;
}

/// The shortest slices that are few enough and of rows that are still kept.
Slicing slicing_of(const Window& window, const Horizon& horizon, std::size_t most_points) {
  const std::int64_t from = seconds_of(window.start_ns);
  const std::int64_t to = seconds_of(window.end_ns);
  Slicing result;
  for (const std::int64_t length : kSliceSeconds) {
    const Resolution resolution = coarsest_within(length);
    const std::int64_t start = span_of(from, resolution);
    result = {start, length, static_cast<std::size_t>((to - start + length - 1) / length), resolution};
    const bool kept = resolution == Resolution::kDay ||
                      start >= (resolution == Resolution::kHour ? horizon.hours_from : horizon.minutes_from);
    if (kept && result.count <= std::max<std::size_t>(1, most_points)) break;
  }
  return result;
}

std::vector<LedgerPoint> empty_slices(const Slicing& slicing) {
  std::vector<LedgerPoint> points(slicing.count);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::int64_t start = slicing.from_s + static_cast<std::int64_t>(i) * slicing.length_s;
    points[i].window = {start * kNsOfASecond, (start + slicing.length_s) * kNsOfASecond};
  }
  return points;
}

}  // namespace

base::Result<Window> ReaderCore::resolved(const Window& window) {
  return asked(*backend_, window, [](const Window& wide) { return wide; });
}

base::Result<std::vector<InstanceGroup>> ReaderCore::instances_by(Dimension dimension, const Window& window) {
  return asked(*backend_, window, [&](const Window& wide) {
    const Cube cube = dimension == Dimension::kNode ? Cube::kNode : Cube::kFunction;
    const auto group_of = [&](const Key& key) { return by_dimension(key, dimension); };
    std::vector<InstanceGroup> result;
    for (auto& [key, totals] : instance_sums(*backend_, cube, wide, group_of))
      result.push_back({key, std::move(totals)});
    return result;
  });
}

base::Result<LedgerTotals> ReaderCore::ledger(const Window& window) {
  return asked(*backend_, window, [&](const Window& wide) {
    LedgerTotals result;
    for (const auto& [key, totals] : ledger_sums(*backend_, Cube::kFleetLedger, wide)) result.add(totals);
    return result;
  });
}

base::Result<std::vector<NodeGroup>> ReaderCore::ledger_by_node(const Window& window) {
  return asked(*backend_, window, [&](const Window& wide) {
    std::vector<NodeGroup> result;
    for (auto& [key, totals] : ledger_sums(*backend_, Cube::kNodeLedger, wide))
      result.push_back({key.node, totals});
    return result;
  });
}

base::Result<std::vector<LedgerPoint>> ReaderCore::ledger_series(const Window& window,
                                                                 std::size_t most_points) {
  return asked(*backend_, window, [&](const Window& wide) {
    const Slicing slicing = slicing_of(wide, backend_->horizon(), most_points);
    std::vector<LedgerPoint> points = empty_slices(slicing);
    if (points.empty()) return points;
    const Window all = {points.front().window.start_ns, points.back().window.end_ns};
    ledger_slices(
        *backend_, all, slicing.resolution,
        [&](std::int64_t start) {
          return static_cast<std::size_t>((start - slicing.from_s) / slicing.length_s);
        },
        points);
    return points;
  });
}

base::Result<std::vector<scaling::ScalingEvent>> ReaderCore::events(const Window& window) {
  return asked(*backend_, window, [&](const Window&) {
    std::vector<scaling::ScalingEvent> result;
    backend_->each_event(window, [&](std::string_view json) {
      base::Result<scaling::ScalingEvent> event = scaling::event_from_json(json);
      if (!event) throw DatabaseError("a scaling event in the store cannot be read: " + event.error());
      result.push_back(std::move(*event));
    });
    return result;
  });
}

base::Result<std::vector<v1::InstanceRecord>> ReaderCore::instances(const Window& window,
                                                                    const std::set<std::string>& sandboxes) {
  return asked(*backend_, window, [&](const Window&) {
    std::unordered_set<std::int64_t> hashes;
    for (const std::string& sandbox : sandboxes) hashes.insert(hash_of(sandbox));
    std::vector<std::int64_t> ids;
    if (!hashes.empty()) {
      backend_->each_sandbox(window.start_ns, [&](std::int64_t id, std::int64_t sandbox) {
        if (hashes.contains(sandbox)) ids.push_back(id);
      });
    }
    std::vector<v1::InstanceRecord> result;
    backend_->each_instance(ids, [&](std::string_view text) {
      v1::InstanceRecord record;
      if (!record.ParseFromArray(text.data(), static_cast<int>(text.size()))) {
        throw DatabaseError("an instance record in the store cannot be read: it is damaged");
      }
      if (sandboxes.contains(record.sandbox())) result.push_back(std::move(record));
    });
    return result;
  });
}

}  // namespace faastax::store
