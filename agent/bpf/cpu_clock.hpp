// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "bpf/abi/fx_abi.h"

/// Wall time of a CPU that comes and goes, by its line in the table. Pure.
namespace faastax::bpf {

/// Nanoseconds that the CPU was online and its books open, up to its last flush.
std::uint64_t wall_ns(const fx_cpu& line);

/// Closes the books of a CPU that is offline. They end where its last switch, to its idle task, booked up to.
/// Its next switch opens them again. Nothing happens if they are closed.
void close_books(fx_cpu& line);

}  // namespace faastax::bpf
