// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "agent/base/printable.hpp"
#include "ledger/recording.hpp"
#include "ledger/recording_layout.hpp"

namespace faastax::ledger {
namespace {

using Json = nlohmann::json;
using recording::Layout;
using recording::lists_all_members;
using recording::Names;
using recording::Struct;

template <typename T>
concept Named = std::is_enum_v<T>;
template <typename T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

constexpr std::string_view kHexPrefix = "hex:";

// ---- writing

bool is_plain(std::string_view text) {
  const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
  return !text.starts_with(kHexPrefix) && std::ranges::all_of(text, is_printable);
}

void put(std::string& out, const std::string& text) {
  out += '"';
  if (is_plain(text)) {
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  } else {
    out += kHexPrefix;
    for (const char c : text) {
      fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
    }
  }
  out += '"';
}

void put(std::string& out, bool value) { out += value ? "true" : "false"; }

void put(std::string& out, Integer auto value) { out += fmt::format_int(value).c_str(); }

void put(std::string& out, double value) { out += std::isfinite(value) ? fmt::format("{}", value) : "null"; }

template <Named Enum>
void put(std::string& out, Enum value) {
  const auto index = static_cast<std::size_t>(static_cast<int>(value) - Names<Enum>::kFirst);
  out += fmt::format("\"{}\"", index < Names<Enum>::kAll.size() ? Names<Enum>::kAll[index] : "?");
}

template <Struct T>
void put(std::string& out, const T& value);

template <typename Items>
void put_array(std::string& out, const Items& items) {
  out += '[';
  for (bool first = true; const auto& item : items) {
    if (!std::exchange(first, false)) out += ',';
    put(out, item);
  }
  out += ']';
}

template <typename T>
void put(std::string& out, const std::vector<T>& items) {
  put_array(out, items);
}

/// Without the zeros at its end.
template <typename Number, std::size_t N>
void put(std::string& out, const std::array<Number, N>& numbers) {
  auto used = numbers.size();
  while (used > 0 && numbers[used - 1] == 0) --used;
  put_array(out, std::span(numbers).first(used));
}

void put(std::string& out, const std::map<std::string, std::string>& values) {
  out += '{';
  for (bool first = true; const auto& [key, value] : values) {
    if (!std::exchange(first, false)) out += ',';
    put(out, key);
    out += ':';
    put(out, value);
  }
  out += '}';
}

/// The fields, each after a comma: `,"t":5,"open":true`.
template <Struct T>
void put_fields(std::string& out, const T& value) {
  static_assert(lists_all_members<T>());
  const auto put_field = [&](const auto& field) {
    fmt::format_to(std::back_inserter(out), ",\"{}\":", field.name);
    put(out, value.*field.member);
  };
  std::apply([&](const auto&... field) { (put_field(field), ...); }, Layout<T>::kFields);
}

template <Struct T>
void put(std::string& out, const T& value) {
  const auto begin = out.size();
  put_fields(out, value);
  out[begin] = '{';
  out += '}';
}

// ---- reading: each get() returns what is wrong, or nothing

using Problem = std::optional<std::string>;

Problem get(const Json& json, bool& value) {
  if (!json.is_boolean()) return "must be true or false";
  value = json.get<bool>();
  return std::nullopt;
}

template <Integer T>
Problem get(const Json& json, T& value) {
  if (json.is_number_unsigned()) {
    const auto wide = json.get<std::uint64_t>();
    if (!std::in_range<T>(wide)) return "is out of range";
    value = static_cast<T>(wide);
  } else if (json.is_number_integer()) {
    const auto wide = json.get<std::int64_t>();
    if (!std::in_range<T>(wide)) return "is out of range";
    value = static_cast<T>(wide);
  } else {
    return "must be a whole number of at most 64 bits";
  }
  return std::nullopt;
}

Problem get(const Json& json, double& value) {
  if (!json.is_number() && !json.is_null()) return "must be a number";
  value = json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
  return std::nullopt;
}

Problem get_text(std::string_view text, std::string& value) {
  value.clear();
  if (!text.starts_with(kHexPrefix)) {
    value = text;
    return std::nullopt;
  }
  text.remove_prefix(kHexPrefix.size());
  for (; !text.empty(); text.remove_prefix(2)) {
    unsigned byte = 0;
    if (text.size() < 2) return "has an odd number of hexadecimal digits";
    const auto [end, failure] = std::from_chars(text.data(), text.data() + 2, byte, 16);
    if (failure != std::errc{} || end != text.data() + 2) return "has a wrong hexadecimal digit";
    value += static_cast<char>(byte);
  }
  return std::nullopt;
}

Problem get(const Json& json, std::string& value) {
  if (!json.is_string()) return "must be a string";
  return get_text(json.get_ref<const std::string&>(), value);
}

template <Named Enum>
Problem get(const Json& json, Enum& value) {
  if (!json.is_string()) return "must be a name";
  const auto& name = json.get_ref<const std::string&>();
  const auto found = std::ranges::find(Names<Enum>::kAll, name);
  if (found == Names<Enum>::kAll.end())
    return fmt::format("has the unknown value \"{}\"", base::printable(name));
  value = static_cast<Enum>(Names<Enum>::kFirst + (found - Names<Enum>::kAll.begin()));
  return std::nullopt;
}

template <typename Number, std::size_t N>
Problem get(const Json& json, std::array<Number, N>& numbers) {
  if (!json.is_array() || json.size() > N) return fmt::format("must be an array of at most {} numbers", N);
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (auto problem = get(json[i], numbers[i])) return fmt::format("[{}] {}", i, *problem);
  }
  return std::nullopt;
}

Problem get(const Json& json, std::map<std::string, std::string>& values) {
  if (!json.is_object()) return "must be an object";
  for (const auto& [written, item] : json.items()) {
    std::string key;
    if (auto problem = get_text(written, key)) return problem;
    if (auto problem = get(item, values[key]))
      return fmt::format(".{} {}", base::printable(written), *problem);
  }
  return std::nullopt;
}

template <Struct T>
Problem get_fields(const Json& json, T& value, std::size_t others);

template <Struct T>
Problem get(const Json& json, T& value) {
  return get_fields(json, value, 0);
}

template <typename T>
Problem get(const Json& json, std::vector<T>& items) {
  if (!json.is_array()) return "must be an array";
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (auto problem = get(json[i], items.emplace_back())) return fmt::format("[{}] {}", i, *problem);
  }
  return std::nullopt;
}

template <typename T>
Problem get_field(const Json& json, std::string_view name, T& value) {
  const auto found = json.find(std::string(name));
  if (found == json.end()) return fmt::format("{} is missing", name);
  if (auto problem = get(*found, value)) return fmt::format("{} {}", name, *problem);
  return std::nullopt;
}

/// `others`: fields of `json` that are no members of T.
template <Struct T>
Problem get_fields(const Json& json, T& value, std::size_t others) {
  if (!json.is_object()) return "must be an object";
  Problem problem;
  const auto get_one = [&](const auto& field) {
    problem = get_field(json, field.name, value.*field.member);
    return !problem;
  };
  std::apply([&](const auto&... field) { static_cast<void>((get_one(field) && ...)); }, Layout<T>::kFields);
  const std::size_t expected = std::tuple_size_v<decltype(Layout<T>::kFields)> + others;
  if (!problem && json.size() != expected) problem = "has fields that this version does not know";
  return problem;
}

template <typename T>
bool get_if_kind(const Json& json, std::string_view kind, Input& input, Problem& problem) {
  if (kind != Layout<T>::kKind) return false;
  problem = get_fields(json, input.emplace<T>(), 1);
  return true;
}

/// Whether there is such a kind.
template <std::size_t... I>
bool get_input(const Json& json, std::string_view kind, Input& input, Problem& problem,
               std::index_sequence<I...>) {
  return (get_if_kind<std::variant_alternative_t<I, Input>>(json, kind, input, problem) || ...);
}

}  // namespace

std::string encode(const Input& input) {
  return std::visit(
      [](const auto& value) {
        std::string line = fmt::format("{{\"k\":\"{}\"", Layout<std::decay_t<decltype(value)>>::kKind);
        put_fields(line, value);
        return line + '}';
      },
      input);
}

std::expected<Input, std::string> decode(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::unexpected("not a JSON object");
  std::string kind;
  if (auto problem = get_field(json, "k", kind)) return std::unexpected(*problem);
  Input input;
  Problem problem;
  if (!get_input(json, kind, input, problem, std::make_index_sequence<std::variant_size_v<Input>>{})) {
    return std::unexpected(fmt::format("version {} of the recording format has no kind \"{}\"",
                                       kRecordingVersion, base::printable(kind)));
  }
  if (problem) return std::unexpected(fmt::format("{}: {}", kind, *problem));
  return input;
}

std::string encode(const RecordingHeader& header) {
  std::string line = fmt::format("{{\"faastax_recording\":{},\"node\":", kRecordingVersion);
  put(line, header.node);
  line += ",\"notes\":";
  put(line, header.notes);
  return line + '}';
}

std::expected<RecordingHeader, std::string> decode_header(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("faastax_recording")) {
    return std::unexpected("this is not a recording of faastax");
  }
  std::uint64_t version = 0;
  if (auto problem = get_field(json, "faastax_recording", version)) return std::unexpected(*problem);
  if (version != kRecordingVersion) {
    return std::unexpected(fmt::format("the recording is of version {}, this faastax reads version {}",
                                       version, kRecordingVersion));
  }
  RecordingHeader header;
  if (auto problem = get_field(json, "node", header.node)) return std::unexpected(*problem);
  if (auto problem = get_field(json, "notes", header.notes)) return std::unexpected(*problem);
  return header;
}

}  // namespace faastax::ledger
