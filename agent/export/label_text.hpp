// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faastax::exporting {

inline constexpr std::size_t kMaxLabelBytes = 128;

/// `text` as a label's value: valid UTF-8 (RFC 3629) of at most kMaxLabelBytes, cut between characters.
/// Each byte that is not part of a valid character, and each control character, becomes U+FFFD.
std::string label_text(std::string_view text);

}  // namespace faastax::exporting
