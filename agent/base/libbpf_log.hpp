// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace faastax::base {

/// libbpf's own words go to the log at level debug: what they mean for us is in our own errors.
void log_libbpf();

}  // namespace faastax::base
