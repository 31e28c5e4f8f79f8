// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "bpf/abi/fx_abi.h"

namespace faastax::bpf {

/// A header that only health probes have, whatever its case.
struct ProbeHeader {
  std::string name;
  std::string
      value;  ///< what the header's value begins with; empty: any. At most FX_PROBE_VALUE bytes count.
};

/// An address or a network that only health probes come from; IPv4 as IPv6 has it (::ffff:a.b.c.d).
struct ProbeSource {
  std::array<std::uint8_t, 16> address{};  ///< network byte order
  unsigned bits = 128;                     ///< that have to agree
};

/// How to know health probes.
struct Probes {
  std::vector<ProbeHeader> headers;
  std::vector<ProbeSource> sources;
};

/// What the programs know them by. Fails when there are more than FX_PROBE_RULES or FX_PROBE_SOURCES.
base::Result<fx_probe_table> probe_table(const Probes& probes);

}  // namespace faastax::bpf
