// SPDX-License-Identifier: Apache-2.0
// Fills a store with full-size instance records, and times reports from it beside exact answers. JSON on
// stdout.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "collector/store/query.hpp"
#include "collector/store/store.hpp"
#include "ledger/distribution.hpp"
#include "proto/records.pb.h"
#include "proto/scaling_event.hpp"

namespace {

using faastax::ledger::Distribution;
namespace v1 = faastax::v1;
namespace store = faastax::store;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kAgents = 5'000;
constexpr std::uint64_t kFunctions = 1'000;
constexpr std::uint64_t kFunctionsOfAgent = 20;
constexpr std::uint64_t kBatch = 100;  ///< records of one agent in a row
constexpr std::size_t kRequests = 4;   ///< of a record
constexpr std::int64_t kStart = 1'800'000'000'000'000'000;
constexpr std::int64_t kDay = 86'400'000'000'000;
constexpr double kSecond = 1e9;

struct Options {
  std::string url;
  std::uint64_t records = 10'000'000;  ///< of the whole store, within one day
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t together = 10'000;  ///< in one transaction
};

[[noreturn]] void fail(const std::string& text) {
  std::cerr << "faastax-bench-store: " << text << '\n';
  std::exit(1);
}

template <typename T>
T taken(faastax::base::Result<T> result) {
  if (!result) fail(result.error());
  return std::move(*result);
}

/// SplitMix64: the n-th of a sequence without those before it.
std::uint64_t random_of(std::uint64_t n) {
  std::uint64_t z = (n + 1) * 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

/// Between 2 ms and 20 s, evenly over the logarithm.
double duration_of(std::uint64_t random) {
  return 0.002 * std::pow(10'000.0, static_cast<double>(random >> 11) * 0x1p-53);
}

double cold_start_of(std::uint64_t n) { return duration_of(random_of(n * 8)); }
double request_of(std::uint64_t n, std::size_t i) { return duration_of(random_of(n * 8 + 1 + i)) / 10; }
std::uint64_t agent_of(std::uint64_t n) { return n / kBatch % kAgents; }
std::uint64_t function_of(std::uint64_t n) {
  return random_of(agent_of(n) * kFunctionsOfAgent + random_of(n) % kFunctionsOfAgent) % kFunctions;
}

void use(google::protobuf::RepeatedPtrField<v1::Usage>& usages, v1::Activity activity, std::uint64_t ns) {
  v1::Usage& usage = *usages.Add();
  usage.set_activity(activity);
  usage.set_nanoseconds(ns);
  usage.set_cycles(3 * ns);
  usage.set_instructions(4 * ns);
}

void set_times(v1::InstanceRecord& one, std::uint64_t n, std::uint64_t records) {
  const std::int64_t created =
      kStart + static_cast<std::int64_t>(static_cast<double>(n) / static_cast<double>(records) *
                                         static_cast<double>(kDay - 120 * 1'000'000'000LL));
  one.set_created(created);
  one.set_executed(created + 1'000'000);
  one.set_ready(created + static_cast<std::int64_t>(cold_start_of(n) * kSecond));
  one.set_first_request(one.ready() + 1'000'000);
  one.set_last_request(one.ready() + 900'000'000);
  one.set_stopped(one.ready() + 950'000'000);
  one.set_gone(one.ready() + 1'000'000'000);
  one.set_observed(one.gone());
}

/// The n-th record, with every field.
void make(v1::InstanceRecord& one, std::uint64_t n, std::uint64_t records) {
  const std::uint64_t agent = agent_of(n);
  one.set_uid(fmt::format("{:08x}-1111-4222-8333-444444444444-{:016x}", agent, n));
  one.set_sequence(3);
  one.set_node(fmt::format("node-{:04}.zone-a.example", agent));
  one.set_sandbox(fmt::format("{:016x}{:016x}{:016x}{:016x}", random_of(n), n, random_of(n + 1), n));
  one.add_containers(one.sandbox());
  one.add_containers(fmt::format("{:016x}{:016x}{:016x}{:016x}", n, random_of(n), n, random_of(n + 2)));
  one.set_pod_uid(fmt::format("{:08x}-1111-4222-8333-{:012x}", agent, n));
  one.set_namespace_("production");
  one.set_function(fmt::format("function-{}", function_of(n)));
  one.set_revision(one.function() + "-00001");
  one.set_runtime("io.containerd.runc.v2");
  one.set_track(n % 10 == 0 ? v1::TRACK_EMERGENCY : v1::TRACK_REGULAR);
  one.set_kind(v1::KIND_SERVER);
  set_times(one, n, records);
  use(*one.mutable_own(), v1::ACTIVITY_INIT, 50'000'000 + n % 1000);
  use(*one.mutable_own(), v1::ACTIVITY_HANDLE, 20'000'000 + n % 777);
  use(*one.mutable_own(), v1::ACTIVITY_IDLE, 100'000);
  use(*one.mutable_own(), v1::ACTIVITY_TEARDOWN, 2'000'000);
  use(*one.mutable_served(), v1::ACTIVITY_CREATE, 80'000'000);
  use(*one.mutable_served(), v1::ACTIVITY_TEARDOWN, 30'000'000);
  use(*one.mutable_served(), v1::ACTIVITY_ROUTE, 1'000'000);
  one.mutable_served(2)->set_inferred(true);
  one.set_requests_completed(kRequests);
  one.set_in_flight_peak(2);
  Distribution requests;
  for (std::size_t i = 0; i < kRequests; ++i) requests.add(request_of(n, i));
  for (const Distribution::Bucket& bucket : requests.buckets()) {
    v1::Histogram::Bucket& added = *one.mutable_request_seconds()->add_buckets();
    added.set_index(bucket.index);
    added.set_count(bucket.count);
  }
  one.mutable_request_seconds()->set_sum_seconds(requests.sum());
  one.mutable_memory_byte_seconds()->set_starting(1e7);
  one.mutable_memory_byte_seconds()->set_idle(2e7);
  one.mutable_memory_byte_seconds()->set_busy(3e7);
  one.set_memory_peak_bytes(64 << 20);
  one.set_ended("exit:0");
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Wall and CPU time of calls.
struct Cost {
  double wall = 0;
  double cpu = 0;

  template <typename Work>
  void add(const Work& work) {
    const auto began = std::chrono::steady_clock::now();
    const double cpu_before = cpu_seconds();
    work();
    cpu += cpu_seconds() - cpu_before;
    wall += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
};

Json insert(const Options& options) {
  const std::unique_ptr<store::Store> to = taken(store::open(options.url));
  Cost putting;
  Cost maintaining;
  std::uint64_t bytes = 0;
  std::vector<v1::Record> records(options.together);
  std::vector<const v1::Record*> pointers;
  // A store that was just opened sums up at its first call.
  std::int64_t now = kStart + kDay;
  for (std::uint64_t n = options.from; n < options.to;) {
    pointers.clear();
    for (std::size_t i = 0; i < options.together && n < options.to; ++i, ++n) {
      records[i].Clear();
      make(*records[i].mutable_instance(), n, options.records);
      bytes += records[i].ByteSizeLong();
      pointers.push_back(&records[i]);
    }
    putting.add([&] { taken(to->put(pointers, {})); });
    if (n == options.to) now += kDay;
    maintaining.add([&] {
      if (const auto done = to->maintain(now, {.raw_days = 0, .minutes_days = 30}); !done) fail(done.error());
    });
  }
  const auto count = static_cast<double>(options.to - options.from);
  return {{"records", options.to - options.from},    {"bytes_per_record", static_cast<double>(bytes) / count},
          {"put_cpu_seconds", putting.cpu},          {"put_wall_seconds", putting.wall},
          {"maintain_cpu_seconds", maintaining.cpu}, {"maintain_wall_seconds", maintaining.wall}};
}

double exact(std::vector<float>& values, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size()))) - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

/// Largest relative error of percentiles.
double error_of(const store::Histogram& found, std::vector<float>& values) {
  double worst = 0;
  for (const double q : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    worst = std::max(worst, std::abs(found.quantile(q).value_or(0) / exact(values, q) - 1));
  }
  return worst;
}

std::int64_t exact_cpu_ns(std::uint64_t records) {
  std::int64_t result = 0;
  for (std::uint64_t n = 0; n < records; ++n)
    result += 183'100'000 + static_cast<std::int64_t>(n % 1000 + n % 777);
  return result;
}

/// What every record together must give.
Json checked(const store::InstanceTotals& all, std::uint64_t records) {
  std::vector<float> cold_starts(records);
  std::vector<float> requests(records * kRequests);
  for (std::uint64_t n = 0; n < records; ++n) {
    cold_starts[n] = static_cast<float>(std::floor(cold_start_of(n) * kSecond) / kSecond);
    for (std::size_t i = 0; i < kRequests; ++i)
      requests[n * kRequests + i] = static_cast<float>(request_of(n, i));
  }
  return {{"records", all.instances},
          {"requests", all.requests_completed},
          {"cpu_ns", store::sum(all.own.ns) + store::sum(all.served.ns)},
          {"exact_cpu_ns", exact_cpu_ns(records)},
          {"worst_cold_start_error", error_of(all.cold_start_seconds, cold_starts)},
          {"worst_request_error", error_of(all.request_seconds, requests)}};
}

Json report(const Options& options) {
  // From inside a minute on, so that every resolution is used; the records begin there.
  const store::Window window = {kStart, kStart + kDay - 1};
  Json result;
  store::InstanceTotals all;
  const std::array<std::pair<const char*, store::Dimension>, 4> dimensions = {
      {{"function", store::Dimension::kFunction},
       {"track", store::Dimension::kTrack},
       {"policy", store::Dimension::kPolicy},
       {"node", store::Dimension::kNode}}};
  for (const auto& [name, dimension] : dimensions) {
    Cost cost;
    store::InstanceTotals total;
    std::size_t groups = 0;
    cost.add([&] {
      const std::unique_ptr<store::Reader> reader = taken(store::open_reader(options.url));
      for (const store::InstanceGroup& group : taken(reader->instances_by(dimension, window))) {
        total.add(group.totals);
        ++groups;
      }
    });
    result["by"][name] = {
        {"groups", groups}, {"seconds", cost.wall}, {"cpu_seconds", cost.cpu}, {"records", total.instances}};
    all = total;
  }
  result["all"] = checked(all, options.records);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Fills a store, and times reports from it");
  app.require_subcommand(1);
  Options options;
  const auto common = [&](CLI::App* command) {
    command->add_option("--store", options.url)->required();
    command->add_option("--records", options.records, "in all");
    return command;
  };
  CLI::App* inserting = common(app.add_subcommand("insert", "records FROM up to TO"));
  inserting->add_option("--from", options.from)->required();
  inserting->add_option("--to", options.to)->required();
  inserting->add_option("--together", options.together, "in one transaction");
  common(app.add_subcommand("report", "times, and errors against exact answers"));
  CLI11_PARSE(app, argc, argv);
  std::cout << (inserting->parsed() ? insert(options) : report(options)).dump(2) << '\n';
  return 0;
}
