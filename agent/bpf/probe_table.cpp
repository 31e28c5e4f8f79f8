// SPDX-License-Identifier: Apache-2.0
#include "agent/bpf/probe_table.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "bpf/lib/pure.h"

namespace faastax::bpf {
namespace {

std::uint64_t hash_on(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = fx_fnv(hash, static_cast<std::uint8_t>(c));
  return hash;
}

}  // namespace

base::Result<fx_probe_table> probe_table(const Probes& probes) {
  fx_probe_table table{};
  if (probes.headers.size() > FX_PROBE_RULES || probes.sources.size() > FX_PROBE_SOURCES) {
    return base::failure("the rules know probes by " + std::to_string(probes.headers.size()) +
                         " headers and " + std::to_string(probes.sources.size()) +
                         " sources; the kernel's table holds " + std::to_string(FX_PROBE_RULES) + " and " +
                         std::to_string(FX_PROBE_SOURCES));
  }
  for (std::size_t i = 0; i < probes.headers.size(); ++i) {
    const auto value = std::string_view(probes.headers[i].value).substr(0, FX_PROBE_VALUE);
    const std::uint64_t name = hash_on(FX_FNV_START, probes.headers[i].name);
    table.names |= 1ULL << (name >> 58);
    table.lengths |= 1ULL << value.size();
    table.hashes[i] = hash_on(name, value);
  }
  for (const ProbeSource& source : probes.sources) {
    std::array<std::uint8_t, 16> mask{};
    std::array<std::uint8_t, 16> address{};
    for (unsigned bit = 0; bit < std::min(source.bits, 128U); ++bit) mask[bit / 8] |= 0x80U >> (bit % 8);
    for (std::size_t i = 0; i < mask.size(); ++i) address[i] = source.address[i] & mask[i];
    fx_probe_source& entry = table.sources[table.source_count++];
    std::memcpy(entry.address, address.data(), sizeof(entry.address));
    std::memcpy(entry.mask, mask.data(), sizeof(entry.mask));
  }
  return table;
}

}  // namespace faastax::bpf
