// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "collector/store/totals.hpp"
#include "ledger/types.hpp"

namespace faastax::v1 {
class InstanceRecord;
}
namespace faastax::scaling {
struct ScalingEvent;
}

/// What a store can be asked.
namespace faastax::store {

/// From `start_ns` up to, not including, `end_ns`, since the Unix epoch.
struct Window {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  bool operator==(const Window&) const = default;
};

enum class Dimension : std::uint8_t { kFunction, kTrack, kPolicy, kNode };

/// The values of the dimension that was asked for; the others are empty. By function: namespace, function and
/// track, as in the report.
struct Key {
  std::string space = {};  ///< namespace
  std::string function = {};
  ledger::Track track = ledger::Track::kUnknown;
  std::string policy = {};  ///< empty: no scaling event told it
  std::string node = {};
  auto operator<=>(const Key&) const = default;
};

struct InstanceGroup {
  Key key;
  InstanceTotals totals;
};

struct NodeGroup {
  std::string node;
  LedgerTotals totals;  ///< its components are one owner with an empty name
};

/// A slice of a time series.
struct LedgerPoint {
  Window window;
  LedgerTotals totals;  ///< over all nodes
};

/// Reads a store, from any one thread. Each call sees one state of the database.
class Reader {
 public:
  virtual ~Reader() = default;

  /// Sums are kept by minute, later by hour, then by day: the asked window with its ends moved outwards to
  /// what can be told apart, and to full hours from half a day on, full days from two weeks on. Queries widen
  /// theirs in the same way.
  virtual base::Result<Window> resolved(const Window& asked) = 0;

  /// Totals of the instances, in the order of the keys.
  virtual base::Result<std::vector<InstanceGroup>> instances_by(Dimension dimension,
                                                                const Window& window) = 0;

  /// Over all nodes, by component.
  virtual base::Result<LedgerTotals> ledger(const Window& window) = 0;

  /// By node, in the order of the names.
  virtual base::Result<std::vector<NodeGroup>> ledger_by_node(const Window& window) = 0;

  /// Over all nodes, in at most `most_points` slices of equal length, none left out.
  virtual base::Result<std::vector<LedgerPoint>> ledger_series(const Window& window,
                                                               std::size_t most_points) = 0;

  /// Events of the window that are still kept, in the order of their time.
  virtual base::Result<std::vector<scaling::ScalingEvent>> events(const Window& window) = 0;

  /// The latest snapshots that are still kept of the instances with these sandbox ids, whose latest snapshot
  /// was taken in the window or later.
  virtual base::Result<std::vector<v1::InstanceRecord>> instances(const Window& window,
                                                                  const std::set<std::string>& sandboxes) = 0;
};

/// Opens what Store made, with the same URLs; it neither makes nor changes anything. An error says what is
/// wrong: no such store, a schema of another version.
base::Result<std::unique_ptr<Reader>> open_reader(const std::string& url);

}  // namespace faastax::store
