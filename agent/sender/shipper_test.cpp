// SPDX-License-Identifier: Apache-2.0
#include "agent/sender/shipper.hpp"
#include "agent/base/testing_folder.hpp"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "proto/collector.grpc.pb.h"

namespace faastax::sender {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// A gRPC server that does to a stream what a test says.
class Server final : public v1::Collector::Service {
 public:
  /// What to answer to a batch; none ends the stream.
  using Answer = std::function<std::optional<v1::BatchAcknowledged>(const v1::RecordBatch&)>;

  explicit Server(Answer answer, int port = 0) : answer_(std::move(answer)), port_(port) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(), &port_);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~Server() override { server_->Shutdown(std::chrono::system_clock::now()); }

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  grpc::Status Send(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<v1::BatchAcknowledged, v1::RecordBatch>* stream) override {
    v1::RecordBatch batch;
    while (!context->IsCancelled() && stream->Read(&batch)) {
      const auto answer = answer_(batch);
      if (!answer) return {grpc::StatusCode::UNAVAILABLE, "broken off"};
      if (answer->number() != 0) stream->Write(*answer);
    }
    return grpc::Status::OK;
  }

  Answer answer_;
  int port_;
  std::unique_ptr<grpc::Server> server_;
};

/// How often each record came, by uid.
class Received {
 public:
  v1::BatchAcknowledged take(const v1::RecordBatch& batch) {
    const std::lock_guard lock(mutex_);
    EXPECT_LE(batch.records_size(), 100);
    for (const v1::Record& record : batch.records()) {
      ++times_[record.instance().uid()];
      lost_ += record.node_ledger().lost_records();
    }
    v1::BatchAcknowledged answer;
    answer.set_number(batch.number());
    return answer;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return times_.size();
  }
  std::map<std::string, int> times() const {
    const std::lock_guard lock(mutex_);
    return times_;
  }
  std::uint64_t lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> times_;
  std::uint64_t lost_ = 0;
};

bool wait_for(const std::function<bool()>& condition) {
  const auto until = steady_clock::now() + std::chrono::seconds(20);
  while (steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

class ShipperTest : public ::testing::Test {
 protected:
  std::unique_ptr<Shipper> ship_to(const std::string& address, std::uint64_t spool_bytes = 1U << 20) const {
    return std::make_unique<Shipper>(ShipperOptions{.collector = {.target = address},
                                                    .spool = {.folder = folder_.path(), .bytes = spool_bytes},
                                                    .version = "1"});
  }
  static void put(Shipper& shipper, int from, int to) {
    std::vector<v1::Record> records(static_cast<std::size_t>(to - from));
    for (v1::Record& record : records) record.mutable_instance()->set_uid("uid " + std::to_string(from++));
    shipper.put(std::move(records));
  }

  base::TemporaryFolder folder_;
  Received received_;
  Server::Answer all_well_ = [this](const v1::RecordBatch& batch) { return received_.take(batch); };
};

TEST_F(ShipperTest, CarriesEveryRecordOnce) {
  const Server server(all_well_);
  const auto shipper = ship_to(server.address());
  for (int i = 0; i < 2'500; i += 50) put(*shipper, i, i + 50);
  ASSERT_TRUE(wait_for([&] { return shipper->status().stored == 2'500; }));
  for (const auto& [uid, times] : received_.times()) EXPECT_EQ(times, 1) << uid;
  const SenderStatus status = shipper->status();
  EXPECT_TRUE(status.connected);
  EXPECT_EQ(status.waiting, 0U);
  EXPECT_EQ(status.lost, 0U);
}

TEST_F(ShipperTest, WaitsForACollectorThatIsNotThereYet) {
  int port = 0;
  {
    port = Server(all_well_).port();
  }
  const auto shipper = ship_to("127.0.0.1:" + std::to_string(port));
  put(*shipper, 0, 10);
  ASSERT_TRUE(wait_for([&] { return !shipper->status().stream_problem.empty(); }));
  EXPECT_FALSE(shipper->status().connected);
  const Server server(all_well_, port);
  ASSERT_TRUE(wait_for([&] { return shipper->status().stored == 10; }));
  EXPECT_EQ(shipper->status().stream_problem, "");
  EXPECT_EQ(received_.size(), 10U);
}

TEST_F(ShipperTest, WhatWasNotAcknowledgedGoesToTheNextStream) {
  std::atomic<int> batches = 0;
  const Server server([&](const v1::RecordBatch& batch) -> std::optional<v1::BatchAcknowledged> {
    auto answer = received_.take(batch);
    if (++batches % 3 == 0) return std::nullopt;
    return answer;
  });
  const auto shipper = ship_to(server.address());
  for (int i = 0; i < 600; i += 20) {
    put(*shipper, i, i + 20);
    std::this_thread::sleep_for(milliseconds(2));
  }
  ASSERT_TRUE(wait_for([&] { return shipper->status().stored == 600; }));
  EXPECT_EQ(received_.size(), 600U);
  EXPECT_EQ(shipper->status().lost, 0U);
}

TEST_F(ShipperTest, ALifeLaterTheRestIsSent) {
  {
    put(*ship_to("127.0.0.1:1"), 0, 100);
  }
  const Server server(all_well_);
  const auto shipper = ship_to(server.address());
  ASSERT_TRUE(wait_for([&] { return shipper->status().stored == 100; }));
  EXPECT_EQ(received_.size(), 100U);
}

TEST_F(ShipperTest, RefusedRecordsAreCountedAndNotSentAgain) {
  const Server server([&](const v1::RecordBatch& batch) {
    auto answer = received_.take(batch);
    auto& refused = *answer.add_refused();
    refused.set_index(0);
    refused.set_reason("from the future");
    return std::optional(answer);
  });
  const auto shipper = ship_to(server.address());
  put(*shipper, 0, 5);
  ASSERT_TRUE(wait_for([&] { return shipper->status().waiting == 0 && shipper->status().refused != 0; }));
  const SenderStatus status = shipper->status();
  EXPECT_EQ(status.stored + status.refused, 5U);
  EXPECT_EQ(status.lost, 0U);
}

TEST_F(ShipperTest, WhatIsNoRecordIsCountedAndNotAsStored) {
  {
    spool::Spool spool({.folder = folder_.path()});
    spool.append("\x0a\x05");  // ends within a field
  }
  const Server server(all_well_);
  const auto shipper = ship_to(server.address());
  put(*shipper, 0, 2);
  ASSERT_TRUE(wait_for([&] { return shipper->status().stored == 2; }));
  EXPECT_EQ(shipper->status().refused, 1U);
  EXPECT_EQ(shipper->status().waiting, 0U);
}

TEST_F(ShipperTest, ACollectorThatNeverAnswersHoldsUpNobody) {
  std::atomic<int> batches = 0;
  const Server server([&](const v1::RecordBatch&) {
    ++batches;
    return std::optional(v1::BatchAcknowledged());
  });
  const auto shipper = ship_to(server.address(), 64U << 10);
  const auto begin = steady_clock::now();
  for (int i = 0; i < 100'000; i += 100) put(*shipper, i, i + 100);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(2));
  ASSERT_TRUE(wait_for([&] { return shipper->status().lost > 50'000; }));
  EXPECT_LE(batches, 8) << "no more than a window";
  shipper->stop(milliseconds(10));
  const SenderStatus status = shipper->status();
  EXPECT_EQ(status.lost + status.waiting, 100'000U);
  EXPECT_LE(status.spool_bytes, 64U << 10);
}

TEST_F(ShipperTest, TheNextNodeLedgerTellsWhatWasLost) {
  std::uint64_t lost = 0;
  {
    const auto dead = ship_to("127.0.0.1:1", 64U << 10);
    for (int i = 0; i < 5'000; i += 100) put(*dead, i, i + 100);
    dead->stop(milliseconds(0));
    lost = dead->status().lost;
    ASSERT_GT(lost, 1'000U);
  }
  const Server server(all_well_);
  const auto shipper = ship_to(server.address(), 64U << 10);
  std::vector<v1::Record> records(1);
  records.front().mutable_node_ledger()->set_sequence(1);
  shipper->put(std::move(records));
  ASSERT_TRUE(wait_for([&] { return shipper->status().stored == 5'001 - lost; }));
  EXPECT_EQ(received_.lost(), lost);
  EXPECT_EQ(shipper->status().lost_before, lost);
}

}  // namespace
}  // namespace faastax::sender
