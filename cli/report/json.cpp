// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/report/formats.hpp"
#include "ledger/report_json.hpp"

namespace faastax::cli::report {
namespace {

using Json = nlohmann::ordered_json;

double nanoseconds_kept(double seconds) { return std::round(seconds * 1e9) / 1e9 + 0.0; }

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json row_of(const Division& division, const Row& row) {
  Json json = Json::object();
  if (division.by == Dimension::kFunction) json["namespace"] = row.space;
  json["name"] = row.name;
  json["rest"] = row.rest;
  for (std::size_t i = 0; i < ledger::kActivities; ++i)
    json["cpu_seconds"][std::string(ledger::kActivityNames[i])] = nanoseconds_kept(row.cpu_seconds[i]);
  json["inferred_seconds"] = nanoseconds_kept(row.inferred_seconds);
  json["started"] = or_null(row.started);
  json["requests"] = or_null(row.requests);
  json["aborted"] = or_null(row.aborted);
  json["memory_byte_seconds"] = nullptr;
  for (std::size_t i = 0; row.memory_byte_seconds && i < ledger::kInstanceStates; ++i) {
    json["memory_byte_seconds"][std::string(ledger::kInstanceStateNames[i])] = (*row.memory_byte_seconds)[i];
  }
  json["churn_ratio"] = or_null(churn_ratio(row));
  return json;
}

}  // namespace

std::string to_json(const Document& document, const std::optional<Division>& division) {
  Json json = Json::parse(ledger::to_json(document.report));
  if (division) {
    Json rows = Json::array();
    for (const Row& row : division->rows) rows.push_back(row_of(*division, row));
    json["by"] = {{"dimension", name_of(division->by)}, {"rows", std::move(rows)}};
  }
  if (!document.notes.empty()) json["notes"] = document.notes;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace faastax::cli::report
