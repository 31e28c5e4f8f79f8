// SPDX-License-Identifier: Apache-2.0
#include "collector/join/join.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace faastax::join {
namespace {

using scaling::ScalingEvent;
using scaling::UnixTime;

constexpr std::chrono::seconds kClockDifference{5};

using Name = std::pair<std::string, std::string>;  ///< source, and a name within it

/// Takes events in the order of time and makes the lists.
class Reader {
 public:
  Reader(Join& join, UnixTime begin) : join_(join), begin_(begin) {}

  void take(const ScalingEvent& event) {
    if (!seen_.insert({event.source, event.id}).second) return;
    std::visit([&](const auto& data) { take(event, data); }, event.data);
  }

  /// What was told before the decision that it belongs to finds that only now.
  void link() {
    for (Index i = 0; i < join_.instances.size(); ++i) {
      Told& told = join_.instances[i];
      const auto found = decisions_.find({told.source, told.data.decision_id});
      if (found == decisions_.end()) continue;
      told.decision = found->second;
      if (told.starting) join_.decisions[found->second].instances.push_back(i);
    }
  }

 private:
  void take(const ScalingEvent& event, const scaling::Decision& decision) {
    const Name name{event.source, decision.decision_id};
    if (!decisions_.try_emplace(name, join_.decisions.size()).second) {
      join_.duplicates.push_back(fmt::format("decision {} was told twice", decision.decision_id));
      return;
    }
    join_.decisions.push_back({event.source, event.time, decision, {}, event.time >= begin_});
  }

  void take(const ScalingEvent& event, const scaling::Instance& instance) {
    const Name name{event.source, instance.instance};
    auto open = open_.find(name);
    if (instance.state == scaling::State::kStarting) {
      if (open != open_.end()) {
        join_.duplicates.push_back(
            fmt::format("instance {} was started twice, by {} and {}", instance.instance,
                        join_.instances[open->second].data.decision_id, instance.decision_id));
        return;
      }
    }
    if (open == open_.end()) {
      open = open_.emplace(name, join_.instances.size()).first;
      Told told{.source = event.source,
                .data = instance,
                .began = event.time,
                .ready = {},
                .gone = {},
                .decision = {},
                .observed = {},
                .mismatch = {}};
      told.starting = instance.state == scaling::State::kStarting && event.time >= begin_;
      join_.instances.push_back(std::move(told));
    }
    advance(join_.instances[open->second], event.time, instance);
    if (instance.state == scaling::State::kGone) {
      last_[name] = open->second;
      open_.erase(open);
    }
  }

  static void advance(Told& told, UnixTime time, const scaling::Instance& instance) {
    if (told.data.node.empty()) told.data.node = instance.node;
    if (instance.state == scaling::State::kReady) told.ready = time;
    if (instance.state == scaling::State::kStopping) told.stopped = true;
    if (instance.state == scaling::State::kGone) told.gone = time;
  }

  void take(const ScalingEvent& event, const scaling::Request& request) {
    if (event.time < begin_) return;
    const Name name{event.source, request.instance};
    std::optional<Index> instance;
    if (const auto open = open_.find(name); open != open_.end()) {
      instance = open->second;
    } else if (const auto last = last_.find(name); last != last_.end()) {
      instance = last->second;
    }
    join_.requests.push_back({event.source, request, instance});
  }

  Join& join_;
  UnixTime begin_;
  std::set<Name> seen_;
  std::map<Name, Index> decisions_;
  std::map<Name, Index> open_;  ///< lives that have not ended
  std::map<Name, Index> last_;  ///< the last that ended
};

bool possible(const Told& told, UnixTime created) {
  return created >= told.began - kClockDifference && (!told.gone || created <= *told.gone + kClockDifference);
}

/// The life among `lives` that an observed instance is.
std::optional<Index> life_of(const Join& join, const std::vector<Index>& lives, const Observed& observed) {
  std::optional<Index> best;
  std::chrono::nanoseconds nearest{};
  for (const Index life : lives) {
    const Told& told = join.instances[life];
    if (told.observed) continue;
    // Of what began before the events, or before the profiler, the beginnings say nothing.
    if (!observed.created || !told.starting) {
      if (!best) best = life;
      continue;
    }
    if (!possible(told, *observed.created)) continue;
    const std::chrono::nanoseconds distance = std::chrono::abs(*observed.created - told.began);
    if (best && join.instances[*best].starting && distance >= nearest) continue;
    best = life;
    nearest = distance;
  }
  return best;
}

std::optional<std::string> mismatch_of(const Told& told, const Observed& observed) {
  const scaling::Subject& subject = told.data.subject;
  if (subject.track != observed.track) {
    return fmt::format("instance {}: {} by its decision, {} by the profiler", told.data.instance,
                       ledger::name_of(subject.track), ledger::name_of(observed.track));
  }
  if (subject.function != observed.function || subject.space != observed.space) {
    return fmt::format("instance {}: {}/{} by its decision, {}/{} by the profiler", told.data.instance,
                       subject.space, subject.function, observed.space, observed.function);
  }
  return std::nullopt;
}

void match(Join& join) {
  std::map<std::string, std::vector<Index>> lives;
  for (Index i = 0; i < join.instances.size(); ++i) lives[join.instances[i].data.instance].push_back(i);
  for (Index i = 0; i < join.observed.size(); ++i) {
    const Observed& observed = join.observed[i];
    const auto found = lives.find(observed.sandbox);
    const auto life = found == lives.end() ? std::nullopt : life_of(join, found->second, observed);
    if (!life) {
      if (!observed.live_at_start) join.undecided.push_back(i);
      continue;
    }
    join.instances[*life].observed = i;
    join.instances[*life].mismatch = mismatch_of(join.instances[*life], observed);
  }
}

}  // namespace

Join join(std::span<const ScalingEvent> events, std::vector<Observed> observed, UnixTime begin) {
  std::vector<const ScalingEvent*> in_order;
  in_order.reserve(events.size());
  for (const ScalingEvent& event : events) in_order.push_back(&event);
  std::ranges::stable_sort(in_order, {}, [](const ScalingEvent* event) { return event->time; });
  Join result;
  result.observed = std::move(observed);
  std::ranges::stable_sort(result.observed, {},
                           [](const Observed& one) { return one.created.value_or(UnixTime::min()); });
  Reader reader(result, begin);
  for (const ScalingEvent* event : in_order) reader.take(*event);
  reader.link();
  match(result);
  return result;
}

}  // namespace faastax::join
