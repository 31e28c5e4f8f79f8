// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/cri_cluster_manager.hpp"

#include <boost/asio/post.hpp>

#include <atomic>

namespace faastax::manager {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kOtherCallsAtOnce = 4;
constexpr auto kBeforeNextList = 300ms;  // a removal that fails at once shall not take a CPU

std::vector<std::string> names_of(const std::vector<CriClusterManager::Node>& nodes) {
  std::vector<std::string> names;
  for (const CriClusterManager::Node& node : nodes) names.push_back(node.name);
  return names;
}

}  // namespace

CriClusterManager::CriClusterManager(asio::io_context& io, Options options)
    : io_(io),
      table_(names_of(options.nodes), options.limits),
      prober_(io, options.probe,
              [this](const std::string& instance, bool success, const std::string& reason) {
                perform(table_.probed(now(), instance, success, reason));
              }),
      tick_timer_(io),
      starts_(options.starts_at_once),
      calls_(kOtherCallsAtOnce) {
  for (const Node& one : options.nodes) {
    Watched& watched = nodes_[one.name];
    watched.node = std::make_unique<CriNode>(one.name, one.socket, options.pod);
    watched.list_timer = std::make_unique<asio::steady_timer>(io);
  }
  for (auto& [name, watched] : nodes_)
    watched.watcher = std::thread([this, node = watched.node.get()] { watch(*node); });
}

CriClusterManager::~CriClusterManager() {
  closing_ = true;
  alive_.reset();
  for (auto& [name, watched] : nodes_) {
    watched.node->client().stop_watching();
    watched.watcher.join();
  }
  starts_.join();
  calls_.join();
}

// On the node's own thread: it sleeps in a read.
void CriClusterManager::watch(CriNode& node) {
  const auto to_loop = [this](auto work) {
    asio::post(io_, [alive = std::weak_ptr(alive_), work = std::move(work)] {
      if (!alive.expired()) work();
    });
  };
  while (!closing_) {
    node.client().watch(
        [&] { to_loop([this, &node] { list(node); }); },
        [&](const TaskEnd& end) {
          const auto instance = node.instance_of(end.container);
          if (instance) to_loop([this, name = *instance, part = end.container] { act(Examine{name, part}); });
        });
    to_loop([this, &node] { table_.node_lost(node.name()); });
  }
}

template <class Work, class Then>
void CriClusterManager::call(asio::thread_pool& pool, Work work, Then then) {
  asio::post(pool, [this, alive = std::weak_ptr(alive_), work = std::move(work), then = std::move(then)] {
    if (alive.expired()) return;
    asio::post(io_, [alive, then, result = work()] {
      if (!alive.expired()) then(result);
    });
  });
}

void CriClusterManager::desire(const FunctionKey& function, std::vector<sandbox::InstanceSpec> instances) {
  perform(table_.desire(now(), function, instances));
}

void CriClusterManager::perform(const Steps& steps) {
  for (const Step& step : steps) {
    std::visit([this](const auto& one) { act(one); }, step);
  }
  arm_tick();
}

void CriClusterManager::act(const StartPod& step) {
  arrived_[step.spec.instance] = std::chrono::steady_clock::now();
  call(
      starts_, [&node = node(step.node), step] { return node.start(step); },
      [this, instance = step.spec.instance](const CriResult<CriNode::Running>& result) {
        if (result) return perform(table_.started(now(), instance, result->sandbox, result->address));
        perform(table_.start_failed(now(), instance, result.error().unavailable, result.error().text));
      });
}

void CriClusterManager::act(const RemovePod& step) {
  call(
      calls_,
      [&node = node(step.node), step] { return node.remove(step.sandbox, step.instance).has_value(); },
      [this, step](bool done) { perform(table_.removed(step, done)); });
}

void CriClusterManager::act(const BeginProbing& step) {
  prober_.begin(step.instance, step.address, arrived_[step.instance]);
}

void CriClusterManager::act(const Examine& step) {
  const PodStatus* pod = table_.find(step.instance);
  if (pod == nullptr || pod->node.empty()) return;
  call(
      calls_, [&node = node(pod->node), step] { return node.how_it_ended(step.instance, step.part); },
      [this, instance = step.instance](const std::optional<std::string>& reason) {
        if (reason) perform(table_.ended(instance, *reason));
      });
}

// Several that ask for it at about the same time get one list.
void CriClusterManager::act(const ListPods& step) {
  const auto found = nodes_.find(step.node);
  if (found == nodes_.end() || std::exchange(found->second.list_due, true)) return;
  found->second.list_timer->expires_after(kBeforeNextList);
  found->second.list_timer->async_wait([this, watched = &found->second](const boost::system::error_code& no) {
    if (no) return;
    watched->list_due = false;
    list(*watched->node);
  });
}

void CriClusterManager::list(CriNode& node) {
  call(
      calls_, [&node] { return node.list(); },
      [this, &node](const CriResult<std::vector<ObservedPod>>& pods) {
        if (pods) return perform(table_.listed(now(), node.name(), *pods));
        act(ListPods{node.name()});
      });
}

void CriClusterManager::act(const sandbox::InstanceEvent& event) {
  std::visit(
      [this]<class Event>(const Event& one) {
        if constexpr (!std::is_same_v<Event, sandbox::InstanceReady>) arrived_.erase(one.instance);
      },
      event);
  asio::post(io_, [this, alive = std::weak_ptr(alive_), event] {
    if (!alive.expired() && listener_) listener_(event);
  });
}

void CriClusterManager::arm_tick() {
  const auto wake = table_.next_wake();
  if (!wake) {
    tick_timer_.cancel();
    return;
  }
  tick_timer_.expires_at(std::chrono::steady_clock::time_point(*wake));
  tick_timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) perform(table_.tick(now()));
  });
}

}  // namespace faastax::manager
