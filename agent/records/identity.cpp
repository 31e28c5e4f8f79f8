// SPDX-License-Identifier: Apache-2.0
#include "agent/records/identity.hpp"

#include <fmt/format.h>

namespace faastax::records {

std::string Identity::agent() const { return fmt::format("{}-{:016x}", boot, born); }

std::string Identity::uid(std::uint64_t number) const {
  return fmt::format("{}-{:016x}", boot, born + number);
}

}  // namespace faastax::records
