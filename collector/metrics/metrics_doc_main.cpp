// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "collector/metrics/collector_metrics_doc.hpp"

/// Prints docs/collector-metrics.md.
int main() {
  std::cout << faastax::collector::metrics_document();
  return std::cout.good() ? 0 : 1;
}
