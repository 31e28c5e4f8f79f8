// SPDX-License-Identifier: Apache-2.0
#include "controlplane/events/collector_url.hpp"

#include <algorithm>

namespace faastax::events {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr std::string_view kEventsPath = "/v1/events";

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoi(std::string(text)) <= 65535;
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

base::Result<CollectorUrl> parse_collector_url(std::string_view text) {
  const auto wrong = base::failure("not a collector's URL (http://HOST:PORT): " + std::string(text));
  if (!text.starts_with(kScheme) || !printable(text)) return wrong;
  std::string_view rest = text.substr(kScheme.size());
  CollectorUrl url{.host = {}, .port = "80", .path = std::string(kEventsPath)};
  const auto slash = rest.find('/');
  if (slash != rest.npos && slash + 1 < rest.size()) url.path = rest.substr(slash);
  rest = rest.substr(0, slash);
  const bool bracket = rest.starts_with('[');
  const auto end = bracket ? rest.find(']') : rest.find(':');
  if (bracket && end == rest.npos) return wrong;
  url.host = rest.substr(bracket ? 1 : 0, bracket ? end - 1 : end);
  rest = end == rest.npos ? "" : rest.substr(bracket ? end + 1 : end);
  if (url.host.empty() || url.host.find_first_of("@?#") != url.host.npos) return wrong;
  if (rest.empty()) return url;
  if (!rest.starts_with(':') || !is_port(rest.substr(1))) return wrong;
  url.port = rest.substr(1);
  return url;
}

}  // namespace faastax::events
