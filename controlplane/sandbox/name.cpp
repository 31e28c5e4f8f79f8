// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/name.hpp"

namespace faastax::sandbox {

bool is_name(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  return !text.empty() && text.size() <= kLongest && text.find_first_not_of(kCharacters) == text.npos &&
         text != "." && text != "..";
}

}  // namespace faastax::sandbox
