// SPDX-License-Identifier: Apache-2.0
#include "ledger/books.hpp"

#include <utility>

namespace faastax::ledger {

void Books::book_instance(Instance& instance, Activity activity, Evidence evidence, Nanoseconds ns) {
  if (ns == 0) return;
  book_node(activity, evidence, ns);
  book_served(instance, activity, evidence, ns);
}

void Books::book_component(const std::string& component, Activity activity, Evidence evidence, Nanoseconds ns,
                           Instance* served) {
  if (ns == 0) return;
  book_node(activity, evidence, ns);
  totals_.components[component].add(activity, evidence, ns);
  if (served == nullptr) return;
  book_served(*served, activity, evidence, ns);
}

void Books::book_served(Instance& instance, Activity activity, Evidence evidence, Nanoseconds ns) {
  instance.cpu.add(activity, evidence, ns);
  if (instance.has_name) of(instance.name).cpu.add(activity, evidence, ns);
}

void Books::hold(Instance& instance, Nanoseconds ns) {
  instance.unsettled += ns;
  totals_.unsettled += ns;
}

void Books::settle(Instance& instance, Settlement settlement) {
  instance.settlement = settlement;
  const Nanoseconds held = std::exchange(instance.unsettled, 0);
  totals_.unsettled -= held;
  if (settlement == Settlement::kServer) {
    book_instance(instance, Activity::kInit, Evidence::kDirect, held);
  } else {
    // A program whose sockets nobody sees may have served for all of its life.
    const Evidence evidence = instance.requests_hidden ? Evidence::kInferred : Evidence::kDirect;
    book_instance(instance, Activity::kHandle, evidence, held);
  }
}

void Books::forget_functions(Nanoseconds time) {
  std::erase_if(totals_.functions, [time](const auto& entry) { return entry.second.changed < time; });
}

void Books::name(Instance& instance, FunctionName name) {
  if (instance.has_name) return;
  instance.has_name = true;
  instance.name = std::move(name);
  FunctionTotals& function = of(instance.name);
  if (instance.counted) ++function.started;
  if (instance.requests_hidden) ++function.uncounted;
  for (std::size_t activity = 0; activity < kActivities; ++activity) {
    for (std::size_t evidence = 0; evidence < kEvidences; ++evidence) {
      function.cpu.ns[activity][evidence] += instance.cpu.ns[activity][evidence];
    }
  }
  for (std::size_t state = 0; state < kInstanceStates; ++state) {
    function.memory_byte_seconds[state] += instance.memory_byte_seconds[state];
  }
}

void Books::book_memory(Instance& instance, InstanceState state, double byte_seconds) {
  if (byte_seconds <= 0) return;
  totals_.memory_byte_seconds[index_of(state)] += byte_seconds;
  instance.memory_byte_seconds[index_of(state)] += byte_seconds;
  if (instance.has_name) of(instance.name).memory_byte_seconds[index_of(state)] += byte_seconds;
}

}  // namespace faastax::ledger
