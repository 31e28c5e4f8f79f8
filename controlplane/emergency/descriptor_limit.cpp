// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/descriptor_limit.hpp"

#include <optional>

namespace faastax::emergency {
namespace {

std::optional<rlim_t> before;  // the limit is the process's, and so is this

rlimit limit_now() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

}  // namespace

void raise_descriptor_limit() {
  rlimit limit = limit_now();
  before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

rlim_t descriptor_limit_before() { return before.value_or(limit_now().rlim_cur); }

}  // namespace faastax::emergency
