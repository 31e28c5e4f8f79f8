// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/report.hpp"
#include "ledger/types.hpp"
#include "proto/rfc3339.hpp"

namespace faastax::v1 {
class InstanceRecord;
}

namespace faastax::join {

/// An instance as a profiler saw it.
struct Observed {
  std::string uid;
  std::string sandbox;
  std::string node;   ///< empty: not known
  std::string space;  ///< namespace
  std::string function;
  ledger::Track track = ledger::Track::kUnknown;
  std::optional<scaling::UnixTime> created;               ///< absent: not known
  bool live_at_start = false;                             ///< it was there before the profiler
  std::array<double, ledger::kActivities> cpu_seconds{};  ///< own, and of components on its behalf
  ledger::ByteSeconds memory_byte_seconds{};
  std::optional<std::uint64_t> requests;  ///< completed; absent where they cannot be seen
  bool counts_requests = true;            ///< a job or a start that failed serves none by its nature
};

/// Of a report that lists its instances.
std::vector<Observed> observed_of(std::span<const ledger::InstanceReport> instances);

/// Of one record: the latest of its uid. In the library faastax_join_records.
Observed observed_of(const v1::InstanceRecord& record);

}  // namespace faastax::join
