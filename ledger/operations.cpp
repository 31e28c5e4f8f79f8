// SPDX-License-Identifier: Apache-2.0
#include "ledger/operations.hpp"

#include <algorithm>
#include <utility>

namespace faastax::ledger {
namespace {

/// What [begin, end) and [from, to) have in common.
Nanoseconds overlap(Nanoseconds begin, Nanoseconds end, Nanoseconds from, Nanoseconds to) {
  const Nanoseconds first = std::max(begin, from);
  const Nanoseconds last = std::min(end, to);
  return last > first ? last - first : 0;
}

}  // namespace

Nanoseconds Operations::Operation::begin() const {
  return activity == Activity::kCreate ? instance->named : instance->stopped;
}

Nanoseconds Operations::Operation::end() const {
  Nanoseconds result = begin() + kLongest;
  const auto until = [&result](Nanoseconds time) {
    if (time != 0) result = std::min(result, time);
  };
  if (activity == Activity::kCreate) {
    until(instance->execed);
    until(instance->ready);
    until(instance->stopped);
  }
  until(instance->gone);
  return result;
}

void Operations::begin_creation(InstancePtr instance) {
  operations_.push_back({std::move(instance), Activity::kCreate});
}

void Operations::begin_removal(InstancePtr instance) {
  operations_.push_back({std::move(instance), Activity::kTeardown});
}

std::vector<Operations::Share> Operations::between(Nanoseconds from, Nanoseconds to) const {
  std::vector<Share> under_way;
  std::vector<Share> lingering;
  for (const Operation& operation : operations_) {
    const Nanoseconds end = operation.end();
    if (const Nanoseconds time = overlap(operation.begin(), end, from, to); time != 0) {
      under_way.push_back({operation.instance, operation.activity, time});
    } else if (const Nanoseconds after = overlap(end, end + kLinger, from, to); after != 0) {
      lingering.push_back({operation.instance, operation.activity, after});
    }
  }
  return under_way.empty() ? lingering : under_way;
}

void Operations::forget(Nanoseconds time) {
  std::erase_if(operations_,
                [time](const Operation& operation) { return operation.end() + kLinger <= time; });
}

}  // namespace faastax::ledger
