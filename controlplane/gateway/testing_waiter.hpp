// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "controlplane/gateway/router.hpp"

namespace faastax::gateway {

/// A test's request: remembers what it was told.
class TestingWaiter final : public Waiter {
 public:
  void granted(const Endpoint& endpoint) override {
    ++grants;
    instance = endpoint.instance;
    port = endpoint.address.port();
  }
  void refused(const Refusal& refusal) override { status = refusal.status; }
  void lost() override { is_lost = true; }

  int grants = 0;
  InstanceId instance = 0;
  std::uint16_t port = 0;
  unsigned status = 0;
  bool is_lost = false;
};

}  // namespace faastax::gateway
