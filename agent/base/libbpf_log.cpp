// SPDX-License-Identifier: Apache-2.0
#include "agent/base/libbpf_log.hpp"

#include <bpf/libbpf.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <string_view>

namespace faastax::base {
namespace {

/// A verifier's log can have megabytes; why it refused stands at the end.
constexpr std::size_t kLongestLine = 16 << 10;

std::string formatted(const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  std::string text(static_cast<std::size_t>(std::max(length, 0)), '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, arguments);
  return text;
}

int print(libbpf_print_level, const char* format, va_list arguments) {
  if (!spdlog::should_log(spdlog::level::debug)) return 0;
  const std::string text = formatted(format, arguments);
  std::string_view line = text;
  while (line.ends_with('\n')) line.remove_suffix(1);
  if (line.size() > kLongestLine) line.remove_prefix(line.size() - kLongestLine);
  spdlog::debug("libbpf: {}", line);
  return static_cast<int>(text.size());
}

}  // namespace

void log_libbpf() { libbpf_set_print(print); }

}  // namespace faastax::base
