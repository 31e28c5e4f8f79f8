// SPDX-License-Identifier: Apache-2.0
#include "controlplane/events/delivery.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <fstream>
#include <thread>
#include <vector>

namespace faastax::events {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using std::chrono::milliseconds;

scaling::ScalingEvent event(int number) {
  return {"lab/1",
          "d-" + std::to_string(number),
          {},
          scaling::Decision{
              "d-" + std::to_string(number), {"lab", "f", ledger::Track::kRegular}, "sync", 0, 1, ""}};
}

/// Takes requests on one connection each and answers with these statuses, one after the other.
class Collector {
 public:
  explicit Collector(std::vector<unsigned> statuses)
      : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
        thread_([this, statuses] { serve(statuses); }) {}
  ~Collector() { wait(); }
  void wait() {
    if (thread_.joinable()) thread_.join();
  }
  CollectorUrl url() const {
    return {"127.0.0.1", std::to_string(acceptor_.local_endpoint().port()), "/v1/events"};
  }

  std::vector<std::string> bodies;
  std::vector<std::string> tokens;

 private:
  void serve(const std::vector<unsigned>& statuses) {
    for (const unsigned status : statuses) {
      tcp::socket socket = acceptor_.accept();
      boost::beast::flat_buffer buffer;
      http::request<http::string_body> request;
      boost::system::error_code error;
      http::read(socket, buffer, request, error);
      bodies.push_back(request.body());
      tokens.emplace_back(request[http::field::authorization]);
      if (status == 0) continue;  // hangs up
      http::response<http::string_body> response(static_cast<http::status>(status), 11);
      response.body() = "because\n";
      response.keep_alive(false);
      response.prepare_payload();
      http::write(socket, response, error);
    }
  }

  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

std::string ids_of(const std::string& body) {
  std::string ids;
  const auto events = scaling::events_from_json(body);
  EXPECT_TRUE(events) << body;
  for (const auto& one : *events) ids += one.id + " ";
  return ids;
}

TEST(Delivery, WritesLinesBehindWhatTheFileHas) {
  const auto file = std::filesystem::temp_directory_path() / ("faastax-delivery-" + std::to_string(getpid()));
  std::ofstream(file) << "first\n";
  auto delivery = Delivery::open({.file = file, .collector = {}, .token = {}}).value();
  for (int i = 0; i < 3; ++i) delivery->take(event(i));
  const DeliveryCounts counts = delivery->finish(milliseconds(0));
  EXPECT_EQ(counts.taken, 3U);
  EXPECT_EQ(counts.lost + counts.lost_to_file, 0U);
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  EXPECT_EQ(line, "first");
  for (int i = 0; i < 3; ++i) {
    std::getline(stream, line);
    EXPECT_EQ(scaling::event_from_json(line).value(), event(i));
  }
  EXPECT_FALSE(std::getline(stream, line));
  std::filesystem::remove(file);
}

TEST(Delivery, AFileThatCannotBeIsAnError) {
  EXPECT_EQ(Delivery::open({.file = "/nowhere/at/all", .collector = {}, .token = {}}).error(),
            "cannot write /nowhere/at/all: No such file or directory");
}

TEST(Delivery, AFullDiskIsCounted) {
  auto delivery = Delivery::open({.file = "/dev/full", .collector = {}, .token = {}}).value();
  delivery->take(event(1));
  const DeliveryCounts counts = delivery->finish(milliseconds(0));
  EXPECT_EQ(counts.lost_to_file, 1U);
  EXPECT_EQ(counts.why, "cannot write /dev/full");
}

TEST(Delivery, SendsBatchesOfAHundredAtMostInOrder) {
  Collector collector({200, 202, 201});
  auto delivery = Delivery::open({.file = {}, .collector = collector.url(), .token = "secret"}).value();
  for (int i = 0; i < 250; ++i) delivery->take(event(i));
  const DeliveryCounts counts = delivery->finish(milliseconds(5000));
  EXPECT_EQ(counts.stored, 250U);
  EXPECT_EQ(counts.lost, 0U);
  collector.wait();
  std::string ids;
  for (const std::string& body : collector.bodies) ids += ids_of(body);
  std::string expected;
  for (int i = 0; i < 250; ++i) expected += "d-" + std::to_string(i) + " ";
  EXPECT_EQ(ids, expected);
  EXPECT_EQ(collector.tokens, std::vector<std::string>(3, "Bearer secret"));
}

TEST(Delivery, TriesAgainWithTheSameBatch) {
  Collector collector({503, 0, 401, 200});
  auto delivery = Delivery::open({.file = {}, .collector = collector.url(), .token = {}}).value();
  delivery->take(event(1));
  const DeliveryCounts counts = delivery->finish(milliseconds(5000));
  EXPECT_EQ(counts.stored, 1U);
  EXPECT_EQ(counts.lost, 0U);
  collector.wait();
  for (const std::string& body : collector.bodies) EXPECT_EQ(ids_of(body), "d-1 ");
}

TEST(Delivery, WhatIsRefusedForGoodIsLost) {
  Collector collector({400});
  auto delivery = Delivery::open({.file = {}, .collector = collector.url(), .token = {}}).value();
  delivery->take(event(1));
  const DeliveryCounts counts = delivery->finish(milliseconds(5000));
  EXPECT_EQ(counts.lost, 1U);
  EXPECT_EQ(counts.why, "the collector answered 400: because");
}

TEST(Delivery, OneThatIsRefusedDoesNotTakeItsBatchWithIt) {
  Collector collector({400, 200, 400, 200});
  auto delivery = Delivery::open({.file = {}, .collector = collector.url(), .token = {}}).value();
  for (int i = 0; i < 3; ++i) delivery->take(event(i));
  const DeliveryCounts counts = delivery->finish(milliseconds(5000));
  EXPECT_EQ(counts.stored, 2U);
  EXPECT_EQ(counts.lost, 1U);
  collector.wait();
  EXPECT_EQ(ids_of(collector.bodies.at(2)), "d-1 ");
}

TEST(Delivery, WhatNobodyTakesInTimeIsLost) {
  const auto before = std::chrono::steady_clock::now();
  auto delivery =
      Delivery::open({.file = {}, .collector = CollectorUrl{"127.0.0.1", "9", "/v1/events"}, .token = {}})
          .value();
  for (int i = 0; i < 7; ++i) delivery->take(event(i));
  const DeliveryCounts counts = delivery->finish(milliseconds(300));
  EXPECT_EQ(counts.lost, 7U);
  EXPECT_EQ(counts.stored, 0U);
  EXPECT_EQ(counts.why, "no answer from the collector at 127.0.0.1:9: Connection refused");
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(3));
}

TEST(Delivery, ASlowCollectorIsNotWaitedForBeyondTheLimit) {
  Collector collector({200});
  auto delivery = Delivery::open({.file = {}, .collector = collector.url(), .token = {}}).value();
  for (int i = 0; i < 250; ++i) delivery->take(event(i));
  const DeliveryCounts counts = delivery->finish(milliseconds(0));
  EXPECT_EQ(counts.stored, 100U);
  EXPECT_EQ(counts.lost, 150U);
  EXPECT_EQ(counts.why, "the collector was too slow");
}

TEST(Token, IsTheFirstLine) {
  const auto file = std::filesystem::temp_directory_path() / ("faastax-token-" + std::to_string(getpid()));
  std::ofstream(file) << "abc\r\nmore\n";
  EXPECT_EQ(read_token(file).value(), "abc");
  std::ofstream(file) << "\n";
  EXPECT_FALSE(read_token(file));
  std::filesystem::remove(file);
  EXPECT_FALSE(read_token(file));
}

}  // namespace
}  // namespace faastax::events
