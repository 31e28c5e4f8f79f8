// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "agent/export/metrics_doc.hpp"

/// Prints docs/metrics.md.
int main() {
  std::cout << faastax::exporting::metrics_document();
  return std::cout.good() ? 0 : 1;
}
