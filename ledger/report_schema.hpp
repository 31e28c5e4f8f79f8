// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace faastax::ledger {

/// docs/report.schema.json: JSON Schema of what to_json() writes, and of the fields that `faastax report`
/// adds, with types, units and meanings. A test holds it to the written reports both ways.
std::string report_schema();

}  // namespace faastax::ledger
