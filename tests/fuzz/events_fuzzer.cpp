// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proto/scaling_event.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/scratch_store.hpp"

/// Scaling events as HTTP brings them. An input is the request's headers, "name: value" a line, an empty
/// line, and its body.
namespace faastax::fuzz {
namespace {

struct Message {
  std::map<std::string, std::string, std::less<>> headers;
  std::string_view body;
};

Message message_of(std::string_view text) {
  Message message;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) break;
    const auto colon = std::min(line.find(": "), line.size());
    message.headers.emplace(line.substr(0, colon), line.substr(std::min(colon + 2, line.size())));
  }
  message.body = text;
  return message;
}

void require_names(const scaling::ScalingEvent& event) {
  require_name(event.source);
  require_name(event.id);
  if (const auto* decision = std::get_if<scaling::Decision>(&event.data)) {
    require_name(decision->policy + decision->subject.function + decision->subject.space + decision->reason);
  } else if (const auto* instance = std::get_if<scaling::Instance>(&event.data)) {
    require_name(instance->instance + instance->node + instance->decision_id + instance->detail);
  }
}

void fuzz(std::string_view text) {
  static ScratchStore store;
  const Message message = message_of(text);
  const auto header = [&](std::string_view name) -> std::optional<std::string> {
    const auto found = message.headers.find(name);
    return found == message.headers.end() ? std::nullopt : std::optional(found->second);
  };
  const auto events = scaling::events_from_http(header, message.body);
  if (!events) return require_line(events.error());
  for (const scaling::ScalingEvent& event : *events) {
    require_names(event);
    const std::string line = scaling::to_json(event);
    require(!has_control(line), "an event is stored as one line", line);
    const auto again = scaling::event_from_json(line);
    require(again && *again == event, "what is stored is read back", line);
  }
  const std::string batch = scaling::to_json(*events);
  require(scaling::events_from_json(batch) == *events, "a batch is read back", batch);
  store.put({}, *events);
}

}  // namespace
}  // namespace faastax::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  faastax::fuzz::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
