// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace faastax::collector {

/// What is in a record.
struct WirePart {
  int field = 0;  ///< of v1::Record: its instance or ledger; 0: neither, or more than the one field
  std::string_view bytes =
      {};  ///< of the instance or ledger as it came; empty: they alone are not the record
};

/// Of a serialized v1::Record; the part lies in it. What is no record gives 0 or something of no meaning.
WirePart wire_part(std::string_view record);

}  // namespace faastax::collector
