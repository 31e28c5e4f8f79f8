// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "proto/scaling_event_json.hpp"

/// The HTTP protocol binding of CloudEvents 1.0: in binary mode the attributes are headers.
namespace faastax::scaling {
namespace {

using Json = nlohmann::json;

constexpr std::array<const char*, 5> kAttributes = {"specversion", "type", "source", "id", "time"};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Section 3.1.3.2: %XX are the bytes of UTF-8; a percent sign that starts none stands for itself.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    const bool escape = text[i] == '%' && low >= 0;
    decoded.push_back(escape ? static_cast<char>(high * 16 + low) : text[i]);
    if (escape) i += 2;
  }
  return decoded;
}

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

base::Result<ScalingEvent> event_of_binary(const HeaderOf& header, std::string_view body) {
  Json event = Json::object();
  for (const char* name : kAttributes) {
    const std::string in_header = std::string("ce-") + name;
    const auto value = header(in_header);
    if (!value) return base::failure("header " + in_header + ": is missing");
    std::string text = percent_decoded(*value);
    if (!is_utf8(text)) return base::failure("header " + in_header + ": is not UTF-8");
    event[name] = std::move(text);
  }
  auto data = parse_json(body);
  if (!data) return base::failure("the body is " + data.error());
  event["data"] = std::move(*data);
  return event_of(event);
}

base::Result<std::vector<ScalingEvent>> alone(base::Result<ScalingEvent> event) {
  if (!event) return base::failure(event.error());
  return std::vector<ScalingEvent>{std::move(*event)};
}

}  // namespace

base::Result<std::vector<ScalingEvent>> events_from_http(const HeaderOf& header, std::string_view body) {
  const std::string type = bare_media_type(header("content-type").value_or(""));
  if (type == kBatchMediaType) return events_from_json(body);
  if (type == kEventMediaType) return alone(event_from_json(body));
  if (!header("ce-specversion")) {
    return base::failure(
        "content-type: is neither application/cloudevents+json nor application/cloudevents-batch+json, "
        "and there is no header ce-specversion");
  }
  if (!is_json(type)) return base::failure("content-type: is not application/json");
  return alone(event_of_binary(header, body));
}

}  // namespace faastax::scaling
