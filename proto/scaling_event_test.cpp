// SPDX-License-Identifier: Apache-2.0
#include "proto/scaling_event.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

namespace faastax::scaling {
namespace {

const UnixTime kNewYear(std::chrono::seconds(1767225600));

ScalingEvent decision() {
  return {"lab/cp-1", "d-42", kNewYear,
          Decision{"d-42", {"lab", "f1", ledger::Track::kRegular}, "async", 1, 3, "stable window"}};
}
ScalingEvent instance() {
  return {"lab/cp-1", "i-7", kNewYear,
          Instance{.decision_id = "d-42",
                   .instance = "f1-7",
                   .node = "n1",
                   .subject = {"lab", "f1", ledger::Track::kRegular},
                   .state = State::kStopping,
                   .reason = Reason::kRepair,
                   .placement_ms = 1.5,
                   .stopped_by = "d-43",
                   .detail = "idle"}};
}
ScalingEvent request() {
  return {"lab/cp-1", "r-9", kNewYear, Request{{"lab", "f1", ledger::Track::kEmergency}, "f1-7", 12.0, true}};
}

// The examples of the design.
constexpr std::string_view kDecision =
    R"({"specversion":"1.0","type":"dev.faastax.scaling.decision.v1","source":"lab/cp-1","id":"d-42","time":"2026-01-01T00:00:00.000Z",
 "data":{"decision_id":"d-42","namespace":"lab","function":"f1","track":"regular","policy":"async","from":1,"to":3,"reason":"stable window"}})";
constexpr std::string_view kInstanceData =
    R"({"decision_id":"d-42","instance":"f1-7","node":"n1","namespace":"lab","function":"f1","track":"regular","state":"starting","reason":"decision","placement_ms":1.5})";
constexpr std::string_view kRequestData =
    R"({"namespace":"lab","function":"f1","track":"emergency","instance":"f1-7","queued_ms":12.0,"excessive":true})";

std::string event_with(std::string_view type, std::string_view data) {
  return fmt::format(
      R"({{"specversion":"1.0","type":"dev.faastax.scaling.{}.v1","source":"lab/cp-1","id":"x-1","time":"2026-01-01T00:00:00.000Z","data":{}}})",
      type, data);
}

std::string with(std::string_view text, std::string_view part, std::string_view instead) {
  std::string changed(text);
  const auto place = changed.find(part);
  EXPECT_NE(place, changed.npos) << part;
  return changed.replace(place, part.size(), instead);
}

std::string error_of(std::string_view json) {
  const auto event = event_from_json(json);
  return event ? "" : event.error();
}

TEST(ScalingEvent, TheExamplesAreRead) {
  EXPECT_EQ(event_from_json(kDecision).value(), decision());
  const auto started = event_from_json(event_with("instance", kInstanceData)).value();
  EXPECT_EQ(std::get<Instance>(started.data).state, State::kStarting);
  EXPECT_EQ(std::get<Instance>(started.data).placement_ms, 1.5);
  const auto held = event_from_json(event_with("request", kRequestData)).value();
  EXPECT_EQ(held.data, request().data);
}

TEST(ScalingEvent, WhatIsWrittenIsReadBack) {
  for (const ScalingEvent& event : {decision(), instance(), request()}) {
    EXPECT_EQ(event_from_json(to_json(event)).value(), event);
  }
  const std::vector<ScalingEvent> all = {decision(), instance(), request()};
  EXPECT_EQ(events_from_json(to_json(all)).value(), all);
  EXPECT_EQ(to_json(std::span<const ScalingEvent>()), "[]");
}

TEST(ScalingEvent, IsWrittenAsDesigned) {
  EXPECT_EQ(
      to_json(decision()),
      R"({"specversion":"1.0","type":"dev.faastax.scaling.decision.v1","source":"lab/cp-1","id":"d-42","time":"2026-01-01T00:00:00.000Z","datacontenttype":"application/json","data":{"decision_id":"d-42","namespace":"lab","function":"f1","track":"regular","policy":"async","from":1,"to":3,"reason":"stable window"}})");
  ScalingEvent odd = decision();
  odd.source = "\xff";
  EXPECT_EQ(event_from_json(to_json(odd))->source, "\xef\xbf\xbd");
}

TEST(ScalingEvent, UnknownAttributesAndFieldsAreIgnored) {
  const std::string more =
      with(kDecision, R"("data":{)", R"("traceparent":"00-1","subject":7,"data":{"new":[{}],)");
  EXPECT_EQ(event_from_json(more).value(), decision());
}

TEST(ScalingEvent, WhatIsOptionalMayBeAbsentOrNull) {
  const auto bare = event_from_json(event_with(
      "instance",
      R"({"decision_id":null,"instance":"i","namespace":"","function":"f","track":"unknown","state":"gone","reason":"repair"})"));
  ASSERT_TRUE(bare) << bare.error();
  const Instance expected{.decision_id = {},
                          .instance = "i",
                          .node = {},
                          .subject = {"", "f", ledger::Track::kUnknown},
                          .state = State::kGone,
                          .reason = Reason::kRepair,
                          .placement_ms = {},
                          .stopped_by = {},
                          .detail = {}};
  EXPECT_EQ(std::get<Instance>(bare->data), expected);
}

TEST(ScalingEvent, SaysWhatIsMissing) {
  EXPECT_EQ(error_of(with(kDecision, R"("id":"d-42",)", "")), "id: is missing");
  EXPECT_EQ(error_of(with(kDecision, R"("from":1,)", "")), "data.from: is missing");
  EXPECT_EQ(error_of(with(kDecision, R"("source":"lab/cp-1")", R"("source":"")")), "source: is empty");
  EXPECT_EQ(error_of(event_with("decision", "null")), "data: is missing");
  EXPECT_EQ(error_of("{}"), "specversion: is missing");
}

TEST(ScalingEvent, SaysWhatHasTheWrongType) {
  EXPECT_EQ(error_of("7"), "the event: is no object");
  EXPECT_EQ(error_of(event_with("decision", "[]")), "data: is no object");
  EXPECT_EQ(error_of(with(kDecision, R"("id":"d-42")", R"("id":42)")), "id: is no string");
  for (const char* bad : {"-1", "1.5", "\"1\"", "true"})
    EXPECT_EQ(error_of(with(kDecision, R"("from":1)", fmt::format(R"("from":{})", bad))),
              "data.from: is no whole number from 0 on");
  EXPECT_EQ(error_of(with(kDecision, R"("to":3)", R"("to":1000000001)")), "data.to: is more than 1000000000");
  EXPECT_EQ(error_of(with(kDecision, R"("track":"regular")", R"("track":"Regular")")),
            "data.track: is none of regular, emergency, unknown");
  const std::string held = event_with("request", kRequestData);
  EXPECT_EQ(error_of(with(held, "12.0", "-0.5")), "data.queued_ms: is negative");
  EXPECT_EQ(error_of(with(held, "12.0", "\"12\"")), "data.queued_ms: is no number");
  EXPECT_EQ(error_of(with(held, "true", "1")), "data.excessive: is neither true nor false");
  EXPECT_EQ(error_of(with(event_with("instance", kInstanceData), "starting", "begun")),
            "data.state: is none of starting, ready, stopping, gone");
}

TEST(ScalingEvent, RefusesOtherEvents) {
  EXPECT_EQ(error_of(with(kDecision, R"("1.0")", R"("0.3")")), "specversion: is not 1.0");
  EXPECT_EQ(error_of(with(kDecision, "decision.v1", "decision.v2")),
            "type: is none of dev.faastax.scaling.decision.v1, dev.faastax.scaling.instance.v1, "
            "dev.faastax.scaling.request.v1");
  EXPECT_EQ(error_of(with(kDecision, R"("data":)", R"("datacontenttype":"text/xml","data":)")),
            "datacontenttype: is not application/json");
  EXPECT_EQ(error_of(with(kDecision, R"("data":)", R"("data_base64":"e30=","data":)")),
            "data_base64: is not understood; send the data as JSON");
}

TEST(ScalingEvent, RefusesBadTimes) {
  for (const char* bad : {"", "2026-01-01", "2026-02-30T00:00:00Z", "1767225600"})
    EXPECT_TRUE(error_of(with(kDecision, "2026-01-01T00:00:00.000Z", bad)).starts_with("time: is ")) << bad;
  EXPECT_EQ(error_of(with(kDecision, "2026-01-01T00:00:00.000Z", "1000-01-01T00:00:00Z")),
            "time: is no RFC 3339 time of the years 1678 to 2261");
  EXPECT_EQ(event_from_json(with(kDecision, "2026-01-01T00:00:00.000Z", "2026-01-01T02:00:00.5+02:00"))->time,
            kNewYear + std::chrono::milliseconds(500));
}

TEST(ScalingEvent, RefusesTextThatNobodyCanStore) {
  EXPECT_EQ(error_of(with(kDecision, "stable window", std::string(1025, 'x'))),
            "data.reason: is longer than 1024 bytes");
  EXPECT_EQ(error_of(with(kDecision, "stable window", R"(a\u0000b)")), "data.reason: has control characters");
  EXPECT_EQ(error_of(with(kDecision, "cp-1", R"(cp\n1)")), "source: has control characters");
}

TEST(ScalingEvent, RefusesWhatIsNoJson) {
  EXPECT_EQ(error_of(""), "not JSON: byte 1");
  EXPECT_EQ(error_of("{\"a\":1,}"), "not JSON: byte 8");
  EXPECT_EQ(error_of("\"\xff\""), "not JSON: byte 2");
  const std::string deep = std::string(500'000, '[') + std::string(500'000, ']');
  EXPECT_EQ(error_of(deep), "the event: is no object");
  EXPECT_EQ(error_of("{\"type\":" + deep + "}"), "specversion: is missing");
  EXPECT_EQ(error_of("[1e999]"), "not JSON: a number is too large");
  EXPECT_NE(error_of(std::string(100'000, '[')), "");
}

TEST(ScalingEvent, OneBadEventSpoilsItsBatch) {
  const std::string bad = with(kDecision, R"("from":1,)", "");
  const auto batch = events_from_json(fmt::format("[{},{}]", kDecision, bad));
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error(), "event 2 of 2: data.from: is missing");
  EXPECT_EQ(events_from_json(kDecision).error(), "the batch: is no array");
}

using Headers = std::map<std::string, std::string, std::less<>>;

base::Result<std::vector<ScalingEvent>> from_http(const Headers& headers, std::string_view body) {
  const auto header = [&headers](std::string_view name) -> std::optional<std::string> {
    const auto found = headers.find(name);
    return found == headers.end() ? std::nullopt : std::optional(found->second);
  };
  return events_from_http(header, body);
}

Headers binary_headers() {
  return {{"content-type", "application/json"},
          {"ce-specversion", "1.0"},
          {"ce-type", "dev.faastax.scaling.request.v1"},
          {"ce-source", "lab/cp-1"},
          {"ce-id", "r-9"},
          {"ce-time", "2026-01-01T00:00:00Z"}};
}

TEST(ScalingEventHttp, StructuredAndBatched) {
  const Headers one = {{"content-type", "Application/CloudEvents+JSON ; charset=utf-8"}};
  EXPECT_EQ(from_http(one, kDecision).value(), std::vector{decision()});
  const Headers batch = {{"content-type", "application/cloudevents-batch+json"}};
  const std::vector<ScalingEvent> all = {decision(), request()};
  EXPECT_EQ(from_http(batch, to_json(all)).value(), all);
  EXPECT_EQ(from_http(batch, "[]")->size(), 0U);
}

TEST(ScalingEventHttp, Binary) {
  EXPECT_EQ(from_http(binary_headers(), kRequestData).value(), std::vector{request()});
  auto headers = binary_headers();
  headers["ce-source"] = "a%20%C3%A9%zz%4";
  EXPECT_EQ(from_http(headers, kRequestData)->front().source, "a \u00e9%zz%4");
}

TEST(ScalingEventHttp, RefusesInOneLine) {
  const auto error = [](const Headers& headers, std::string_view body) {
    const auto events = from_http(headers, body);
    return events ? "" : events.error();
  };
  EXPECT_EQ(error({}, kDecision),
            "content-type: is neither application/cloudevents+json nor application/cloudevents-batch+json, "
            "and there is no header ce-specversion");
  auto headers = binary_headers();
  headers.erase("ce-id");
  EXPECT_EQ(error(headers, kRequestData), "header ce-id: is missing");
  headers["ce-id"] = "%ff";
  EXPECT_EQ(error(headers, kRequestData), "header ce-id: is not UTF-8");
  headers["ce-id"] = "%00";
  EXPECT_EQ(error(headers, kRequestData), "id: has control characters");
  EXPECT_EQ(error(binary_headers(), "{"), "the body is not JSON: byte 2");
  headers = binary_headers();
  headers["content-type"] = "text/plain";
  EXPECT_EQ(error(headers, kRequestData), "content-type: is not application/json");
}

}  // namespace
}  // namespace faastax::scaling
