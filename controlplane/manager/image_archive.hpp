// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace faastax::manager {

/// A container image of one static program, as `ctr images import` reads it: a tar archive of a layer, its
/// configuration and a manifest (the layout of `docker save`). `reference` has a registry's name and a tag,
/// `example.org/name:tag`; `path` is the program's place in the image and its entry point. Pure.
std::string image_archive(std::string_view reference, std::string_view path,
                          std::span<const std::byte> program);

}  // namespace faastax::manager
