// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/metric_family.h>
#include <boost/container/flat_map.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/export/readings.hpp"
#include "agent/export/subject_table.hpp"

namespace faastax::exporting {

/// From the ledger's totals, one snapshot after the other, to what each scraper is shown. Pure; its
/// owner keeps calls apart.
///
/// Series grow by what each total grew since the snapshot before, not by copying it: so a function can
/// move between a place of its own and the overflow, and may leave the ledger and come back, and no
/// counter ever goes back or counts twice.
class SeriesBook {
 public:
  SeriesBook(ExposureRules rules, SeriesLimits limits) : rules_(rules), subjects_(limits) {}

  void book(const ledger::Totals& totals, const Intake& intake, TimePoint now);

  /// All families with at least one series, as this scraper is to see them.
  std::vector<prometheus::MetricFamily> show(std::string_view scraper, TimePoint now);

 private:
  /// Highest readings of one function or component so far.
  struct Source {
    boost::container::flat_map<SeriesKey, double> counters;
    HistogramValue cold_start;
    HistogramValue requests;
    std::uint64_t generation = 0;
    bool overflowed = false;
  };
  using Gauges = std::map<SubjectSeries*, std::map<SeriesKey, double>>;

  void book_node(const ledger::Totals& totals, const Intake& intake, TimePoint now);
  void book_component(const std::string& name, const ledger::CpuByActivity& cpu, TimePoint now);
  void book_function(const ledger::FunctionName& name, const ledger::FunctionTotals& totals, Gauges& gauges,
                     TimePoint now);
  std::vector<Reading> grown(Source& source, const std::vector<Reading>& counters);
  SubjectSeries& place(const SubjectLabels& labels, Source& source);
  void set_gauges(const Gauges& gauges, TimePoint now);
  void forget_gone();

  const ExposureRules rules_;
  SubjectTable subjects_;
  Scrapers scrapers_;
  Names names_;
  Source node_;
  std::map<std::string, Source> components_;
  std::map<ledger::FunctionName, Source> functions_;
  std::uint64_t generation_ = 0;
  std::uint64_t overflowed_functions_ = 0;
  std::uint64_t overflowed_components_ = 0;
};

}  // namespace faastax::exporting
