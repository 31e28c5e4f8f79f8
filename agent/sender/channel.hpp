// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <grpcpp/channel.h>

#include <memory>

#include "agent/base/result.hpp"
#include "agent/sender/collector_address.hpp"

namespace faastax::sender {

/// A channel of its own; certificates are read anew, so that renewed ones are used from the next one on.
base::Result<std::shared_ptr<grpc::Channel>> open_channel(const CollectorAddress& address);

}  // namespace faastax::sender
