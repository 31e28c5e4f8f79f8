// SPDX-License-Identifier: Apache-2.0
#include "bpf/abi/fx_abi.h"

#include <bpf/btf.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

/// The layout of the shared types as the BPF compiler sees it (its objects' BTF) is the one that this
/// compiler sees: sizes, and every member's offset.
namespace {

struct Member {
  std::string name;
  std::size_t offset;
  bool operator==(const Member&) const = default;
};
void PrintTo(const Member& member, std::ostream* out) { *out << member.name << " at " << member.offset; }

struct Layout {
  std::size_t size = 0;
  std::vector<Member> members;
};

/// C++23 cannot list members: they are written out, and one that is missing here fails the comparison.
#define FX_AT(type, member) \
  Member { #member, offsetof(struct type, member) }
#define FX_TYPE(type, ...)                 \
  {                                        \
    #type, Layout {                        \
      sizeof(struct type), { __VA_ARGS__ } \
    }                                      \
  }

std::map<std::string, Layout> layouts() {
  return {
      FX_TYPE(fx_account, FX_AT(fx_account, cgroup_id), FX_AT(fx_account, tgid), FX_AT(fx_account, serial),
              FX_AT(fx_account, tasks), FX_AT(fx_account, phase_cgroup), FX_AT(fx_account, flags),
              FX_AT(fx_account, program), FX_AT(fx_account, ns), FX_AT(fx_account, comm),
              FX_AT(fx_account, carved_ns), FX_AT(fx_account, work_function)),
      FX_TYPE(fx_counts, FX_AT(fx_counts, cycles), FX_AT(fx_counts, instructions),
              FX_AT(fx_counts, counted_ns), FX_AT(fx_counts, refused)),
      FX_TYPE(fx_process, FX_AT(fx_process, cgroup_id), FX_AT(fx_process, tgid), FX_AT(fx_process, pad_)),
      FX_TYPE(fx_cgroup, FX_AT(fx_cgroup, id), FX_AT(fx_cgroup, flags), FX_AT(fx_cgroup, in_flight),
              FX_AT(fx_cgroup, main_tgid), FX_AT(fx_cgroup, serial), FX_AT(fx_cgroup, completed),
              FX_AT(fx_cgroup, aborted), FX_AT(fx_cgroup, probes_in_flight),
              FX_AT(fx_cgroup, opaque_in_flight), FX_AT(fx_cgroup, memory_sampled),
              FX_AT(fx_cgroup, memory_limit_pages), FX_AT(fx_cgroup, memory_wait), FX_AT(fx_cgroup, pad_),
              FX_AT(fx_cgroup, memory_pages), FX_AT(fx_cgroup, memory_since_ns),
              FX_AT(fx_cgroup, memory_peak_pages), FX_AT(fx_cgroup, peak_in_flight),
              FX_AT(fx_cgroup, page_us), FX_AT(fx_cgroup, memory_id)),
      FX_TYPE(fx_cpu, FX_AT(fx_cpu, idle_ns), FX_AT(fx_cpu, switches), FX_AT(fx_cpu, current_task),
              FX_AT(fx_cpu, extras), FX_AT(fx_cpu, unseen), FX_AT(fx_cpu, start_clock_ns),
              FX_AT(fx_cpu, start_clock_task_ns), FX_AT(fx_cpu, calibrated_ns),
              FX_AT(fx_cpu, steal_ns), FX_AT(fx_cpu, clock_offset_ns), FX_AT(fx_cpu, flushed_mono_ns),
              FX_AT(fx_cpu, overbooked_ns), FX_AT(fx_cpu, unattributed_ns), FX_AT(fx_cpu, packets_in),
              FX_AT(fx_cpu, packets_out), FX_AT(fx_cpu, opened_mono_ns), FX_AT(fx_cpu, closed_wall_ns)),
      FX_TYPE(fx_edge, FX_AT(fx_edge, kind), FX_AT(fx_edge, size), FX_AT(fx_edge, cpu),
              FX_AT(fx_edge, time_ns)),
      FX_TYPE(fx_edge_account, FX_AT(fx_edge_account, edge), FX_AT(fx_edge_account, account),
              FX_AT(fx_edge_account, serial), FX_AT(fx_edge_account, from_account),
              FX_AT(fx_edge_account, from_serial), FX_AT(fx_edge_account, tgid),
              FX_AT(fx_edge_account, parent_tgid), FX_AT(fx_edge_account, origin),
              FX_AT(fx_edge_account, flags), FX_AT(fx_edge_account, cgroup_id),
              FX_AT(fx_edge_account, work_function), FX_AT(fx_edge_account, comm)),
      FX_TYPE(fx_edge_exec, FX_AT(fx_edge_exec, edge), FX_AT(fx_edge_exec, account),
              FX_AT(fx_edge_exec, serial), FX_AT(fx_edge_exec, tgid), FX_AT(fx_edge_exec, program),
              FX_AT(fx_edge_exec, verb), FX_AT(fx_edge_exec, first), FX_AT(fx_edge_exec, cgroup_id),
              FX_AT(fx_edge_exec, ns), FX_AT(fx_edge_exec, comm), FX_AT(fx_edge_exec, id),
              FX_AT(fx_edge_exec, token_count), FX_AT(fx_edge_exec, pad_), FX_AT(fx_edge_exec, tokens)),
      FX_TYPE(fx_edge_exit, FX_AT(fx_edge_exit, edge), FX_AT(fx_edge_exit, account),
              FX_AT(fx_edge_exit, serial), FX_AT(fx_edge_exit, tgid), FX_AT(fx_edge_exit, status),
              FX_AT(fx_edge_exit, cgroup_id), FX_AT(fx_edge_exit, main), FX_AT(fx_edge_exit, pad_)),
      FX_TYPE(fx_edge_rename, FX_AT(fx_edge_rename, edge), FX_AT(fx_edge_rename, account),
              FX_AT(fx_edge_rename, serial), FX_AT(fx_edge_rename, comm)),
      FX_TYPE(fx_edge_cgroup, FX_AT(fx_edge_cgroup, edge), FX_AT(fx_edge_cgroup, cgroup_id),
              FX_AT(fx_edge_cgroup, parent_id), FX_AT(fx_edge_cgroup, change), FX_AT(fx_edge_cgroup, entry),
              FX_AT(fx_edge_cgroup, account), FX_AT(fx_edge_cgroup, serial), FX_AT(fx_edge_cgroup, program),
              FX_AT(fx_edge_cgroup, flags), FX_AT(fx_edge_cgroup, from_account),
              FX_AT(fx_edge_cgroup, from_serial), FX_AT(fx_edge_cgroup, from_ns),
              FX_AT(fx_edge_cgroup, path)),
      FX_TYPE(fx_edge_ready, FX_AT(fx_edge_ready, edge), FX_AT(fx_edge_ready, cgroup_id),
              FX_AT(fx_edge_ready, account), FX_AT(fx_edge_ready, serial), FX_AT(fx_edge_ready, family),
              FX_AT(fx_edge_ready, port)),
      FX_TYPE(fx_edge_stop, FX_AT(fx_edge_stop, edge), FX_AT(fx_edge_stop, cgroup_id),
              FX_AT(fx_edge_stop, cause), FX_AT(fx_edge_stop, signal), FX_AT(fx_edge_stop, account),
              FX_AT(fx_edge_stop, serial)),
      FX_TYPE(fx_edge_oom, FX_AT(fx_edge_oom, edge), FX_AT(fx_edge_oom, cgroup_id), FX_AT(fx_edge_oom, tgid),
              FX_AT(fx_edge_oom, pad_)),
      FX_TYPE(fx_edge_request, FX_AT(fx_edge_request, edge), FX_AT(fx_edge_request, cgroup_id),
              FX_AT(fx_edge_request, start_ns), FX_AT(fx_edge_request, flags),
              FX_AT(fx_edge_request, protocol), FX_AT(fx_edge_request, stream),
              FX_AT(fx_edge_request, in_flight)),
      FX_TYPE(fx_slice, FX_AT(fx_slice, time_ns), FX_AT(fx_slice, ns), FX_AT(fx_slice, account),
              FX_AT(fx_slice, serial), FX_AT(fx_slice, cpu), FX_AT(fx_slice, phase)),
      FX_TYPE(fx_probe_source, FX_AT(fx_probe_source, address), FX_AT(fx_probe_source, mask)),
      FX_TYPE(fx_probe_table, FX_AT(fx_probe_table, names), FX_AT(fx_probe_table, lengths),
              FX_AT(fx_probe_table, hashes), FX_AT(fx_probe_table, sources),
              FX_AT(fx_probe_table, source_count))};
}

using BtfPtr = std::unique_ptr<btf, decltype([](btf* types) { btf__free(types); })>;

BtfPtr types_of(const char* object) { return BtfPtr(btf__parse_elf(object, nullptr)); }

/// Every struct of the object whose name begins with fx_.
std::map<std::string, Layout> structs_in(const btf* types) {
  std::map<std::string, Layout> result;
  for (__u32 id = 1; id < btf__type_cnt(types); ++id) {
    const btf_type* type = btf__type_by_id(types, id);
    const std::string name = btf__name_by_offset(types, type->name_off);
    if (!btf_is_struct(type) || !name.starts_with("fx_")) continue;
    Layout layout{type->size, {}};
    for (__u32 i = 0; i < btf_vlen(type); ++i) {
      const btf_member& member = btf_members(type)[i];
      layout.members.push_back(
          {btf__name_by_offset(types, member.name_off), btf_member_bit_offset(type, i) / 8});
    }
    result[name] = std::move(layout);
  }
  return result;
}

void expect_same(const std::string& name, const Layout& bpf, const Layout& here) {
  EXPECT_EQ(bpf.size, here.size) << name;
  EXPECT_EQ(bpf.members, here.members) << name;
}

TEST(Abi, EverySharedTypeIsTheSameForBothCompilers) {
  const BtfPtr types = types_of(FAASTAX_ABI_OBJECT);
  ASSERT_NE(types, nullptr);
  const auto bpf = structs_in(types.get());
  const auto here = layouts();
  EXPECT_EQ(bpf.size(), here.size()) << "abi_types.bpf.c and layouts() list all of them";
  for (const auto& [name, layout] : here) {
    ASSERT_TRUE(bpf.contains(name)) << name;
    expect_same(name, bpf.at(name), layout);
  }
}

TEST(Abi, TheProgramsUseTheSameTypes) {
  const BtfPtr types = types_of(FAASTAX_BPF_OBJECT);
  ASSERT_NE(types, nullptr);
  const auto here = layouts();
  std::set<std::string> shared;
  for (const auto& [name, layout] : structs_in(types.get())) {
    if (!here.contains(name)) continue;  // the programs' own, and maps
    expect_same(name, layout, here.at(name));
    shared.insert(name);
  }
  for (const char* mapped : {"fx_account", "fx_cgroup", "fx_cpu"})
    EXPECT_TRUE(shared.contains(mapped)) << mapped;
}

TEST(Abi, TypesAreWholeWordsWithoutHoles) {
  for (const auto& [name, layout] : layouts()) {
    EXPECT_EQ(layout.size % 8, 0U) << name;
    EXPECT_EQ(layout.members.front().offset, 0U) << name;
  }
  // What user space maps: lines that CPUs do not share.
  EXPECT_EQ(sizeof(fx_account) % 64, 0U);
  EXPECT_EQ(sizeof(fx_cgroup) % 64, 0U);
  EXPECT_EQ(sizeof(fx_cpu) % 64, 0U);
}

}  // namespace
