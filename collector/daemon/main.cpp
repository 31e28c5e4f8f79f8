// SPDX-License-Identifier: Apache-2.0
#include <absl/synchronization/mutex.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <cerrno>

#include "agent/base/stop_signals.hpp"
#include "collector/daemon/collector.hpp"
#include "collector/daemon/options.hpp"

namespace {

constexpr int kFailed = 1;

/// Said whatever the log level: it is why there is no collector.
int fail(const std::string& what) {
  fmt::print(stderr, "faastax-collector: {}\n", what);
  return kFailed;
}

void run_until(const faastax::base::StopSignals& signals, faastax::collector::Collector& collector) {
  constexpr int kLookMilliseconds = 1000;
  pollfd fd{signals.fd(), POLLIN, 0};
  for (int ready = 0; ready == 0 || (ready < 0 && errno == EINTR);) {
    ready = ::poll(&fd, 1, kLookMilliseconds);
    if (ready == 0) collector.look_at_credentials();
  }
}

/// Each agent is a connection; the usual soft limit of 1,024 files would be too few.
void allow_many_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const faastax::collector::Options& options) {
  const auto config = faastax::collector::configuration(options);
  if (!config) return fail(config.error());
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  allow_many_connections();
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to connections that the other side has closed
  const auto signals = faastax::base::StopSignals::take();
  if (!signals) return fail(signals.error());
  const auto collector = faastax::collector::Collector::start(*config, FAASTAX_VERSION);
  if (!collector) return fail(collector.error());
  spdlog::info("{}", (*collector)->start_line(FAASTAX_VERSION));
  run_until(*signals, **collector);
  spdlog::info("told to stop");
  (*collector)->finish();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Debian's Abseil looks for cycles among all locks at each one taken, which is 5% of gRPC's work here.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  spdlog::set_default_logger(spdlog::stderr_color_mt("faastax-collector"));
  const auto options = faastax::collector::parse_options(argc, argv, FAASTAX_VERSION);
  return options ? run(*options) : options.error();
}
