// SPDX-License-Identifier: Apache-2.0
#include "cli/lab_profile.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/base/unique_fd.hpp"
#include "cli/lab_events.hpp"
#include "cli/report_output.hpp"
#include "cli/session.hpp"
#include "ledger/report_json.hpp"

namespace faastax::cli {
namespace {

base::Result<void> watch_until(Session& session, int fd) {
  // In slices: watch() takes a finite time.
  for (;;) {
    const auto watched = session.watch(std::chrono::minutes(1), fd);
    if (!watched) return base::failure(watched.error());
    if (*watched) return {};
  }
}

/// Runs the lab while another thread takes in what happens on the node.
base::Result<lab::LabResult> run_watched(lab::LabProcess& process, Session& session) {
  const base::UniqueFd warm(::eventfd(0, EFD_CLOEXEC));
  const base::UniqueFd over(::eventfd(0, EFD_CLOEXEC));
  const base::UniqueFd blind(::eventfd(0, EFD_CLOEXEC));
  if (!warm || !over || !blind) return base::failure("cannot make an eventfd", errno);
  base::Result<void> watched;
  base::Result<lab::LabResult> result;
  {
    std::jthread watcher([&] {
      watched = watch_until(session, warm.get());
      if (watched) watched = session.reopen();
      if (watched) watched = watch_until(session, over.get());
      // There will be no report: the lab need not go on.
      if (!watched) ::eventfd_write(blind.get(), 1);
    });
    LabProgressBar bar;
    result = process.run([&bar](const lab::LabProgress& progress) { bar.show(progress); },
                         [&warm] { ::eventfd_write(warm.get(), 1); }, blind.get());
    for (const base::UniqueFd* fd : {&warm, &over}) ::eventfd_write(fd->get(), 1);
  }
  if (!watched) return base::failure(watched.error());
  return result;
}

base::Result<void> write_json(const lab::LabResult& result, const ledger::Report& report,
                              const std::filesystem::path& file) {
  nlohmann::ordered_json both;
  both["lab"] = lab::to_json(result);
  both["report"] = nlohmann::ordered_json::parse(ledger::to_json(report));
  std::ofstream stream(file);
  stream << both.dump(2) << '\n';
  stream.close();
  if (stream.fail()) return base::failure(file.string() + ": cannot be written");
  return {};
}

/// What an earlier run told goes now that there will be another one.
base::Result<void> begin_lab(const lab::LabPlan& plan) {
  if (const auto& file = plan.config.events.file; file && !std::ofstream(*file, std::ios::trunc))
    return base::failure(file->string() + ": cannot be written");
  print_lab_plan(plan, stderr);
  return {};
}

}  // namespace

base::Result<ProfiledLab> profile_lab(const lab::LabPlan& plan, bool interrupts, bool timeline,
                                      const std::function<base::Result<void>()>& launched) {
  ::signal(SIGPIPE, SIG_IGN);  // ^C may find the lab's processes gone, or whom we print to
  lab::LabPlan with_events = plan;
  auto events = LabEvents::prepare(with_events.config);
  if (!events) return base::failure(events.error());
  auto process = lab::LabProcess::launch(with_events);
  if (!process) return base::failure(process.error());
  auto session = Session::start(
      {.rules_file = {}, .instances = true, .recording = {}, .interrupts = interrupts, .timeline = timeline});
  if (!session) return base::failure(session.error());
  if (const auto begun = launched(); !begun) return base::failure(begun.error());
  events->begin();
  auto result = run_watched(*process, **session);
  if (!result) return base::failure(result.error());
  auto report = (*session)->finish();
  if (!report) return base::failure(report.error());
  if (const auto joined =
          add_scaling(*events, *result, (*session)->churn_periods(), plan.config.warmup.count() > 0, *report);
      !joined)
    return base::failure(joined.error());
  report->instances.reset();
  return ProfiledLab{std::move(*result), std::move(*report)};
}

int fail_to_plan(const lab::PlanError& error) {
  constexpr int kUsage = 2;
  const int status = fail(error.what);
  return error.selection ? kUsage : status;
}

bool clean(const lab::LabResult& result) {
  return result.failed == 0 && !result.interrupted && result.problems.empty();
}

int run_profiled_lab(const LabOptions& options) {
  const auto plan = lab::plan_lab(options.config);
  if (!plan) return fail_to_plan(plan.error());
  const auto ran = profile_lab(*plan, options.interrupts, true, [&plan] { return begin_lab(*plan); });
  if (!ran) return fail(ran.error());
  print_lab_result(ran->result, stdout);
  fmt::print("\n");
  std::fflush(stdout);
  print_report(ran->report, false, stdout);
  if (options.json_file) {
    if (const auto wrote = write_json(ran->result, ran->report, *options.json_file); !wrote)
      return fail(wrote.error());
  }
  return clean(ran->result) ? 0 : 1;
}

}  // namespace faastax::cli
