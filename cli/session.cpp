// SPDX-License-Identifier: Apache-2.0
#include "cli/session.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "agent/host/node_info.hpp"
#include "agent/rules/rules_parser.hpp"

namespace faastax::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kDrainPeriod{20};
constexpr milliseconds kSnapshotPeriod{250};
constexpr milliseconds kChurnPeriod{1000};
constexpr milliseconds kQuietPeriod{50};
constexpr int kQuietPeriods = 5;
constexpr milliseconds kLinger{2000};  // DESIGN §1, the window's end
constexpr milliseconds kVersionTimeout{500};
constexpr ledger::Nanoseconds kForgetAfter = 900'000'000'000;

}  // namespace

base::Result<rules::Rules> read_rules(const std::filesystem::path& file) {
  return file.empty() ? rules::default_rules() : rules::load_rules(file);
}

std::string boot_prefix() {
  std::string id;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
  return id.substr(0, id.find('-')) + "-";
}

Session::Session(rules::Rules rules, const SessionOptions& options)
    : rules_(std::move(rules)),
      catalog_(rules_),
      options_(options),
      ledger_(catalog_, {.keep_instances = options.instances,
                         .uid_prefix = boot_prefix(),
                         .forget_functions_after = options.forgetful ? kForgetAfter : 0,
                         .timeline = {.most = options.timeline ? kTimeline : 0}}) {}

Session::~Session() {
  std::error_code ignored;
  if (!partial_.empty()) std::filesystem::remove(partial_, ignored);
}

base::Result<void> Session::open_recording() {
  if (options_.recording.empty()) return {};
  // Under another name until it is whole: what was there before is not lost to a run that fails.
  partial_ = options_.recording.string() + ".partial";
  recording_file_.open(partial_, std::ios::binary | std::ios::trunc);
  if (!recording_file_) return base::failure("cannot write " + options_.recording.string(), errno);
  auto writer = ledger::RecordingWriter::start(
      recording_file_,
      {node_, {{"uid_prefix", boot_prefix()}, {"instances", options_.instances ? "1" : "0"}}});
  if (!writer) return base::failure(options_.recording.string() + ": " + writer.error());
  recording_ = std::move(*writer);
  return {};
}

base::Result<std::unique_ptr<Session>> Session::start(const SessionOptions& options) {
  auto rules = read_rules(options.rules_file);
  if (!rules) return base::failure(rules.error());
  std::unique_ptr<Session> session(new Session(std::move(*rules), options));
  const host::CgroupLayout layout = host::CgroupLayout::detect();
  session->node_ = host::read_node_info(layout);
  session->node_.runtime_versions = host::known_runtime_versions(kVersionTimeout);
  if (auto opened = session->open_recording(); !opened) return base::failure(opened.error());
  engine::EngineOptions engine_options;
  engine_options.slices = options.slices;
  engine_options.interrupts = options.interrupts;
  // A fault to inject, for the test that proves that the books' check can fail.
  if (const char* percent = std::getenv("FAASTAX_FAULT_DROP_PERCENT")) {
    engine_options.drop_percent = static_cast<std::uint32_t>(std::strtoul(percent, nullptr, 10));
  }
  // The same for machines without hardware counters: a clock in their place, and so nanoseconds for cycles.
  if (const char* mode = std::getenv("FAASTAX_FAULT_SOFTWARE_CYCLES"))
    engine_options.cycles = bpf::software_cycle_source(bpf::cycle_mode_named(mode));
  auto engine =
      engine::Engine::start(session->rules_, engine_options,
                            [raw = session.get()](const ledger::Input& input) { raw->take(input); });
  if (!engine) return base::failure(engine.error());
  session->engine_ = std::move(*engine);
  for (const bpf::HookState& hook : session->engine_->hooks()) {
    if (!hook.available)
      spdlog::warn("{} is not attached ({}): {}", hook.hook.program, hook.reason, hook.hook.without);
  }
  if (auto learned = session->learn_baseline(); !learned) return base::failure(learned.error());
  if (auto opened = session->reopen(); !opened) return base::failure(opened.error());
  session->last_snapshot_ = steady_clock::now();
  return session;
}

base::Result<void> Session::reopen() {
  if (auto opened = engine_->mark_window(true); !opened) return opened;
  note_churn();
  churn_periods_.clear();
  return {};
}

/// Daemons' work in the window is divided by what they use at quiet times: some before it, in short periods,
/// so that one burst among them does not count.
base::Result<void> Session::learn_baseline() {
  for (int i = 0; i < kQuietPeriods; ++i) {
    last_snapshot_ = steady_clock::now();
    if (auto watched = watch(kQuietPeriod); !watched) return base::failure(watched.error());
    if (auto done = engine_->snapshot(); !done) return done;
  }
  return {};
}

void Session::take(const ledger::Input& input) {
  ledger_.apply(input);
  if (!recording_ || !recording_problem_.empty()) return;
  if (const auto written = recording_->write(input); !written) recording_problem_ = written.error();
}

base::Result<void> Session::snapshot_when_due() {
  const auto now = steady_clock::now();
  if (now - last_snapshot_ < kSnapshotPeriod) return {};
  last_snapshot_ = now;
  if (auto done = engine_->snapshot(); !done) return done;
  // Who watches for days has no report: the list would only grow.
  if (!options_.forgetful && now - churn_noted_ >= kChurnPeriod) note_churn();
  return {};
}

void Session::note_churn() {
  const ledger::Totals totals = ledger_.totals();
  const auto cpu = [&totals](ledger::Activity activity) {
    return static_cast<double>(totals.cpu.of(activity)) / 1e9;
  };
  const auto now = steady_clock::now();
  const join::ChurnPeriod sum{
      .seconds = 0,
      .creations = static_cast<double>(totals.started),
      .overhead_seconds =
          cpu(ledger::Activity::kCreate) + cpu(ledger::Activity::kTeardown) + cpu(ledger::Activity::kManage)};
  churn_periods_.push_back(
      {.seconds = std::chrono::duration<double>(now - std::exchange(churn_noted_, now)).count(),
       .creations = sum.creations - churn_until_then_.creations,
       .overhead_seconds = sum.overhead_seconds - churn_until_then_.overhead_seconds});
  churn_until_then_ = sum;
}

base::Result<bool> Session::watch(milliseconds limit, int also_fd) {
  const auto end = steady_clock::now() + limit;
  while (true) {
    const auto rest = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
    pollfd fds[2] = {{engine_->wake_fd(), POLLIN, 0}, {also_fd, POLLIN, 0}};
    const auto wait = std::clamp(rest, milliseconds(0), kDrainPeriod);
    if (::poll(fds, also_fd >= 0 ? 2 : 1, static_cast<int>(wait.count())) < 0 && errno != EINTR) {
      return base::failure("cannot wait for edges", errno);
    }
    if (auto done = engine_->drain(); !done) return base::failure(done.error());
    if (auto done = snapshot_when_due(); !done) return base::failure(done.error());
    if (also_fd >= 0 && (fds[1].revents & (POLLIN | POLLHUP)) != 0) return true;
    if (rest <= milliseconds(0)) return false;
  }
}

base::Result<void> Session::read() {
  last_snapshot_ = steady_clock::now();
  return engine_->snapshot();
}

base::Result<ledger::Report> Session::finish() {
  const auto end = steady_clock::now() + kLinger;
  while (engine_->live_started() > 0 && steady_clock::now() < end) {
    if (auto watched = watch(kDrainPeriod); !watched) return base::failure(watched.error());
  }
  // An account has ended once two readings find no task in it.
  if (auto done = engine_->snapshot(); !done) return base::failure(done.error());
  if (auto done = engine_->mark_window(false); !done) return base::failure(done.error());
  engine_.reset();
  if (auto kept = keep_recording(); !kept) return base::failure(kept.error());
  return ledger_.report(node_);
}

base::Result<void> Session::keep_recording() {
  if (!recording_) return {};
  const std::string name = options_.recording.string();
  if (recording_problem_.empty()) {
    if (const auto finished = recording_->finish(); !finished) recording_problem_ = finished.error();
  }
  recording_file_.close();
  if (!recording_problem_.empty()) return base::failure(name + ": " + recording_problem_);
  std::error_code error;
  std::filesystem::rename(partial_, options_.recording, error);
  if (error) return base::failure("cannot write " + name + ": " + error.message());
  partial_.clear();
  return {};
}

}  // namespace faastax::cli
