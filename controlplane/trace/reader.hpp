// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <istream>
#include <string>

#include "controlplane/trace/trace.hpp"

namespace faastax::trace {

/// One of the three files of a trace folder: where it is read from, and its name for messages.
struct Source {
  std::istream& stream;
  std::string name;
};

/// Joins the three files by (owner, app, function). An error says "file:line: what".
std::expected<Trace, std::string> read_trace(Source invocations, Source durations, Source memory);

/// Reads invocations.csv, durations.csv and memory.csv of `folder`.
std::expected<Trace, std::string> load_trace(const std::filesystem::path& folder);

}  // namespace faastax::trace
