// SPDX-License-Identifier: Apache-2.0
#include "cli/lab_events.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

#include "agent/base/unique_fd.hpp"
#include "collector/join/scaling_report.hpp"

namespace faastax::cli {

base::Result<LabEvents> LabEvents::prepare(lab::LabConfig& config) {
  if (config.events.file) return LabEvents(*config.events.file, false);
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error);
  if (error) return base::failure("no folder for temporary files: " + error.message());
  std::string name = (folder / "faastax-events-XXXXXX").string();
  const base::UniqueFd made(::mkstemp(name.data()));
  if (!made) return base::failure("cannot make " + name, errno);
  config.events.file = name;
  return LabEvents(name, true);
}

LabEvents::LabEvents(LabEvents&& other) noexcept
    : file_(std::move(other.file_)), begin_(other.begin_), own_(std::exchange(other.own_, false)) {}

void LabEvents::begin() {
  std::error_code none;
  const auto size = std::filesystem::file_size(file_, none);
  begin_ = none ? 0 : size;
}

LabEvents::~LabEvents() {
  std::error_code ignored;
  if (own_) std::filesystem::remove(file_, ignored);
}

base::Result<std::vector<scaling::ScalingEvent>> LabEvents::read() const {
  std::ifstream stream(file_, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(begin_));
  if (!stream) return base::failure("cannot read " + file_.string(), errno);
  std::vector<scaling::ScalingEvent> events;
  for (std::string line; std::getline(stream, line);) {
    auto event = scaling::event_from_json(line);
    if (!event) return base::failure(fmt::format("{}: {}", file_.string(), event.error()));
    events.push_back(std::move(*event));
  }
  return events;
}

base::Result<void> add_scaling(const LabEvents& events, const lab::LabResult& result,
                               std::span<const join::ChurnPeriod> periods, bool warm_up,
                               ledger::Report& report) {
  const auto told = events.read();
  if (!told) return base::failure(told.error());
  // Without a warm-up all of the run counts, also what was decided just before its first instance began.
  const auto begin =
      warm_up ? scaling::parse_rfc3339(report.window_start) : std::optional(scaling::UnixTime::min());
  if (!begin) return base::failure("the report's window has no beginning");
  report.scaling = join::scaling_report(join::join(*told, join::observed_of(*report.instances), *begin));
  report.scaling->events_lost = result.events.lost_to_file;
  report.scaling->churn = join::churn_line(periods);
  return {};
}

}  // namespace faastax::cli
