// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <sstream>
#include <string>
#include <string_view>

#include "controlplane/trace/reader.hpp"
#include "controlplane/trace/workload.hpp"
#include "tests/fuzz/require.hpp"

/// A trace's three files, one after the other with a line "---" between them.
namespace faastax::fuzz {
namespace {

constexpr std::string_view kBetween = "---\n";
constexpr std::uint64_t kMostRequests = 10'000;  // an input of millions is no other than one of thousands

std::uint64_t requests_of(const trace::Trace& trace) {
  std::uint64_t sum = 0;
  for (const trace::FunctionTrace& one : trace.functions)
    sum = std::accumulate(one.invocations.begin(), one.invocations.end(), sum);
  return sum;
}

void fuzz(std::string_view text) {
  std::array<std::istringstream, 3> files;
  for (std::istringstream& file : files) {
    const auto end = std::min(text.find(kBetween), text.size());
    file.str(std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + kBetween.size(), text.size()));
  }
  const auto trace = trace::read_trace({files[0], "i.csv"}, {files[1], "d.csv"}, {files[2], "m.csv"});
  if (!trace) return require_line(trace.error());
  if (requests_of(*trace) > kMostRequests) return;
  const auto workload = trace::expand(*trace, {.functions = 3, .fit_cpus = 2});
  if (!workload) return require_line(workload.error());
  for (const trace::Request& request : workload->requests) {
    require(request.arrival.count() >= 0 && request.arrival <= workload->length,
            "a request comes in the window");
    require(request.function < workload->functions.size(), "a request is of a function");
    require(request.exec_ms >= 1 && request.exec_ms <= 60'000, "a run time is from 1 ms to 60 s");
    require(request.memory_mib >= 1 && request.memory_mib <= 10'240, "memory is from 1 MiB to 10 GiB");
  }
}

}  // namespace
}  // namespace faastax::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  faastax::fuzz::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
