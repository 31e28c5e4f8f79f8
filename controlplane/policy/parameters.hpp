// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <expected>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/policy/policy.hpp"

namespace faastax::policy {

/// One parameter of a policy, as it is set on the command line.
struct Parameter {
  enum class Kind : std::uint8_t {
    kSeconds,  ///< a duration in whole seconds: 90, 90s, 10m, 1h
    kNumber,
    kCount,   ///< a whole number
    kChoice,  ///< one of `choices`; the value is its position
  };
  std::string name;
  Kind kind = Kind::kNumber;
  double initial = 0;
  double least = 0;
  double most = 0;  ///< infinity is allowed where this is infinite
  std::string help;
  bool metrics = true;  ///< matters to `policy eval`, which has no instances to start and stop
  std::vector<std::string> choices{};
};

/// Values of a policy's parameters, each within its bounds.
class Values {
 public:
  explicit Values(std::span<const Parameter> parameters);

  /// `text` is what stands after "name=". The error names the parameter and what it takes.
  std::expected<void, std::string> set(std::span<const Parameter> parameters, std::string_view name,
                                       std::string_view text);

  double number(std::string_view name) const { return values_.find(name)->second; }
  std::int64_t count(std::string_view name) const { return std::llround(number(name)); }
  Time seconds(std::string_view name) const { return Time(std::llround(number(name) * 1e9)); }
  void put(std::string_view name, double value) { values_.insert_or_assign(std::string(name), value); }

 private:
  std::map<std::string, double, std::less<>> values_;
};

/// The parameter's value as a user would write it.
std::string to_text(const Parameter& parameter, double value);

}  // namespace faastax::policy
