// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <span>

#include "controlplane/policy/parameters.hpp"
#include "controlplane/policy/scaler.hpp"

namespace faastax::policy {

/// Several parameters at once, under a name.
struct Preset {
  std::string name;
  std::string help;
  std::vector<std::pair<std::string, std::string>> settings;  ///< parameter, text
};

/// A kind of policy that can be chosen by name. To add one, add one file to controlplane/policy/policies/:
/// `policies/NAME.cpp` defines `PolicyType faastax::policy::policies::NAME()`; the build finds it.
struct PolicyType {
  std::string name;
  std::string summary;
  std::vector<Parameter> parameters;
  std::string main_parameter;  ///< what "name:600s" sets
  std::vector<Preset> presets;
  std::function<std::unique_ptr<Policy>(const Values&)> make;
  /// For a policy that can be asked with concurrency alone; otherwise empty.
  std::function<ScalerFactory(const Values&)> make_scaler;
  bool emergency_track = false;  ///< it asks for emergency instances
  bool samples = false;          ///< its scaler takes samples at each decision, not means of seconds
};

/// All of them, by name.
std::span<const PolicyType> policy_types();

/// A policy with its parameters.
struct PolicyChoice {
  const PolicyType* type = nullptr;
  Values values;
  std::string text;                ///< as the user wrote it
  std::vector<std::string> given;  ///< parameters that the user set
};

/// Reads "NAME", "NAME:600s", "NAME:PRESET", "NAME:parameter=value", or several of these after one another
/// ("async:600s:utilization=0.5"), then `settings` ("parameter=value"). The error is one line and says what
/// can be given.
std::expected<PolicyChoice, std::string> choose_policy(std::string_view text,
                                                       std::span<const std::string> settings = {});

}  // namespace faastax::policy
