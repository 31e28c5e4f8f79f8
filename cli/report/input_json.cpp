// SPDX-License-Identifier: Apache-2.0
#include "cli/report/input_json.hpp"

#include <nlohmann/json.hpp>

#include "ledger/json_nesting.hpp"
#include "ledger/report_json.hpp"

namespace faastax::cli::report {
namespace {

using Json = nlohmann::ordered_json;

std::string string_at(const Json& json, const char* key) {
  if (!json.is_object()) return "";
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// All functions of a lab run are of the run's policy.
void add_policy(Document& document, const std::string& policy) {
  constexpr std::string_view kLab = "lab";
  Row row{.name = policy,
          .started = 0,
          .requests = 0,
          .aborted = 0,
          .memory_byte_seconds = ledger::ByteSeconds{}};
  for (const ledger::FunctionReport& of : document.report.functions) {
    if (of.space != kLab) continue;
    for (std::size_t i = 0; i < ledger::kActivities; ++i) row.cpu_seconds[i] += of.cpu_seconds[i];
    row.inferred_seconds += of.inferred_seconds;
    *row.started += of.started;
    *row.requests += of.requests.completed.value_or(0);
    *row.aborted += of.requests.aborted;
    for (std::size_t i = 0; i < ledger::kInstanceStates; ++i)
      (*row.memory_byte_seconds)[i] += of.memory_byte_seconds[i];
  }
  document.policies = {std::move(row)};
}

void add_notes(Document& document, const Json& json) {
  const auto notes = json.find("notes");
  if (notes == json.end() || !notes->is_array()) return;
  for (const Json& note : *notes) {
    if (note.is_string()) document.notes.push_back(note.get<std::string>());
  }
}

}  // namespace

std::expected<Document, std::string> document_from_json(std::string_view text) {
  if (ledger::is_nested_too_deep(text)) return std::unexpected("is nested too deep for a report");
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return std::unexpected("is neither a report nor a recording");
  if (string_at(json, "schema") == "faastax.comparison.v1") {
    return std::unexpected("holds a comparison of several runs; `lab compare --html` draws that");
  }
  const bool of_lab = json.contains("lab") && json.contains("report");
  const Json& found = of_lab ? json["report"] : json;
  auto report = ledger::report_from_json(found.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!report) return std::unexpected(report.error());
  Document document{.report = std::move(*report)};
  if (found.is_object()) add_notes(document, found);
  const std::string policy = of_lab ? string_at(json["lab"], "policy") : "";
  if (!policy.empty()) add_policy(document, policy);
  return document;
}

}  // namespace faastax::cli::report
