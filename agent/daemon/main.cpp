// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "agent/base/capabilities.hpp"
#include "agent/base/libbpf_log.hpp"
#include "agent/base/stop_signals.hpp"
#include "agent/daemon/agent.hpp"
#include "agent/daemon/options.hpp"

namespace {

constexpr int kFailed = 1;

/// Said whatever the log level: it is why there is no agent.
int fail(const std::string& what) {
  fmt::print(stderr, "faastax-agent: {}\n", what);
  return kFailed;
}

int run(const faastax::daemon::Options& options) {
  const auto config = faastax::daemon::configuration(options);
  if (!config) return fail(config.error());
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  // The configuration is read at the start only: a hangup asks for nothing.
  ::signal(SIGHUP, SIG_IGN);
  if (const auto done = faastax::base::forbid_new_privileges(); !done) return fail(done.error());
  const auto signals = faastax::base::StopSignals::take();
  if (!signals) return fail(signals.error());
  const auto agent = faastax::daemon::Agent::start(*config, FAASTAX_VERSION);
  if (!agent) return fail(agent.error());
  if (const auto done = (*agent)->run(signals->fd()); !done) return fail(done.error());
  spdlog::info("told to stop");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("faastax-agent"));
  faastax::base::log_libbpf();
  const auto options = faastax::daemon::parse_options(argc, argv, FAASTAX_VERSION);
  return options ? run(*options) : options.error();
}
