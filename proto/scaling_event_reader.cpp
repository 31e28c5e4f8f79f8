// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/base/printable.hpp"
#include "proto/scaling_event_json.hpp"
#include "proto/scaling_event_names.hpp"

namespace faastax::scaling {
namespace {

using Json = nlohmann::json;

/// What is wrong, on its way out of the reader.
struct Mistake {
  std::string what;
};

enum class Empty { kAllowed, kRefused };

/// The members of one object. What is asked for and is wrong ends the reading (Mistake).
class Members {
 public:
  Members(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object_.is_object())
      throw Mistake{(path_.empty() ? "the event" : path_.substr(0, path_.size() - 1)) + ": is no object"};
  }

  bool has(const char* name) const {
    const auto found = object_.find(name);
    return found != object_.end() && !found->is_null();
  }
  const Json& at(const char* name) const {
    if (!has(name)) wrong(name, "is missing");
    return object_[name];
  }
  std::string text(const char* name, Empty empty = Empty::kRefused) const {
    const Json& value = at(name);
    if (!value.is_string()) wrong(name, "is no string");
    auto text = value.get<std::string>();
    if (text.empty() && empty == Empty::kRefused) wrong(name, "is empty");
    if (text.size() > kMaxText) wrong(name, fmt::format("is longer than {} bytes", kMaxText));
    if (base::has_control(text)) wrong(name, "has control characters");
    return text;
  }
  std::string optional_text(const char* name) const { return has(name) ? text(name, Empty::kAllowed) : ""; }
  std::uint64_t count(const char* name) const {
    const Json& value = at(name);
    if (!value.is_number_unsigned()) wrong(name, "is no whole number from 0 on");
    const auto number = value.get<std::uint64_t>();
    if (number > kMostInstances) wrong(name, fmt::format("is more than {}", kMostInstances));
    return number;
  }
  double milliseconds(const char* name) const {
    const Json& value = at(name);
    if (!value.is_number()) wrong(name, "is no number");
    const auto number = value.get<double>();
    if (!std::isfinite(number) || number < 0) wrong(name, "is negative");
    return number;
  }
  bool boolean(const char* name) const {
    const Json& value = at(name);
    if (!value.is_boolean()) wrong(name, "is neither true nor false");
    return value.get<bool>();
  }
  template <typename Enum, std::size_t kCount>
  Enum one_of(const char* name, const std::array<std::string_view, kCount>& words) const {
    const auto place = std::ranges::find(words, text(name));
    if (place == words.end()) wrong(name, fmt::format("is none of {}", fmt::join(words, ", ")));
    return static_cast<Enum>(place - words.begin());
  }
  [[noreturn]] void wrong(const char* name, std::string_view what) const {
    throw Mistake{fmt::format("{}{}: {}", path_, name, what)};
  }

 private:
  static constexpr std::uint64_t kMostInstances = 1'000'000'000;
  const Json& object_;
  std::string path_;
};

Subject subject_of(const Members& data) {
  return {data.text("namespace", Empty::kAllowed), data.text("function"),
          data.one_of<ledger::Track>("track", ledger::kTrackNames)};
}

Decision decision_of(const Members& data) {
  return {.decision_id = data.text("decision_id"),
          .subject = subject_of(data),
          .policy = data.text("policy"),
          .from = data.count("from"),
          .to = data.count("to"),
          .reason = data.text("reason", Empty::kAllowed)};
}

Instance instance_of(const Members& data) {
  Instance instance{.decision_id = data.optional_text("decision_id"),
                    .instance = data.text("instance"),
                    .node = data.optional_text("node"),
                    .subject = subject_of(data),
                    .state = data.one_of<State>("state", kStates),
                    .reason = data.one_of<Reason>("reason", kReasons),
                    .placement_ms = std::nullopt,
                    .stopped_by = data.optional_text("stopped_by"),
                    .detail = data.optional_text("detail")};
  if (data.has("placement_ms")) instance.placement_ms = data.milliseconds("placement_ms");
  return instance;
}

Request request_of(const Members& data) {
  return {.subject = subject_of(data),
          .instance = data.text("instance"),
          .queued_ms = data.milliseconds("queued_ms"),
          .excessive = data.boolean("excessive")};
}

std::variant<Decision, Instance, Request> data_of(std::string_view type, const Members& data) {
  if (type == kTypes[0]) return decision_of(data);
  if (type == kTypes[1]) return instance_of(data);
  return request_of(data);
}

ScalingEvent read(const Json& json) {
  const Members event(json, "");
  if (event.text("specversion") != kSpecVersion) event.wrong("specversion", "is not 1.0");
  const std::string type = event.text("type");
  if (std::ranges::find(kTypes, type) == kTypes.end())
    event.wrong("type", fmt::format("is none of {}", fmt::join(kTypes, ", ")));
  if (event.has("datacontenttype") && !is_json(event.text("datacontenttype")))
    event.wrong("datacontenttype", "is not application/json");
  if (event.has("data_base64")) event.wrong("data_base64", "is not understood; send the data as JSON");
  const auto time = parse_rfc3339(event.text("time"));
  if (!time) event.wrong("time", "is no RFC 3339 time of the years 1678 to 2261");
  return {event.text("source"), event.text("id"), *time, data_of(type, Members(event.at("data"), "data."))};
}

}  // namespace

std::string bare_media_type(std::string_view text) {
  std::string type(text.substr(0, text.find(';')));
  type.erase(type.find_last_not_of(" \t") + 1);
  std::ranges::transform(type, type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return type;
}

bool is_json(std::string_view media_type) {
  const std::string type = bare_media_type(media_type);
  return type == kDataMediaType || type.ends_with("+json");
}

base::Result<Json> parse_json(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return base::failure(fmt::format("not JSON: byte {}", error.byte));
  } catch (const Json::exception&) {
    return base::failure("not JSON: a number is too large");
  }
}

base::Result<ScalingEvent> event_of(const Json& json) {
  try {
    return read(json);
  } catch (const Mistake& mistake) {
    return base::failure(mistake.what);
  }
}

base::Result<std::vector<ScalingEvent>> events_of(const Json& json) {
  if (!json.is_array()) return base::failure("the batch: is no array");
  std::vector<ScalingEvent> events;
  events.reserve(json.size());
  for (const Json& one : json) {
    auto event = event_of(one);
    if (!event)
      return base::failure(fmt::format("event {} of {}: {}", events.size() + 1, json.size(), event.error()));
    events.push_back(std::move(*event));
  }
  return events;
}

base::Result<ScalingEvent> event_from_json(std::string_view json) {
  const auto parsed = parse_json(json);
  return parsed ? event_of(*parsed) : base::failure(parsed.error());
}

base::Result<std::vector<ScalingEvent>> events_from_json(std::string_view json) {
  const auto parsed = parse_json(json);
  return parsed ? events_of(*parsed) : base::failure(parsed.error());
}

}  // namespace faastax::scaling
