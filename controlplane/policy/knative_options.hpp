// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "controlplane/policy/autoscaler.hpp"
#include "controlplane/policy/kpa.hpp"
#include "controlplane/policy/parameters.hpp"

/// The parameters that the policies of Knative's family share.
namespace faastax::policy {

/// Of the decider and of what is around it, with these defaults.
std::vector<Parameter> knative_options(const KpaParameters& decider, const AutoscalerParameters& around);

KpaParameters kpa_parameters(const Values& values, Time bucket);
AutoscalerParameters autoscaler_parameters(const Values& values);

}  // namespace faastax::policy
