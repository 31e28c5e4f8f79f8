// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>

/// The agent holds some descriptors for each slot and instance, and the usual soft limit of 1024 is for
/// programs that use select(). Its templates, and so the instances, get theirs back.
namespace faastax::emergency {

/// Raises this process's soft limit to its hard one.
void raise_descriptor_limit();

/// This process's soft limit before it was raised.
rlim_t descriptor_limit_before();

}  // namespace faastax::emergency
