// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace faastax::base {

/// What `parse(argc, argv, version)` makes of a program's words, for tests.
template <typename Parse>
auto parse_words(const Parse& parse, const char* program, const std::vector<std::string>& arguments) {
  std::vector<const char*> words = {program};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  return parse(static_cast<int>(words.size()), words.data(), "0");
}

}  // namespace faastax::base
