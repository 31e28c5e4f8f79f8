// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collector/join/observed.hpp"
#include "proto/scaling_event.hpp"

/// Scaling events and the instances that a profiler saw, brought together: each decision with what it
/// started, what that cost and what it served. Pure.
namespace faastax::join {

/// Places in Join's lists.
using Index = std::size_t;

/// A decision of one control plane, told once.
struct Decided {
  std::string source;
  scaling::UnixTime time{};
  scaling::Decision data;
  std::vector<Index> instances;  ///< that it started: places in Join::instances
  bool counts = true;            ///< it was taken in the window
  bool up() const { return data.to > data.from; }
};

/// One life of an instance as its control plane tells it: from starting to gone.
struct Told {
  std::string source;
  scaling::Instance data;  ///< as first told
  scaling::UnixTime began{};
  std::optional<scaling::UnixTime> ready;
  std::optional<scaling::UnixTime> gone;
  bool starting = false;                ///< its start is among the events, in the window
  bool stopped = false;                 ///< its stop was told
  std::optional<Index> decision;        ///< that wanted it, or what it replaces: a place in Join::decisions
  std::optional<Index> observed;        ///< the same as the profiler saw it: a place in Join::observed
  std::optional<std::string> mismatch;  ///< what the profiler says otherwise
  bool failed() const { return gone && !ready && !stopped; }
  bool repair() const { return data.reason == scaling::Reason::kRepair; }
};

struct Held {
  std::string source;
  scaling::Request data;
  std::optional<Index> instance;  ///< a place in Join::instances
};

struct Join {
  std::vector<Decided> decisions;  ///< in the order of their time
  std::vector<Told> instances;     ///< the same
  std::vector<Held> requests;
  std::vector<Observed> observed;
  std::vector<Index> undecided;         ///< observed that started and that no control plane told of
  std::vector<std::string> duplicates;  ///< what was told twice and should not have been
};

/// Brings them together by sandbox id and, where one id had several lives, by time: an observed instance is
/// the life that began next to its creation, within what clocks of two nodes may differ (5 s) of that life.
/// Events may come in any order and more than once (same source and id: one event). `begin` is the window's;
/// what was decided, started or sent before it helps to tell things apart and counts for nothing.
Join join(std::span<const scaling::ScalingEvent> events, std::vector<Observed> observed,
          scaling::UnixTime begin = scaling::UnixTime::min());

}  // namespace faastax::join
