// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>
#include <boost/asio/post.hpp>

#include <vector>

#include "controlplane/sandbox/backend_protocol.hpp"
#include "controlplane/sandbox/backend_server.hpp"
#include "controlplane/sandbox/remote_backend.hpp"

namespace faastax::sandbox {
namespace {

const InstanceSpec kSpec{"lab", "f1", "f1-7", 64 << 20, 0.5, 2, "dual", "d-42"};

TEST(BackendProtocol, RequestsComeBackAsTheyWent) {
  const auto start = decode_request(encode(BackendRequest{StartMessage{kSpec}}));
  ASSERT_TRUE(start) << start.error();
  EXPECT_EQ(std::get<StartMessage>(*start).spec, kSpec);
  const auto prepare = decode_request(encode(BackendRequest{PrepareMessage{kSpec}}));
  ASSERT_TRUE(prepare) << prepare.error();
  EXPECT_EQ(std::get<PrepareMessage>(*prepare).spec, kSpec);
  const auto stop = decode_request(encode(BackendRequest{StopMessage{"f1-7"}}));
  ASSERT_TRUE(stop) << stop.error();
  EXPECT_EQ(std::get<StopMessage>(*stop).instance, "f1-7");
}

TEST(BackendProtocol, RefusesWhatIsNoName) {
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("../x"), std::string("/etc"),
        std::string("a b"), std::string("a\0b", 3), std::string("a\n"), std::string(121, 'a')}) {
    for (auto field : {&InstanceSpec::space, &InstanceSpec::function, &InstanceSpec::instance}) {
      InstanceSpec spec = kSpec;
      spec.*field = bad;
      const std::string start = encode(BackendRequest{StartMessage{spec}});
      EXPECT_FALSE(decode_request(start)) << bad;
      const auto refusal = refusal_of(start, "why");
      ASSERT_TRUE(refusal) << bad;
      EXPECT_EQ(refusal->instance, spec.instance);
      const bool prepares = decode_request(encode(BackendRequest{PrepareMessage{spec}})).has_value();
      EXPECT_EQ(prepares, field == &InstanceSpec::instance) << bad;
    }
    EXPECT_FALSE(decode_request(encode(BackendRequest{StopMessage{bad}}))) << bad;
  }
  for (const std::string& good : {std::string("a"), std::string("Az-0_9.x"), std::string(120, 'a')})
    EXPECT_TRUE(decode_request(encode(BackendRequest{StopMessage{good}}))) << good;
}

TEST(BackendProtocol, NobodyWaitsForAnAnswerToWhatIsNoStart) {
  for (const char* line : {"", "{", "[]", "{}", R"({"type":"stop","instance":".."})", R"({"type":"start"})",
                           R"({"type":"start","instance":7})"})
    EXPECT_FALSE(refusal_of(line, "why")) << line;
}

TEST(BackendProtocol, EventsComeBackAsTheyWent) {
  const std::vector<InstanceEvent> events = {InstanceReady{"i", "10.0.0.2", 8080, "/run/netns/n1", "n1"},
                                             InstanceFailed{"i", "no memory"}, InstanceGone{"i", "stopped"}};
  for (const InstanceEvent& event : events) {
    const auto read = decode_event(encode(event));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(*read, event);
  }
}

TEST(BackendProtocol, ALineIsALineWhateverTheReason) {
  const std::string line = encode(InstanceEvent{InstanceFailed{"i", "two\nlines and \xff"}});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_TRUE(decode_event(line));
}

TEST(BackendProtocol, RefusesWhatIsNoMessage) {
  for (const char* line : {"", "{", "[]", "{}", R"({"type":"dance"})", R"({"type":"start","instance":"i"})",
                           R"({"type":"stop","instance":7})"}) {
    EXPECT_FALSE(decode_request(line)) << line;
    EXPECT_FALSE(decode_event(line)) << line;
  }
}

/// Is ready at once; what is stopped is gone at once.
class QuickBackend final : public Backend {
 public:
  explicit QuickBackend(boost::asio::io_context& io) : io_(io) {}
  void listen(InstanceListener listener) override { listener_ = std::move(listener); }
  void prepare(const InstanceSpec& spec) override { prepared.push_back(spec.function); }
  void start(const InstanceSpec& spec) override {
    say(InstanceReady{spec.instance, "127.0.0.1", 8080, "", "n1"});
  }
  void stop(const std::string& instance) override {
    stopped.push_back(instance);
    say(InstanceGone{instance, "stopped"});
  }

  std::vector<std::string> prepared;
  std::vector<std::string> stopped;

 private:
  void say(InstanceEvent event) {
    boost::asio::post(io_, [this, event = std::move(event)] {
      if (listener_) listener_(event);
    });
  }

  boost::asio::io_context& io_;
  InstanceListener listener_;
};

class RemoteBackendTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = BackendServer::open(io, path, quick);
    ASSERT_TRUE(opened) << opened.error();
    server = std::move(*opened);
    client = connect();
  }
  std::unique_ptr<RemoteBackend> connect() {
    auto connected = RemoteBackend::connect(io, path);
    EXPECT_TRUE(connected) << connected.error();
    (*connected)->listen([this](const InstanceEvent& event) { events.push_back(event); });
    return std::move(*connected);
  }
  void run() {
    io.restart();
    while (io.run_for(std::chrono::milliseconds(50)) > 0) {
    }
  }

  std::string path = "/tmp/faastax-backend-test-" + std::to_string(getpid());
  boost::asio::io_context io;
  QuickBackend quick{io};
  std::unique_ptr<BackendServer> server;
  std::unique_ptr<RemoteBackend> client;
  std::vector<InstanceEvent> events;
};

TEST_F(RemoteBackendTest, StartsAndStops) {
  client->prepare(kSpec);
  client->start(kSpec);
  run();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(std::get<InstanceReady>(events[0]).address, "127.0.0.1");
  client->stop("f1-7");
  run();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<InstanceGone>(events[1]).reason, "stopped");
  EXPECT_EQ(quick.prepared, std::vector<std::string>{"f1"});
}

TEST_F(RemoteBackendTest, ALostClientsInstancesAreStopped) {
  client->start(kSpec);
  run();
  client.reset();
  run();
  EXPECT_EQ(quick.stopped, std::vector<std::string>{"f1-7"});
}

TEST_F(RemoteBackendTest, ANameIsTakenOnceAndStoppedByItsOwnerAlone) {
  client->start(kSpec);
  run();
  const auto other = connect();
  other->start(kSpec);
  other->stop("f1-7");
  run();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<InstanceFailed>(events[1]));
  EXPECT_TRUE(quick.stopped.empty());
}

TEST_F(RemoteBackendTest, ALostServerEndsWhatWasAskedOfIt) {
  client->start(kSpec);
  run();
  std::string reason;
  client->on_lost([&reason](const std::string& why) { reason = why; });
  server.reset();
  run();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<InstanceGone>(events[1]));
  EXPECT_FALSE(reason.empty());
  client->start(kSpec);
  run();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<InstanceFailed>(events[2]));
}

}  // namespace
}  // namespace faastax::sandbox
