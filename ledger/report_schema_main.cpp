// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "ledger/report_schema.hpp"

/// Prints docs/report.schema.json.
int main() {
  std::cout << faastax::ledger::report_schema();
  return std::cout.good() ? 0 : 1;
}
