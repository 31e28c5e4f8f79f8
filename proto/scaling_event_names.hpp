// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

/// The words of scaling events, in the order of their enumerations.
namespace faastax::scaling {

inline constexpr std::string_view kSpecVersion = "1.0";
inline constexpr std::string_view kDataMediaType = "application/json";
inline constexpr std::array<std::string_view, 3> kTypes = {
    "dev.faastax.scaling.decision.v1", "dev.faastax.scaling.instance.v1", "dev.faastax.scaling.request.v1"};
inline constexpr std::array<std::string_view, 4> kStates = {"starting", "ready", "stopping", "gone"};
inline constexpr std::array<std::string_view, 2> kReasons = {"decision", "repair"};

}  // namespace faastax::scaling
