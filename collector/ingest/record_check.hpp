// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace faastax::v1 {
class Record;
}

/// Whether a record can be what it says. Pure.
namespace faastax::collector {

/// Why a record was refused, as a metric's label has it.
enum class Refusal : std::uint8_t {
  kUnknownKind,  ///< of an agent that knows more than this collector
  kText,         ///< a name is missing, too long or has control characters
  kFuture,       ///< later than this machine's clock by more than kAhead
  kClock,        ///< ends before it begins
  kNumber,       ///< more than can be, or no number
  kStore,        ///< the store would not have it
};
inline constexpr std::size_t kRefusals = 6;
std::string_view name_of(Refusal refusal);

/// How far clocks may be apart.
inline constexpr std::chrono::minutes kAhead{5};
inline constexpr std::size_t kMaxName = 1024;
/// Of what sums are kept by. Namespace, function and policy are one entry of an index together, of which
/// PostgreSQL takes 2,704 bytes; the policy may come from a scaling event (scaling::kMaxText).
inline constexpr std::size_t kMaxKey = 512;
/// Nanoseconds, counts, bytes: 31 years of one CPU. Sums of them have to fit into 64 bits.
inline constexpr std::uint64_t kMaxAmount = 1'000'000'000'000'000'000;

struct Refused {
  Refusal refusal;
  std::string reason;  ///< one line that names the field
};

/// Absent: nothing is wrong with it. `now_ns` is since the Unix epoch.
std::optional<Refused> check_record(const v1::Record& record, std::int64_t now_ns);

/// Not too long for a name, and without control characters.
bool is_text(std::string_view text);

/// What names one boot of a node, from an instance's uid or a ledger's agent.
std::string_view boot_of(std::string_view uid);

/// Whether the first version ("1.2.3") is later than the second. What is no number counts as 0.
bool is_newer(std::string_view version, std::string_view than);

}  // namespace faastax::collector
