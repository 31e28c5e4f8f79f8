// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/export/metric_specs.hpp"
#include "agent/export/series.hpp"
#include "ledger/totals.hpp"

/// The ledger's books as numbers by series: what the metrics say, before the rules of exposure.
namespace faastax::exporting {

/// Losses since attach by kind, beside the ledger's own `events` and `records`.
using Losses = std::map<std::string, std::uint64_t>;

/// Records on their way to a collector.
struct Delivery {
  std::uint64_t stored = 0;
  std::uint64_t refused = 0;
  std::uint64_t waiting = 0;
  std::uint64_t spool_bytes = 0;
  bool connected = false;
};

/// What came from the kernel, beside what the ledger made of it.
struct Intake {
  std::uint64_t edges = 0;  ///< taken in since attach
  Losses losses = {};
  Losses lost_before = {};  ///< of these, before this agent began: no growth of the counters
  std::optional<Delivery> delivery = {};
};

/// Numbers for label values that are not enumerated in the ledger: reasons, programs, kinds. Bounded.
class Names {
 public:
  std::uint16_t id_of(std::string_view name);
  std::string_view at(std::uint16_t id) const { return names_[id]; }

 private:
  static constexpr std::size_t kMax = 256;  ///< the one after it stands for all others
  std::vector<std::string> names_;
};

/// A series of one subject. `first` and `second` index the family's dimensions.
struct SeriesKey {
  Family family{};
  std::uint16_t first = 0;
  std::uint16_t second = 0;
  auto operator<=>(const SeriesKey&) const = default;
};

using Reading = std::pair<SeriesKey, double>;

struct Readings {
  std::vector<Reading> counters;
  std::vector<Reading> gauges;
};

/// Everything without a subject, zeros included.
Readings read_node(const ledger::Totals& totals, const Intake& intake, Names& names);
/// Of a component or a function only what is not 0: most combinations of labels never occur.
Readings read_component(const ledger::CpuByActivity& cpu);
Readings read_function(const ledger::FunctionTotals& totals, Names& names);
HistogramValue read_histogram(const ledger::Distribution& distribution, Family family);

/// The value of a label.
std::string_view label_value(Dimension dimension, std::uint16_t index, const Names& names);

}  // namespace faastax::exporting
