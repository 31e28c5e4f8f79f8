// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/booking.hpp"
#include "collector/store/cube.hpp"

/// What the store needs of a database, so that all else is written once. Failures are exceptions: both
/// databases' libraries throw; Store and Reader turn them into results.
namespace faastax::store {

/// What went wrong with a database, in one line for people.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct InstanceRow {
  std::string uid;  ///< pack_uid()
  std::int64_t sequence = 0;
  std::int64_t at_ns = 0;        ///< time_of()
  std::int64_t sandbox = 0;      ///< hash_of() its id
  std::string_view record = {};  ///< its owner's
};

/// One that was read.
struct StoredInstance {
  InstanceRow row;  ///< without the record
  std::string record;
};

struct LedgerRow {
  std::string agent;
  std::int64_t sequence = 0;
  std::int64_t at_ns = 0;  ///< the period's end
  std::string record;
};

struct EventRow {
  std::string source;
  std::string id;
  std::int64_t at_ns = 0;
  std::string json;
};

/// A row that was there before the one that was to be inserted.
struct Conflict {
  std::size_t row = 0;  ///< in the call
  std::int64_t sequence = 0;
  std::string record;
};

struct JournalRow {
  std::int64_t id = 0;
  std::string delta;
};

struct SumRow {
  Resolution resolution = Resolution::kMinute;
  Cell cell;
  std::string totals;
};

/// A decision, and of which policy it was.
struct DecisionRow {
  std::string source;
  std::string id;
  std::int64_t at_ns = 0;
  std::string policy;
};

/// A sandbox, and the decision that wanted it.
struct PlacementRow {
  std::string sandbox;
  std::string source;
  std::string decision_id;
  std::int64_t at_ns = 0;
};

/// A sandbox whose record may have come before its placement.
struct Unlooked {
  std::string sandbox;
  std::string policy;
  std::int64_t at_ns = 0;
};

enum class RawTable : std::uint8_t { kInstance, kNodeLedger, kScalingEvent, kDecision, kPlacement };
inline constexpr std::array kRawTables = {RawTable::kInstance, RawTable::kNodeLedger, RawTable::kScalingEvent,
                                          RawTable::kDecision, RawTable::kPlacement};

/// Under which names the table of settings has the horizon.
struct HorizonSetting {
  const char* name;
  std::int64_t Horizon::* value;
};
inline constexpr std::array kHorizonSettings = {HorizonSetting{"minutes_from", &Horizon::minutes_from},
                                                HorizonSetting{"hours_from", &Horizon::hours_from},
                                                HorizonSetting{"days_from", &Horizon::days_from},
                                                HorizonSetting{"records_from", &Horizon::records_from}};

class Backend {
 public:
  virtual ~Backend() = default;

  virtual void begin() = 0;
  virtual void commit() = 0;
  /// Never fails: a broken connection has rolled back by itself.
  virtual void rollback() noexcept = 0;

  /// Inserts the rows whose uid is new, and returns the others with what is stored, locked until the end of
  /// the transaction. Rows are ordered by uid, each once.
  virtual std::vector<Conflict> insert_instances(const std::vector<InstanceRow>& rows) = 0;
  virtual void replace_instances(const std::vector<const InstanceRow*>& rows) = 0;
  /// Which rows were new; ordered by key, each once.
  virtual std::vector<bool> insert_ledgers(const std::vector<LedgerRow>& rows) = 0;
  virtual std::vector<bool> insert_events(const std::vector<EventRow>& rows) = 0;
  virtual void append_journal(const std::string& delta) = 0;

  /// Rows that are not known yet; ordered by key, each once.
  virtual void insert_decisions(const std::vector<DecisionRow>& rows) = 0;
  virtual void insert_placements(const std::vector<PlacementRow>& rows) = 0;
  /// By sandbox, of those whose policy is known.
  virtual std::map<std::string, std::string> policies_of(const std::vector<std::string_view>& sandboxes) = 0;
  /// Placements that were never looked at, and those looked at once from before this time, whose policy is
  /// known.
  virtual std::vector<Unlooked> unlooked(std::int64_t again_before_ns, std::size_t most) = 0;
  virtual void set_looked(const std::vector<Unlooked>& rows, std::int64_t again_before_ns) = 0;
  /// Instances whose latest snapshot is not older, by the hashes of their sandboxes; locked.
  virtual std::vector<StoredInstance> instances_of(const std::set<std::int64_t>& sandboxes,
                                                   std::int64_t from_ns) = 0;

  /// Until the end of the transaction; false: another collector has it.
  virtual bool lock_maintenance() = 0;
  /// The first rows, up to about `most_bytes`, at least one if there is one.
  virtual std::vector<JournalRow> read_journal(std::size_t most_bytes) = 0;
  virtual void remove_journal(const std::vector<JournalRow>& rows) = 0;
  /// Fills in the totals of those that are there; empty: it is not.
  virtual void read_sums(std::vector<SumRow>& rows) = 0;
  virtual void write_sums(const std::vector<SumRow>& rows) = 0;

  virtual Horizon horizon() = 0;
  virtual void set_horizon(const Horizon& horizon) = 0;
  /// At most `most` rows that are older; how many it were.
  virtual std::size_t remove_raw(RawTable table, std::int64_t before_ns, std::size_t most) = 0;
  virtual std::size_t remove_sums(Resolution resolution, std::int64_t before_s, std::size_t most) = 0;

  /// A write of no meaning.
  virtual void touch() = 0;
};

/// Reading, in one state of the database from begin() to end().
class ReadBackend {
 public:
  virtual ~ReadBackend() = default;

  virtual void begin() = 0;
  virtual void end() noexcept = 0;

  using OnSum = std::function<void(std::int64_t start_s, std::string_view key, std::string_view totals)>;
  using OnText = std::function<void(std::string_view)>;
  using OnSandbox = std::function<void(std::int64_t id, std::int64_t sandbox)>;

  virtual Horizon horizon() = 0;
  virtual void each_sum(Cube cube, const Segment& segment, const OnSum& visit) = 0;
  virtual void each_journal_row(const OnText& visit) = 0;
  /// Start of the last minute that there are sums of; 0: none.
  virtual std::int64_t last_minute() = 0;
  virtual void each_event(const Window& window, const OnText& visit) = 0;
  /// Of the instances whose latest snapshot is not older.
  virtual void each_sandbox(std::int64_t from_ns, const OnSandbox& visit) = 0;
  virtual void each_instance(const std::vector<std::int64_t>& ids, const OnText& visit) = 0;
};

/// Opens a connection and brings the schema up to date.
using Connect = std::function<std::unique_ptr<Backend>()>;

}  // namespace faastax::store
