// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/report/prometheus/answer.hpp"
#include "cli/report/prometheus/http_get.hpp"

namespace faastax::cli::prometheus {

/// Asks one server. Errors name it.
class Client {
 public:
  explicit Client(Url server) : server_(std::move(server)) {}

  /// The expression at `time`, seconds since the Unix epoch.
  base::Result<std::vector<Sample>> query(const std::string& expression, double time) const;

  /// At `start`, then every `step` seconds up to `end`.
  base::Result<std::vector<Series>> query_range(const std::string& expression, double start, double end,
                                                double step) const;

 private:
  Url server_;
};

/// As it may stand in a query of a URL.
std::string percent_encoded(const std::string& text);

}  // namespace faastax::cli::prometheus
