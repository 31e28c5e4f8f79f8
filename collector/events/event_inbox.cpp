// SPDX-License-Identifier: Apache-2.0
#include "collector/events/event_inbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "collector/ingest/record_check.hpp"
#include "proto/scaling_event.hpp"

namespace faastax::collector {
namespace {

constexpr std::uint32_t kRetrySeconds = 1;

constexpr std::array<std::string_view, kDeliveries> kNames = {"stored", "malformed", "unauthorized",
                                                              "deferred"};

http::Response deferred(const std::string& why) {
  return {.status = 503, .body = why + ": send it again\n", .retry_after_seconds = kRetrySeconds};
}

/// The events of one request, and whoever sent it.
class EventDeposit final : public Deposit {
 public:
  EventDeposit(std::vector<scaling::ScalingEvent> parsed, std::size_t size, http::Respond respond,
               DeliveryObserver observer)
      : respond_(std::move(respond)), observer_(std::move(observer)) {
    events = std::move(parsed);
    bytes = size;
  }

  void stored(std::span<const store::Verdict>, std::span<const store::Verdict> verdicts) override {
    const auto refused = std::ranges::find(verdicts, store::Outcome::kRefused, &store::Verdict::outcome);
    if (refused == verdicts.end()) return answer({.body = "stored\n"}, Delivery::kStored);
    const auto place = refused - verdicts.begin();
    answer({.status = 400, .body = fmt::format("event {}: {}\n", place, refused->reason)},
           Delivery::kMalformed);
  }
  bool failed(const std::string& why) override {
    answer(deferred(why), Delivery::kDeferred);
    return false;
  }
  void given_up(const std::string& why) override { failed(why); }

 private:
  void answer(http::Response response, Delivery delivery) {
    observer_(delivery);
    respond_(std::move(response));
  }

  http::Respond respond_;
  DeliveryObserver observer_;
};

/// An event from the future would be counted in no report until then.
std::optional<std::string> find_future(const std::vector<scaling::ScalingEvent>& events) {
  const auto latest = std::chrono::system_clock::now() + kAhead;
  const auto wrong = std::ranges::find_if(events, [&](const auto& event) { return event.time > latest; });
  if (wrong == events.end()) return std::nullopt;
  return fmt::format("event {}: time {} is in the future: set the sender's clock", wrong - events.begin(),
                     scaling::to_rfc3339(wrong->time));
}

}  // namespace

std::string_view name_of(Delivery delivery) { return kNames.at(static_cast<std::size_t>(delivery)); }

EventInbox::EventInbox(Committer& committer, std::optional<BearerToken> token, DeliveryObserver observer)
    : committer_(committer), token_(std::move(token)), observer_(std::move(observer)) {}

http::Inbox EventInbox::inbox(std::uint64_t max_body_bytes) {
  return {.max_body_bytes = max_body_bytes,
          .refuse = [this](const http::Request& request) { return refuse(request); },
          .take = [this](http::Request&& request,
                         http::Respond respond) { take(std::move(request), std::move(respond)); }};
}

std::optional<http::Response> EventInbox::refuse(const http::Request& request) {
  if (!token_) return std::nullopt;
  const auto given = request.headers.find("authorization");
  if (given != request.headers.end() && token_->admits(given->second, std::chrono::steady_clock::now())) {
    return std::nullopt;
  }
  observer_(Delivery::kUnauthorized);
  return http::Response{
      .status = 401, .body = "the events' bearer token is missing or wrong\n", .authenticate = "Bearer"};
}

void EventInbox::take(http::Request&& request, http::Respond respond) {
  const auto header = [&request](std::string_view name) -> std::optional<std::string> {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::nullopt : std::optional(found->second);
  };
  auto events = scaling::events_from_http(header, request.body);
  const auto wrong = events ? find_future(*events) : std::optional(events.error());
  if (wrong) {
    observer_(Delivery::kMalformed);
    return respond({.status = 400, .body = *wrong + "\n"});
  }
  if (events->empty()) return respond({.body = "stored\n"});
  const std::size_t size = request.body.size();
  auto problem = committer_.state();
  if (problem && !committer_.reserve(size)) problem = base::failure("too much waits to be stored");
  if (!problem) {
    observer_(Delivery::kDeferred);
    return respond(deferred(problem.error()));
  }
  committer_.submit(std::make_unique<EventDeposit>(std::move(*events), size, std::move(respond), observer_));
}

}  // namespace faastax::collector
