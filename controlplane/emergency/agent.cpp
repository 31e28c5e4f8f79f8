// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/agent.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/asio/post.hpp>

#include <utility>

#include "controlplane/emergency/node_lock.hpp"
#include "controlplane/sandbox/files.hpp"

namespace faastax::emergency {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using sandbox::InstanceFailed;
using sandbox::InstanceGone;
using sandbox::InstanceReady;
using sandbox::InstanceSpec;

namespace {

constexpr std::uint16_t kFunctionPort = 8080;

std::string key_of(const InstanceSpec& spec) { return spec.space + "." + spec.function; }

}  // namespace

std::expected<std::unique_ptr<EmergencyAgent>, std::string> EmergencyAgent::open(asio::io_context& io,
                                                                                 const Options& options) {
  if (geteuid() != 0) return std::unexpected("emergency instances need root");
  auto layout = CgroupLayout::choose();
  if (!layout) return std::unexpected(layout.error());
  std::error_code error;
  fs::create_directories(options.state_folder, error);
  sandbox::Fd lock(::open((options.state_folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return std::unexpected(options.state_folder.string() + ": cannot be written");
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return std::unexpected(fmt::format("an agent of this node runs ({})", options.state_folder.string()));
  }
  auto number_lock = take_node_lock(options.number);
  if (!number_lock) return std::unexpected(number_lock.error());
  std::unique_ptr<EmergencyAgent> agent(
      new EmergencyAgent(io, options, Locks{std::move(lock), std::move(*number_lock)}, std::move(*layout)));
  if (auto done = agent->set_up(options); !done) return std::unexpected(done.error());
  return agent;
}

EmergencyAgent::EmergencyAgent(asio::io_context& io, const Options& options, Locks locks, CgroupLayout layout)
    : io_(io),
      node_(options.node),
      state_folder_(options.state_folder),
      locks_(std::move(locks)),
      cgroups_(std::move(layout), options.number),
      templates_(io, state_folder_ / "rootfs", state_folder_ / "templates", options.templates) {
  templates_.on_forked([this](const TemplateProcess::Forked& forked) {
    const auto found = instances_.find(forked.number);
    if (found != instances_.end()) std::shared_ptr(found->second)->forked(forked.pid);
  });
  templates_.on_lost(
      [this](const std::string& function, const std::string& reason) { lost(function, reason); });
}

EmergencyAgent::~EmergencyAgent() {
  for (auto& [number, instance] : instances_) instance->cgroup().kill();
  instances_.clear();
  cgroups_.remove_leftovers();
  std::error_code error;
  for (const char* part : {"rootfs", "templates"}) fs::remove_all(state_folder_ / part, error);
}

std::expected<void, std::string> EmergencyAgent::set_up(const Options& options) {
  cgroups_.remove_leftovers();
  std::error_code error;
  for (const char* part : {"rootfs/proc", "rootfs/dev", "templates"}) {
    fs::create_directories(state_folder_ / part, error);
  }
  if (auto wrote = sandbox::write_program(state_folder_ / "rootfs/function", options.function_program);
      !wrote) {
    return wrote;
  }
  auto network = NetworkPool::open(options.number, options.ready_slots);
  if (!network) return std::unexpected(network.error());
  network_ = std::move(*network);
  return {};
}

std::expected<void, std::string> EmergencyAgent::ready_for(const InstanceSpec& spec) {
  if (auto made = cgroups_.prepare(spec.space, spec.function); !made) return made;
  return templates_.prepare(key_of(spec));
}

void EmergencyAgent::prepare(const InstanceSpec& spec) {
  // What is wrong shows again, to somebody who waits for an answer, when an instance is started.
  (void)ready_for(spec);
}

void EmergencyAgent::start(const InstanceSpec& spec) {
  if (auto spawned = spawn(spec); !spawned) fail(spec.instance, std::move(spawned.error()));
}

void EmergencyAgent::fail(const std::string& instance, std::string reason) {
  asio::post(io_, [this, event = InstanceFailed{instance, std::move(reason)}] {
    if (listener_) listener_(event);
  });
}

std::expected<void, std::string> EmergencyAgent::spawn(const InstanceSpec& spec) {
  if (closed_) return std::unexpected("the agent is ending");
  if (numbers_.contains(spec.instance)) return std::unexpected("there is an instance of that name");
  if (auto ready = ready_for(spec); !ready) return ready;
  auto cgroup = cgroups_.make(spec.space, spec.function, spec.instance,
                              {spec.memory_limit_bytes, spec.cpu_limit_cores});
  if (!cgroup) return std::unexpected(cgroup.error());
  const auto slot = network_->take();
  if (!slot) {
    (void)cgroup->remove();
    return std::unexpected(slot.error());
  }
  const std::uint64_t number = ++last_number_;
  const auto instance =
      std::make_shared<Instance>(io_, Instance::Parts{spec, std::move(*cgroup), *slot},
                                 Instance::Callbacks{[this](Instance& one) { listens(one); },
                                                     [this, number](Instance& one) { ended(number, one); }});
  instances_[number] = instance;
  numbers_[spec.instance] = number;
  const auto report = instance->open_report();
  TemplateProcess::Fork fork{.number = number,
                             .host_name = spec.function,
                             .cgroup = instance->cgroup().folder(),
                             .network = (*slot)->network.fd.get(),
                             .report = report ? report->get() : -1};
  for (const sandbox::Fd& file : instance->cgroup().joins()) fork.joins.push_back(file.get());
  const auto asked = report ? templates_.fork(key_of(spec), fork) : std::unexpected(report.error());
  // From here on the instance tells of its end itself.
  if (!asked) asio::post(io_, [instance, reason = asked.error()] { instance->abandoned(reason); });
  return {};
}

void EmergencyAgent::listens(Instance& instance) {
  if (!listener_) return;
  listener_(InstanceReady{.instance = instance.spec().instance,
                          .address = instance.slot().address,
                          .port = kFunctionPort,
                          .network = "",
                          .node = node_});
}

void EmergencyAgent::ended(std::uint64_t number, Instance& instance) {
  const auto keep = instance.shared_from_this();
  std::string reason = instance.reason();
  if (auto removed = instance.cgroup().remove(); !removed) reason += "; " + removed.error();
  network_->give_back(&instance.slot());
  instances_.erase(number);
  const std::string name = instance.spec().instance;
  numbers_.erase(name);
  if (listener_) {
    if (instance.has_listened()) {
      listener_(InstanceGone{name, std::move(reason)});
    } else {
      listener_(InstanceFailed{name, std::move(reason)});
    }
  }
  reap_strangers();
  if (closed_ && instances_.empty()) asio::post(io_, std::exchange(closed_, [] {}));
}

void EmergencyAgent::lost(const std::string& function, const std::string& reason) {
  std::vector<std::shared_ptr<Instance>> all;
  for (const auto& [number, instance] : instances_) {
    if (key_of(instance->spec()) == function) all.push_back(instance);
  }
  for (const auto& instance : all) instance->abandoned(reason);
  asio::post(io_, [this] { reap_strangers(); });  // when the template itself has been waited for
}

// A child that died before its template could tell its pid is in no cgroup any more: nobody else waits for
// it. One that has not been told yet must not be taken from its instance; that one's end comes by here again.
void EmergencyAgent::reap_strangers() {
  for (;;) {
    siginfo_t ended{};
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return;
    if (templates_.has(ended.si_pid)) return;
    for (const auto& [number, instance] : instances_) {
      if (instance->pid() == 0 || instance->pid() == ended.si_pid) return;
    }
    waitpid(ended.si_pid, nullptr, WNOHANG);
  }
}

void EmergencyAgent::stop(const std::string& instance) {
  const auto found = numbers_.find(instance);
  if (found != numbers_.end()) instances_.at(found->second)->stop();
}

void EmergencyAgent::close(std::function<void()> done) {
  if (instances_.empty()) {
    closed_ = [] {};
    return done();
  }
  closed_ = std::move(done);
  for (auto& [number, instance] : instances_) instance->stop();
}

}  // namespace faastax::emergency
