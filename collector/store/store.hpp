// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace faastax::v1 {
class Record;
}
namespace faastax::scaling {
struct ScalingEvent;
}

/// Where the collector keeps records and events. One schema in SQLite and PostgreSQL.
namespace faastax::store {

enum class Outcome : std::uint8_t {
  kNew,
  kReplaced,  ///< an older snapshot of the same instance
  kRepeated,  ///< stored before, or older than what is stored: nothing changed
  kRefused,   ///< will never be stored
};

struct Verdict {
  Outcome outcome = Outcome::kNew;
  std::string reason;  ///< of a refusal, one line
};

/// What became of each record and event, in the order of the call.
struct PutResult {
  std::vector<Verdict> records;
  std::vector<Verdict> events;
};

/// How long what is kept; 0: for ever.
struct Retention {
  std::uint32_t raw_days = 30;        ///< records and events themselves; older records are refused
  std::uint32_t minutes_days = 2;     ///< sums by minute
  std::uint32_t hours_days = 90;      ///< sums by hour
  std::uint32_t days_days = 2 * 365;  ///< sums by day
  bool operator==(const Retention&) const = default;
};

/// Takes records and events. One thread calls at a time; queries go through a Reader of their own.
class Store {
 public:
  virtual ~Store() = default;

  /// Stores all of it in one transaction, durable on return: it survives kill -9 and a power cut. Idempotent:
  /// of an instance the highest sequence stays, a node ledger is known by (agent, sequence), an event by
  /// (source, id). A record so old that the row which would show it as repeated may be gone (raw_days less an
  /// hour) is refused: counting it could be counting it twice. Null pointers are not allowed. An error
  /// ("unavailable: …": full or read-only disk, lost server) leaves nothing stored, so the same call may be
  /// made again; it reconnects by itself, not more often than its back-off allows (100 ms growing to 10 s),
  /// and fails at once in between. The bigger the call the cheaper a record: hand over all that waits, up to
  /// about 10,000 records.
  ///
  /// `wires`: of each record, what is in it (its instance or ledger) as it came, which spares making it anew;
  /// an empty one, or no span at all, where the caller does not have it. They live as long as the call.
  virtual base::Result<PutResult> put(std::span<const v1::Record* const> records,
                                      std::span<const scaling::ScalingEvent> events,
                                      std::span<const std::string_view> wires) = 0;
  base::Result<PutResult> put(std::span<const v1::Record* const> records,
                              std::span<const scaling::ScalingEvent> events) {
    return put(records, events, {});
  }

  /// Adds what came since to the sums by minute, hour and day, and removes what is older than its retention,
  /// a bounded amount a call. To be called every second or so; `now_ns` is since the Unix epoch. Of several
  /// collectors on one database one does it at a time, for the others it is done. Nothing depends on it
  /// for being right: reports add what is not yet summed up.
  virtual base::Result<void> maintain(std::int64_t now_ns, const Retention& retention) = 0;

  /// Whether the database takes writes now: a small one, reconnecting as put() does.
  virtual base::Result<void> check() = 0;
};

/// `sqlite:PATH` or a plain path (made if there is none), or `postgres://…` (`postgresql://…`). Brings the
/// schema up to date; one that is newer than this program is an error, as is what cannot be reached.
base::Result<std::unique_ptr<Store>> open(const std::string& url);

/// The URL without a password, for people.
std::string without_password(const std::string& url);

}  // namespace faastax::store
