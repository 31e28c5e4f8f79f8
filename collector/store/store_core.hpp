// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "collector/store/connector.hpp"
#include "collector/store/store.hpp"

namespace faastax::store {

/// The store over any database.
class StoreCore final : public Store {
 public:
  explicit StoreCore(Connector connector) : connector_(std::move(connector)) {}

  base::Result<PutResult> put(std::span<const v1::Record* const> records,
                              std::span<const scaling::ScalingEvent> events,
                              std::span<const std::string_view> wires) override;
  using Store::put;
  base::Result<void> maintain(std::int64_t now_ns, const Retention& retention) override;
  base::Result<void> check() override;

 private:
  Connector connector_;
  std::size_t journal_bytes_ = 0;  ///< that this store appended since it summed up last
  std::int64_t maintained_ns_ = 0;
};

}  // namespace faastax::store
