// SPDX-License-Identifier: Apache-2.0
#include "controlplane/trace/reader.hpp"

#include <fmt/format.h>

#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <tuple>

#include "controlplane/trace/csv.hpp"

namespace faastax::trace {
namespace {

using Key = std::tuple<std::string, std::string, std::string>;  // owner, app, function
using Fields = std::vector<std::string_view>;
using Failure = std::optional<std::string>;

constexpr std::size_t kFirstMinuteColumn = 4;

// The columns that a file must begin with, by name: a file in another order is refused, not misread.
Failure expect_header(CsvReader& csv, const Fields& header, std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i < header.size() && header[i] == names[i]) continue;
    return csv.error(fmt::format("column {} of the header should be {}", i + 1, names[i])).error();
  }
  return std::nullopt;
}

// Calls `row` for every line under the header; it answers with an error or nothing.
template <typename Row>
Failure each_row(CsvReader& csv, const Row& row) {
  for (;;) {
    const auto fields = csv.next();
    if (!fields) return fields.error();
    if (fields->empty()) return std::nullopt;
    if (Failure failure = row(*fields)) return failure;
  }
}

template <std::size_t N>
std::expected<std::array<double, N>, std::string> rising_numbers(const CsvReader& csv, const Fields& fields,
                                                                 std::size_t first_column) {
  std::array<double, N> values{};
  for (std::size_t i = 0; i < N; ++i) {
    const auto value = csv.number(fields, first_column + i);
    if (!value) return std::unexpected(value.error());
    if (i > 0 && *value < values[i - 1]) {
      return csv.error(
          fmt::format("field {}: this percentile is below the one before it", first_column + i + 1));
    }
    values[i] = *value;
  }
  return values;
}

constexpr std::array<std::string_view, 4> kInvocationsHeader = {"HashOwner", "HashApp", "HashFunction",
                                                                "Trigger"};
constexpr std::array<std::string_view, 14> kDurationsHeader = {"HashOwner",
                                                               "HashApp",
                                                               "HashFunction",
                                                               "Average",
                                                               "Count",
                                                               "Minimum",
                                                               "Maximum",
                                                               "percentile_Average_0",
                                                               "percentile_Average_1",
                                                               "percentile_Average_25",
                                                               "percentile_Average_50",
                                                               "percentile_Average_75",
                                                               "percentile_Average_99",
                                                               "percentile_Average_100"};
constexpr std::array<std::string_view, 13> kMemoryHeader = {"HashFunction",
                                                            "HashOwner",
                                                            "HashApp",
                                                            "SampleCount",
                                                            "AverageAllocatedMb",
                                                            "AverageAllocatedMb_pct1",
                                                            "AverageAllocatedMb_pct5",
                                                            "AverageAllocatedMb_pct25",
                                                            "AverageAllocatedMb_pct50",
                                                            "AverageAllocatedMb_pct75",
                                                            "AverageAllocatedMb_pct95",
                                                            "AverageAllocatedMb_pct99",
                                                            "AverageAllocatedMb_pct100"};

// The percentiles of every function in a durations or memory file.
template <std::size_t N, typename KeyOf>
std::expected<std::map<Key, std::array<double, N>>, std::string> read_percentiles(
    Source source, std::span<const std::string_view> header_names, std::size_t first_column,
    const KeyOf& key_of) {
  CsvReader csv(source.stream, source.name);
  const auto header = csv.next();
  if (!header) return std::unexpected(header.error());
  if (Failure failure = expect_header(csv, *header, header_names)) return std::unexpected(*failure);
  std::map<Key, std::array<double, N>> tables;
  const Failure failure = each_row(csv, [&](const Fields& fields) -> Failure {
    const auto values = rising_numbers<N>(csv, fields, first_column);
    if (!values) return values.error();
    if (!tables.emplace(key_of(fields), *values).second)
      return csv.error("this function has a line already").error();
    return std::nullopt;
  });
  if (failure) return std::unexpected(*failure);
  return tables;
}

std::expected<std::vector<std::uint32_t>, std::string> read_minutes(const CsvReader& csv,
                                                                    const Fields& fields) {
  std::vector<std::uint32_t> minutes;
  minutes.reserve(fields.size() - kFirstMinuteColumn);
  for (std::size_t column = kFirstMinuteColumn; column < fields.size(); ++column) {
    const auto count = csv.number(fields, column);
    if (!count) return std::unexpected(count.error());
    if (*count > std::numeric_limits<std::uint32_t>::max() ||
        *count != static_cast<double>(static_cast<std::uint32_t>(*count))) {
      return csv.error(fmt::format("field {}: \"{}\" is not a count", column + 1, fields[column]));
    }
    minutes.push_back(static_cast<std::uint32_t>(*count));
  }
  return minutes;
}

using Durations = std::map<Key, std::array<double, 7>>;
using Memory = std::map<Key, std::array<double, 8>>;

std::expected<Trace, std::string> join(Source source, const Durations& durations,
                                       const std::string& durations_name, const Memory& memory,
                                       const std::string& memory_name) {
  CsvReader csv(source.stream, source.name);
  const auto header = csv.next();
  if (!header) return std::unexpected(header.error());
  if (Failure failure = expect_header(csv, *header, kInvocationsHeader)) return std::unexpected(*failure);
  Trace trace;
  trace.minutes = header->size() - kFirstMinuteColumn;
  if (trace.minutes == 0) return csv.error("no minute columns");
  std::map<Key, bool> seen;
  const Failure failure = each_row(csv, [&](const Fields& fields) -> Failure {
    FunctionTrace one{
        std::string(fields[0]), std::string(fields[1]), std::string(fields[2]), std::string(fields[3]), {}};
    const Key key{one.owner, one.app, one.function};
    if (!seen.emplace(key, true).second) return csv.error("this function has a line already").error();
    auto minutes = read_minutes(csv, fields);
    if (!minutes) return minutes.error();
    one.invocations = std::move(*minutes);
    const auto duration = durations.find(key);
    if (duration == durations.end())
      return csv.error("this function has no line in " + durations_name).error();
    const auto bytes = memory.find(key);
    if (bytes == memory.end()) return csv.error("this function has no line in " + memory_name).error();
    one.durations_ms.values = duration->second;
    one.memory_mib.values = bytes->second;
    trace.functions.push_back(std::move(one));
    return std::nullopt;
  });
  if (failure) return std::unexpected(*failure);
  if (trace.functions.empty()) return csv.error("no functions");
  return trace;
}

}  // namespace

std::expected<Trace, std::string> read_trace(Source invocations, Source durations, Source memory) {
  const auto owner_first = [](const Fields& f) { return Key{f[0], f[1], f[2]}; };
  const auto function_first = [](const Fields& f) { return Key{f[1], f[2], f[0]}; };
  const auto run_times = read_percentiles<7>(durations, kDurationsHeader, 7, owner_first);
  if (!run_times) return std::unexpected(run_times.error());
  const auto sizes = read_percentiles<8>(memory, kMemoryHeader, 5, function_first);
  if (!sizes) return std::unexpected(sizes.error());
  return join(invocations, *run_times, durations.name, *sizes, memory.name);
}

std::expected<Trace, std::string> load_trace(const std::filesystem::path& folder) {
  const auto path = [&](const char* file) { return (folder / file).string(); };
  std::array<std::string, 3> names = {path("invocations.csv"), path("durations.csv"), path("memory.csv")};
  std::array<std::ifstream, 3> files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].open(names[i]);
    if (!files[i]) return std::unexpected(names[i] + ": cannot be read");
  }
  return read_trace({files[0], names[0]}, {files[1], names[1]}, {files[2], names[2]});
}

}  // namespace faastax::trace
