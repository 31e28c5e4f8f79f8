// SPDX-License-Identifier: Apache-2.0
#include "agent/records/node_ledger.hpp"

#include <utility>

#include "agent/export/label_text.hpp"
#include "agent/records/usage.hpp"

namespace faastax::records {
namespace {

constexpr double kSecond = 1e9;

std::uint64_t live_instances(const ledger::Totals& totals) {
  std::uint64_t live = 0;
  for (const auto& [name, function] : totals.functions) {
    for (const std::uint64_t in_state : function.instances) live += in_state;
  }
  return live;
}

void add_cell(v1::NodeLedger& to, v1::OwnerKind owner, const std::string& component, v1::Usage usage) {
  v1::NodeLedger::Cell& cell = *to.add_cells();
  cell.set_owner(owner);
  cell.set_component(exporting::label_text(component));
  *cell.mutable_usage() = std::move(usage);
}

}  // namespace

NodeLedgers::Node::Node(const ledger::Totals& totals)
    : cpu(totals.cpu),
      wall(totals.wall),
      idle(totals.idle),
      steal(totals.steal),
      unsettled(totals.unsettled),
      memory(totals.memory_byte_seconds),
      overhead(totals.overhead_byte_seconds),
      reserved(totals.reserved_byte_seconds),
      lost_events(totals.lost_events) {
  for (const ledger::ProgramCost& program : totals.programs) {
    bpf_seconds += static_cast<double>(program.runs) * program.ns_per_run / kSecond;
  }
}

void NodeLedgers::add_cells(const ledger::Totals& totals, v1::NodeLedger& to) {
  ledger::CpuByActivity of_instances = totals.cpu.since(before_.cpu);
  for (const auto& [name, grown] : components_since(told_, totals.components, of_instances)) {
    of_instances = of_instances.since(grown);
    told_[name].add(grown);
    const bool is_rest = name == ledger::kNode;
    const bool is_node = is_rest || name == ledger::kUnattributed || name == ledger::kOverbooked;
    const auto owner = is_node ? v1::OWNER_KIND_NODE : v1::OWNER_KIND_COMPONENT;
    each_usage(grown, totals.counting, [&](v1::Usage usage) {
      add_cell(to, owner, is_rest ? std::string() : name, std::move(usage));
    });
  }
  each_usage(of_instances, totals.counting,
             [&to](v1::Usage usage) { add_cell(to, v1::OWNER_KIND_INSTANCE, "", std::move(usage)); });
}

void NodeLedgers::add_times(const Node& now, v1::NodeLedger& to) const {
  const auto grown = [](std::uint64_t before, std::uint64_t after) {
    return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
  };
  const std::int64_t wall = grown(before_.wall, now.wall);
  const std::int64_t idle = grown(before_.idle, now.idle);
  const std::int64_t steal = now.steal - before_.steal;
  const std::int64_t unsettled = grown(before_.unsettled, now.unsettled);
  const std::int64_t booked = grown(before_.cpu.total(), now.cpu.total());
  to.set_wall_nanoseconds(static_cast<std::uint64_t>(wall));
  to.set_idle_nanoseconds(static_cast<std::uint64_t>(idle));
  to.set_steal_nanoseconds(steal);
  to.set_unsettled_nanoseconds(unsettled);
  to.set_residual_nanoseconds(wall - booked - unsettled - idle - steal);
}

void NodeLedgers::add_period(const ledger::ClocksRead& clocks, v1::NodeLedger& to) {
  // The wall clock may jump; the period is as long as it was all the same.
  const ledger::Nanoseconds begun = std::exchange(ended_, clocks.mono);
  const ledger::Nanoseconds length = clocks.mono - (begun == 0 ? identity_.born : begun);
  to.set_end(static_cast<std::int64_t>(clocks.real));
  to.set_start(static_cast<std::int64_t>(clocks.real - length));
}

v1::NodeLedger NodeLedgers::close(const ledger::Totals& totals, const ledger::ClocksRead& clocks) {
  v1::NodeLedger result;
  result.set_node(identity_.node);
  result.set_agent(identity_.agent());
  result.set_sequence(++sequence_);
  result.set_kernel(node_.kernel);
  result.set_cpus(node_.cpus);
  result.set_cgroup(node_.cgroup);
  result.set_cycle_source(totals.counting.source);
  for (const auto& [name, version] : node_.runtime_versions)
    (*result.mutable_runtime_versions())[name] = version;
  add_period(clocks, result);
  Node now(totals);
  add_cells(totals, result);
  add_times(now, result);
  ledger::ByteSeconds memory = now.memory;
  for (std::size_t state = 0; state < memory.size(); ++state) memory[state] -= before_.memory[state];
  *result.mutable_memory_byte_seconds() = memory_of(memory);
  result.set_overhead_byte_seconds(now.overhead - before_.overhead);
  result.set_reserved_byte_seconds(now.reserved - before_.reserved);
  if (totals.dying_cgroups) result.set_dying_cgroups(*totals.dying_cgroups);
  result.set_live_instances(live_instances(totals));
  result.set_bpf_estimated_seconds(now.bpf_seconds - before_.bpf_seconds);
  result.set_lost_events(now.lost_events - before_.lost_events);
  before_ = std::move(now);
  return result;
}

}  // namespace faastax::records
