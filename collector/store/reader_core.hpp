// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "collector/store/backend.hpp"
#include "collector/store/query.hpp"

namespace faastax::store {

/// The reader over any database: sums, with what the journal has more.
class ReaderCore final : public Reader {
 public:
  explicit ReaderCore(std::unique_ptr<ReadBackend> backend) : backend_(std::move(backend)) {}

  base::Result<Window> resolved(const Window& asked) override;
  base::Result<std::vector<InstanceGroup>> instances_by(Dimension dimension, const Window& window) override;
  base::Result<LedgerTotals> ledger(const Window& window) override;
  base::Result<std::vector<NodeGroup>> ledger_by_node(const Window& window) override;
  base::Result<std::vector<LedgerPoint>> ledger_series(const Window& window,
                                                       std::size_t most_points) override;
  base::Result<std::vector<scaling::ScalingEvent>> events(const Window& window) override;
  base::Result<std::vector<v1::InstanceRecord>> instances(const Window& window,
                                                          const std::set<std::string>& sandboxes) override;

 private:
  std::unique_ptr<ReadBackend> backend_;
};

}  // namespace faastax::store
