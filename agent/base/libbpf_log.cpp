// SPDX-License-Identifier: Apache-2.0
#include "agent/base/libbpf_log.hpp"

#include <bpf/libbpf.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace faastax::base {
namespace {

int print(libbpf_print_level, const char* format, va_list arguments) {
  if (!spdlog::should_log(spdlog::level::debug)) return 0;
  std::array<char, 1024> text{};
  const int length = std::vsnprintf(text.data(), text.size(), format, arguments);
  std::string_view line(text.data(),
                        std::min(text.size() - 1, static_cast<std::size_t>(std::max(length, 0))));
  while (line.ends_with('\n')) line.remove_suffix(1);
  spdlog::debug("libbpf: {}", line);
  return length;
}

}  // namespace

void log_libbpf() { libbpf_set_print(print); }

}  // namespace faastax::base
