// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/base/result.hpp"
#include "cli/lab_command.hpp"
#include "ledger/report.hpp"

namespace faastax::cli {

/// One run of the lab, and the ledger's report of it.
struct ProfiledLab {
  lab::LabResult result;
  ledger::Report report;
};

/// Runs a plan with the profiler attached; with a `timeline` the report has its course over time. `launched`
/// is called when lab and profiler are able to begin; they do not if that fails.
base::Result<ProfiledLab> profile_lab(const lab::LabPlan& plan, bool interrupts, bool timeline,
                                      const std::function<base::Result<void>()>& launched);

/// The one line of the error, and the exit status: a selection that the trace does not have is wrong usage.
int fail_to_plan(const lab::PlanError& error);

/// Every request succeeded, nothing went wrong and nothing interrupted it.
bool clean(const lab::LabResult& result);

/// `faastax lab run` with the profiler attached: the lab's own result, then the ledger's report. Exit
/// status 0 when the run was clean.
int run_profiled_lab(const LabOptions& options);

}  // namespace faastax::cli
