// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/agent.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <utility>

#include "agent/daemon/losses.hpp"
#include "agent/daemon/privileges.hpp"
#include "agent/daemon/start_line.hpp"
#include "agent/engine/clock.hpp"
#include "agent/host/node_info.hpp"
#include "agent/host/text.hpp"
#include "agent/http/agent_routes.hpp"
#include "agent/rules/rules_parser.hpp"

namespace faastax::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{10};

// For the last records' acknowledgement; who asks the agent to stop waits as long at most.
constexpr std::chrono::seconds kLastAnswer{3};

// Longer than the exporter shows an unchanged series (15 minutes): a function that comes back begins at 0 in
// the ledger, and the exporter goes on from where its series stood.
constexpr std::chrono::nanoseconds kForgetFunctionsAfter = std::chrono::hours(1);

// A runtime says its version in a few milliseconds, or it hangs.
constexpr std::chrono::milliseconds kVersionTimeout{500};

host::Roots roots_of(const config::AgentConfig& config) { return {config.proc_root, config.sys_root}; }

/// What talks with other machines needs no capability.
void give_up_all() {
  if (auto done = base::keep_only({}); !done) spdlog::warn("{}", done.error());
}

exporting::ExporterOptions exporter_options(const config::AgentConfig& config) {
  exporting::ExporterOptions options;
  options.limits.functions = config.max_functions;
  options.limits.components = config.max_components;
  return options;
}

}  // namespace

Agent::Agent(const config::AgentConfig& config, rules::Rules rules, ledger::NodeInfo node,
             bpf::CycleSource cycles, std::string_view version)
    : config_(config),
      version_(version),
      node_(std::move(node)),
      cycles_(std::move(cycles)),
      rules_(std::move(rules)),
      catalog_(rules_),
      readiness_("attaching"),
      ledger_(catalog_,
              {.keep_instances = !config.collector.target.empty(),
               .uid_prefix = {},
               .forget_functions_after = static_cast<ledger::Nanoseconds>(kForgetFunctionsAfter.count())}),
      exporter_({version_, node_.kernel, node_.cgroup, node_.cycle_source}, exporter_options(config)),
      failures_(kPatience) {}

base::Result<std::unique_ptr<Agent>> Agent::start(const config::AgentConfig& config,
                                                  std::string_view version) {
  auto rules = config.rules.empty() ? rules::default_rules() : rules::load_rules(config.rules);
  if (!rules) return base::failure(rules.error());
  const host::Roots roots = roots_of(config);
  auto node = host::read_node_info(host::CgroupLayout::detect(roots), roots);
  auto cycles = bpf::find_cycle_source(host::online_cpus(roots));
  node.cycle_source = bpf::name_of(cycles.mode);
  // For the records alone, and now: later it may run nothing.
  if (!config.collector.target.empty()) node.runtime_versions = host::known_runtime_versions(kVersionTimeout);
  std::unique_ptr<Agent> agent(
      new Agent(config, std::move(*rules), std::move(node), std::move(cycles), version));
  if (auto done = agent->listen(); !done) return base::failure(done.error());
  const ledger::Nanoseconds born = engine::monotonic_now();
  if (auto done = agent->attach(); !done) return base::failure(done.error());
  if (auto done = agent->give_up_privileges(); !done) return base::failure(done.error());
  agent->start_feed(born);
  return agent;
}

base::Result<void> Agent::listen() {
  http::ServerOptions options;
  options.endpoint = config_.listen;
  options.on_thread = give_up_all;
  auto server = http::Server::start(
      options,
      http::agent_routes({.metrics = [this](std::string_view scraper) { return exporter_.scrape(scraper); },
                          .ready = [this] { return readiness_.state(); }}));
  if (!server) return base::failure(server.error());
  server_ = std::move(*server);
  return {};
}

/// `born` is before the books begin, so that they lie within this agent's life. Its threads have no
/// capability.
void Agent::start_feed(ledger::Nanoseconds born) {
  if (config_.collector.target.empty()) return;
  const auto boot = host::read_text(config_.proc_root / "sys/kernel/random/boot_id");
  sender::FeedOptions options{.shipper = {config_.collector,
                                          {.folder = config_.spool_folder, .bytes = config_.spool_bytes},
                                          version_,
                                          give_up_all},
                              .identity = {.node = config_.node.empty() ? node_.name : config_.node,
                                           .boot = std::string(host::trimmed(boot.value_or("unknown"))),
                                           .born = born},
                              .ledger_period = config_.ledger_period,
                              .instance_period = config_.instance_period};
  feed_ = std::make_unique<sender::RecordFeed>(std::move(options), node_);
}

void Agent::finish_feed() {
  if (!feed_) return;
  if (auto done = engine_->snapshot(); !done) spdlog::warn("{}", done.error());
  feed_->finish(ledger_, kLastAnswer);
}

base::Result<void> Agent::attach() {
  engine::EngineOptions options;
  options.roots = roots_of(config_);
  options.ring_bytes = config_.ring_bytes;
  options.accounts = config_.max_accounts;
  options.cgroups = config_.max_cgroups;
  options.cycles = cycles_;
  options.interrupts = config_.interrupts;
  options.work_functions = config_.max_work_functions;
  options.memory_period = config_.memory_period;
  auto engine =
      engine::Engine::start(rules_, options, [this](const ledger::Input& input) { ledger_.apply(input); });
  if (!engine) return base::failure(engine.error());
  engine_ = std::move(*engine);
  readiness_.set_problem("attached, nothing read yet");
  const auto level = is_complete(engine_->hooks()) ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level,
              start_line(version_, node_, {config_.listen.address, server_->port()}, engine_->hooks()));
  return {};
}

/// The programs are attached, the address is bound: what comes is reading. The server's thread has none.
base::Result<void> Agent::give_up_privileges() {
  const auto kept =
      daemon::give_up_privileges(cycles_.mode, [this] { return engine_->snapshot().has_value(); });
  if (!kept) return base::failure(kept.error());
  spdlog::debug("capabilities kept: {:#x}", kept->bits());
  return {};
}

base::Result<void> Agent::run(int stop_fd) {
  while (true) {
    pollfd fds[2] = {{engine_->wake_fd(), POLLIN, 0}, {stop_fd, POLLIN, 0}};
    if (::poll(fds, 2, static_cast<int>(engine_->drain_period().count())) < 0 && errno != EINTR) {
      return base::failure("cannot wait for edges", errno);
    }
    if (fds[1].revents != 0) {
      readiness_.set_problem("stopping");
      finish_feed();
      return {};
    }
    if (auto done = step(steady_clock::now()); !done) {
      finish_feed();  // what was booked until then
      return done;
    }
  }
}

/// A failure shows in the readiness at once, and in the result once it has lasted.
base::Result<void> Agent::step(TimePoint now) {
  auto done = take_in(now);
  if (done) return done;
  if (!failures_.lasts()) spdlog::warn("{}", done.error());
  readiness_.set_problem(done.error());
  if (failures_.failed(now)) return done;
  return {};
}

base::Result<void> Agent::take_in(TimePoint now) {
  if (auto done = engine_->drain(); !done) return done;
  if (now < next_snapshot_) return {};
  next_snapshot_ = now + config_.snapshot_period;
  if (auto done = engine_->snapshot(); !done) return done;
  if (feed_) feed_->tell(ledger_);
  publish();
  if (failures_.succeeded()) spdlog::info("the kernel's tables can be read again");
  readiness_.set_ready();
  return {};
}

void Agent::publish() {
  const ledger::Totals& totals = ledger_.current();
  exporting::Intake intake{.edges = engine_->edges(),
                           .losses = losses_by_kind(engine_->losses(), totals.lost_events)};
  add_delivery(feed_ ? std::optional(feed_->status()) : std::nullopt, intake);
  exporter_.publish(totals, intake);
}

}  // namespace faastax::daemon
