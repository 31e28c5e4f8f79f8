// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace faastax::collector {

/// What is in each record of a serialized RecordBatch (its instance or ledger), as it came: parts of `batch`,
/// in the order of the records. Empty: such a part alone is not the record, because it has more than the one
/// field. `batch` has been parsed: what is no RecordBatch gives something of no meaning.
std::vector<std::string_view> wire_parts(std::string_view batch);

}  // namespace faastax::collector
