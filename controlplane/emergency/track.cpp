// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/track.hpp"

#include <boost/asio/post.hpp>

namespace faastax::emergency {

using sandbox::InstanceEvent;
using sandbox::InstanceFailed;
using sandbox::InstanceReady;
using sandbox::InstanceSpec;

std::expected<std::unique_ptr<EmergencyTrack>, std::string> EmergencyTrack::open(boost::asio::io_context& io,
                                                                                 const Options& options) {
  std::unique_ptr<EmergencyTrack> track(new EmergencyTrack(io));
  for (int number = 1; number <= options.nodes; ++number) {
    const std::string name = "n" + std::to_string(number);
    track->nodes_.push_back(std::make_unique<Node>(
        io, Node::Options{options.program, options.state_folder / name, name, number, options.ready_slots},
        [raw = track.get()](const InstanceEvent& event) { raw->told(event); }));
  }
  for (const auto& node : track->nodes_) {
    if (auto started = node->start(); !started) return std::unexpected(started.error());
  }
  for (const auto& node : track->nodes_) {
    if (auto answers = node->wait_until_it_answers(); !answers) return std::unexpected(answers.error());
  }
  return track;
}

EmergencyTrack::~EmergencyTrack() {
  for (const auto& node : nodes_) node->begin_to_end();
}

void EmergencyTrack::prepare(const InstanceSpec& spec) {
  for (const auto& node : nodes_) node->prepare(spec);
}

Node* EmergencyTrack::next_reachable() {
  for (std::size_t tried = 0; tried < nodes_.size(); ++tried) {
    Node* node = nodes_[turn_++ % nodes_.size()].get();
    if (node->answers()) return node;
  }
  return nullptr;
}

std::string EmergencyTrack::nobody_answers() const {
  std::string reason = "no node can be reached";
  for (const auto& node : nodes_) reason += "; " + node->name() + ": " + node->trouble();
  return reason;
}

void EmergencyTrack::start(const InstanceSpec& spec) {
  Node* node = next_reachable();
  if (node != nullptr && placed_.try_emplace(spec.instance, node).second) return node->backend().start(spec);
  const std::string reason = node == nullptr ? nobody_answers() : "there is an instance of that name";
  boost::asio::post(io_,
                    [this, alive = std::weak_ptr(alive_), event = InstanceFailed{spec.instance, reason}] {
                      if (!alive.expired() && listener_) listener_(event);
                    });
}

void EmergencyTrack::stop(const std::string& instance) {
  const auto found = placed_.find(instance);
  if (found != placed_.end() && found->second->answers()) found->second->backend().stop(instance);
}

void EmergencyTrack::told(const InstanceEvent& event) {
  if (!std::holds_alternative<InstanceReady>(event)) {
    placed_.erase(std::visit([](const auto& one) { return one.instance; }, event));
  }
  if (listener_) listener_(event);
}

}  // namespace faastax::emergency
