// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

/// What the HTTP API of Prometheus (and of what speaks it: Thanos, Mimir, VictoriaMetrics) answers.
namespace faastax::cli::prometheus {

struct Sample {
  std::map<std::string, std::string> labels;
  double value = 0;

  /// The label's value; empty where it has none, which for Prometheus is the same.
  const std::string& label(const std::string& name) const;
};

struct Series {
  std::map<std::string, std::string> labels;
  std::vector<std::pair<double, double>> points;  ///< seconds since the Unix epoch, value
};

/// The result of an instant query. Samples that are not finite numbers are left out. The error is one line:
/// the server's own where it sent one.
base::Result<std::vector<Sample>> parse_vector(unsigned status, std::string_view body);

/// The result of a range query.
base::Result<std::vector<Series>> parse_matrix(unsigned status, std::string_view body);

}  // namespace faastax::cli::prometheus
