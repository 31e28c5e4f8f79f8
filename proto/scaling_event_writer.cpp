// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "proto/scaling_event.hpp"
#include "proto/scaling_event_names.hpp"

namespace faastax::scaling {
namespace {

using Ordered = nlohmann::ordered_json;

void add(Ordered& data, const Subject& subject) {
  data["namespace"] = subject.space;
  data["function"] = subject.function;
  data["track"] = ledger::name_of(subject.track);
}

Ordered data_of(const Decision& decision) {
  Ordered data = {{"decision_id", decision.decision_id}};
  add(data, decision.subject);
  data["policy"] = decision.policy;
  data["from"] = decision.from;
  data["to"] = decision.to;
  data["reason"] = decision.reason;
  return data;
}

Ordered data_of(const Instance& instance) {
  Ordered data = Ordered::object();
  if (!instance.decision_id.empty()) data["decision_id"] = instance.decision_id;
  data["instance"] = instance.instance;
  if (!instance.node.empty()) data["node"] = instance.node;
  add(data, instance.subject);
  data["state"] = name_of(instance.state);
  data["reason"] = name_of(instance.reason);
  if (instance.placement_ms) data["placement_ms"] = *instance.placement_ms;
  if (!instance.stopped_by.empty()) data["stopped_by"] = instance.stopped_by;
  if (!instance.detail.empty()) data["detail"] = instance.detail;
  return data;
}

Ordered data_of(const Request& request) {
  Ordered data = Ordered::object();
  add(data, request.subject);
  data["instance"] = request.instance;
  data["queued_ms"] = request.queued_ms;
  data["excessive"] = request.excessive;
  return data;
}

Ordered json_of(const ScalingEvent& event) {
  return {{"specversion", kSpecVersion},
          {"type", type_of(event)},
          {"source", event.source},
          {"id", event.id},
          {"time", to_rfc3339(event.time)},
          {"datacontenttype", kDataMediaType},
          {"data", std::visit([](const auto& data) { return data_of(data); }, event.data)}};
}

std::string in_one_line(const Ordered& json) {
  return json.dump(-1, ' ', false, Ordered::error_handler_t::replace);
}

}  // namespace

std::string_view name_of(State state) { return kStates[ledger::index_of(state)]; }
std::string_view name_of(Reason reason) { return kReasons[ledger::index_of(reason)]; }
std::string_view type_of(const ScalingEvent& event) { return kTypes[event.data.index()]; }

std::string to_json(const ScalingEvent& event) { return in_one_line(json_of(event)); }

std::string to_json(std::span<const ScalingEvent> events) {
  Ordered batch = Ordered::array();
  for (const ScalingEvent& event : events) batch.push_back(json_of(event));
  return in_one_line(batch);
}

}  // namespace faastax::scaling
