// SPDX-License-Identifier: Apache-2.0
#include "ledger/report_schema.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "ledger/report_fields.hpp"
#include "ledger/report_json.hpp"
#include "ledger/types.hpp"

namespace faastax::ledger {
namespace {

using Json = nlohmann::ordered_json;

/// The simple types. `unit` is an annotation of ours, which validators pass over.
Json simple_type(std::string_view name) {
  const auto number = [](const char* unit) { return Json{{"type", "number"}, {"unit", unit}}; };
  if (name == "text") return {{"type", "string"}};
  if (name == "time") return {{"type", "string"}, {"format", "date-time"}, {"unit", "RFC 3339"}};
  if (name == "flag") return {{"type", "boolean"}};
  if (name == "count") return {{"type", "integer"}, {"minimum", 0}};
  if (name == "bytes") return {{"type", "integer"}, {"minimum", 0}, {"unit", "bytes"}};
  if (name == "number" || name == "ratio") return {{"type", "number"}};
  if (name == "seconds") return number("seconds");
  if (name == "nanoseconds") return number("nanoseconds");
  if (name == "byte_seconds_value") return number("byte-seconds");
  if (name == "schema") return {{"const", kReportSchema}};
  if (name == "texts_by_name") return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  if (name == "cpus_by_name") return {{"type", "object"}, {"additionalProperties", number("CPUs")}};
  return nullptr;
}

Json reference(std::string_view name) { return {{"$ref", "#/$defs/" + std::string(name)}}; }

Json or_null(Json type) {
  if (!type.contains("type")) return {{"anyOf", {std::move(type), {{"type", "null"}}}}};
  type["type"] = {type["type"], "null"};
  return type;
}

Json type_of(std::string_view name) {
  if (name.starts_with('[')) return {{"type", "array"}, {"items", type_of(name.substr(1, name.size() - 2))}};
  Json simple = simple_type(name);
  return simple.is_null() ? reference(name) : simple;
}

Json property(const ReportField& field) {
  Json json = type_of(field.type);
  if (field.presence == Presence::kOrNull) json = or_null(std::move(json));
  if (!field.description.empty()) json["description"] = field.description;
  return json;
}

Json object(const ReportObject& of) {
  Json json = {{"type", "object"}};
  if (!of.description.empty()) json["description"] = of.description;
  json["required"] = Json::array();
  for (const ReportField& field : of.fields) {
    if (field.presence != Presence::kOptional) json["required"].push_back(field.name);
    json["properties"][std::string(field.name)] = property(field);
  }
  return json;
}

/// Of the same type under each name; the first `required` are always there.
template <std::size_t N>
Json each(const std::array<std::string_view, N>& names, std::size_t required, const Json& type) {
  Json json = {{"type", "object"}, {"required", Json::array()}};
  for (std::size_t i = 0; i < N; ++i) {
    if (i < required) json["required"].push_back(names[i]);
    json["properties"][std::string(names[i])] = type;
  }
  return json;
}

Json definitions() {
  Json json = Json::object();
  for (const ReportObject& of : report_objects().subspan(1)) json[std::string(of.name)] = object(of);
  json["activities"] = each(kActivityNames, kActivities, reference("activity_cpu"));
  json["cpu_seconds"] = each(kActivityNames, kFunctionActivities, simple_type("seconds"));
  json["cpu_seconds"]["description"] = "By activity; observe and other only when not 0.";
  json["byte_seconds_by_state"] =
      each(kInstanceStateNames, kInstanceStates, simple_type("byte_seconds_value"));
  json["byte_seconds"] = json["byte_seconds_by_state"];
  json["byte_seconds"]["required"].push_back("overhead");
  json["byte_seconds"]["properties"]["overhead"] = simple_type("byte_seconds_value");
  json["activity"] = {{"enum", kActivityNames}};
  json["track"] = {{"enum", kTrackNames}};
  json["apportioning_state"] = {{"enum", kApportioningStateNames}};
  json["dimension"] = {{"enum", {"function", "track", "policy", "node", "component"}}};
  return json;
}

}  // namespace

std::string report_schema() {
  Json json = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", kReportSchema}};
  json.update(object(report_objects().front()));
  json["$defs"] = definitions();
  return json.dump(2) + "\n";
}

}  // namespace faastax::ledger
