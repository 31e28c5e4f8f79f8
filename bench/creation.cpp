// SPDX-License-Identifier: Apache-2.0
// Asks a back-end, or an OCI runtime, for instances and times each: from the request for it until its socket
// listens, and until the first byte of its first answer. One after the other (--count), or at a fixed rate
// whatever became of those before (--rate, --count). Prints JSON. bench/creation.py and
// tests/emergency_test.py run it.
#include <utility>  // first: awaitable.hpp of Boost 1.74 uses it without including it

#include <fmt/format.h>
#include <sys/socket.h>
#include <CLI/CLI.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "controlplane/emergency/track.hpp"
#include "controlplane/function/function_image.hpp"
#include "controlplane/sandbox/oci_driver.hpp"
#include "controlplane/sandbox/remote_backend.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace faastax;
using Clock = std::chrono::steady_clock;

struct Arguments {
  std::string socket;
  std::string runtime;
  int nodes = 0;  // of an emergency track of this process's own
  std::string state_folder = "/run/faastax-bench-creation";
  std::string prefix = "bench";
  std::string path = "/healthz";
  std::size_t count = 200;
  double rate = 0;  // a second; 0: one after the other
  double pause_ms = 20;
  std::uint64_t memory_mib = 64;
};

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// One instance's story, told by the back-end's events.
struct Story {
  explicit Story(asio::io_context& io) : changed(io) { changed.expires_at(Clock::time_point::max()); }
  asio::steady_timer changed;  ///< cancelled at each event
  Clock::time_point asked;
  std::optional<sandbox::InstanceReady> ready;
  std::optional<std::string> over;  ///< why
};

class Bench {
 public:
  Bench(asio::io_context& io, sandbox::Backend& backend, Arguments arguments)
      : io_(io), backend_(backend), arguments_(std::move(arguments)) {
    backend_.listen([this](const sandbox::InstanceEvent& event) { heard(event); });
  }

  asio::awaitable<void> run() {
    backend_.prepare(spec(""));
    co_await pause(500);  // what it prepares is not part of a request
    const auto begin = Clock::now();
    for (std::size_t i = 0; i < arguments_.count; ++i) {
      const std::string name = fmt::format("{}-{}", arguments_.prefix, i);
      if (arguments_.rate > 0) {
        asio::steady_timer due(
            io_, begin + std::chrono::duration_cast<Clock::duration>(
                             std::chrono::duration<double>(static_cast<double>(i) / arguments_.rate)));
        co_await due.async_wait(asio::use_awaitable);
        ++under_way_;
        most_under_way_ = std::max(most_under_way_, under_way_);
        asio::co_spawn(io_, live(name), [this](const std::exception_ptr&) { --under_way_; });
      } else {
        co_await live(name);
        co_await pause(arguments_.pause_ms);
      }
    }
    seconds_ = ms_since(begin) / 1000;
    while (under_way_ > 0) co_await pause(5);
    io_.stop();
  }

  nlohmann::json result() const {
    return {{"listening_ms", listening_}, {"first_byte_ms", first_byte_},
            {"gone_ms", gone_},           {"failures", failures_},
            {"placed", placed_},          {"most_at_once", most_under_way_},
            {"seconds", seconds_}};
  }

 private:
  sandbox::InstanceSpec spec(const std::string& instance) const {
    return {.space = "lab",
            .function = arguments_.prefix,
            .instance = instance,
            .memory_limit_bytes = arguments_.memory_mib << 20,
            .cpu_limit_cores = 1};
  }

  asio::awaitable<void> pause(double ms) {
    asio::steady_timer timer(io_, std::chrono::microseconds(static_cast<std::int64_t>(ms * 1e3)));
    co_await timer.async_wait(asio::use_awaitable);
  }

  void heard(const sandbox::InstanceEvent& event) {
    const auto found = stories_.find(std::visit([](const auto& one) { return one.instance; }, event));
    if (found == stories_.end()) return;
    Story& story = *found->second;
    if (const auto* ready = std::get_if<sandbox::InstanceReady>(&event)) {
      story.ready = *ready;
      listening_.push_back(ms_since(story.asked));
      ++placed_[ready->node];
    } else if (const auto* failed = std::get_if<sandbox::InstanceFailed>(&event)) {
      story.over = failed->reason;
      failures_.push_back(failed->reason);
    } else {
      story.over = std::get<sandbox::InstanceGone>(event).reason;
    }
    story.changed.cancel();
  }

  asio::awaitable<void> live(std::string name) {
    const auto story = std::make_shared<Story>(io_);
    stories_[name] = story;
    story->asked = Clock::now();
    backend_.start(spec(name));
    boost::system::error_code cancelled;
    while (!story->ready && !story->over) {
      co_await story->changed.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    if (story->ready && !story->over) {
      const auto error = co_await ask(*story);
      if (!error.empty()) failures_.push_back(error);
      const auto stopping = Clock::now();
      backend_.stop(name);
      while (!story->over) {
        co_await story->changed.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
      }
      gone_.push_back(ms_since(stopping));
    }
    stories_.erase(name);
  }

  asio::awaitable<std::string> ask(const Story& story) {
    boost::system::error_code error;
    tcp::socket socket(io_);
    const tcp::endpoint to(asio::ip::make_address_v4(story.ready->address), story.ready->port);
    co_await socket.async_connect(to, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return "cannot connect: " + error.message();
    const std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: bench\r\n\r\n", arguments_.path);
    co_await asio::async_write(socket, asio::buffer(request),
                               asio::redirect_error(asio::use_awaitable, error));
    std::array<char, 512> answer{};
    if (!error)
      co_await socket.async_read_some(asio::buffer(answer), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return "no answer: " + error.message();
    first_byte_.push_back(ms_since(story.asked));
    co_return std::string(answer.data(), 12) == "HTTP/1.1 200" ? "" : "not answered with 200";
  }

  asio::io_context& io_;
  sandbox::Backend& backend_;
  Arguments arguments_;
  std::map<std::string, std::shared_ptr<Story>> stories_;
  std::vector<double> listening_, first_byte_, gone_;
  std::vector<std::string> failures_;
  std::map<std::string, int> placed_;  ///< by node
  std::size_t under_way_ = 0;
  std::size_t most_under_way_ = 0;
  double seconds_ = 0;
};

/// The bare runtime, without a manager: its sandboxes are reached through their namespace.
std::expected<nlohmann::json, std::string> time_runtime(const Arguments& arguments) {
  auto driver = sandbox::OciDriver::open({arguments.runtime, arguments.state_folder, function_image()});
  if (!driver) return std::unexpected(driver.error());
  const std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: bench\r\n\r\n", arguments.path);
  std::vector<double> listening, first_byte, gone;
  for (std::size_t i = 0; i < arguments.count; ++i) {
    const auto asked = Clock::now();
    auto made = (*driver)->start(
        {"lab", arguments.prefix, fmt::format("{}-{}", arguments.prefix, i), arguments.memory_mib << 20});
    if (!made) return std::unexpected(made.error());
    auto connection = (*made)->connect();
    if (!connection) return std::unexpected(connection.error());
    listening.push_back(ms_since(asked));
    std::array<char, 512> answer{};
    const auto size = static_cast<ssize_t>(request.size());
    if (send(connection->get(), request.data(), request.size(), 0) != size ||
        recv(connection->get(), answer.data(), answer.size(), 0) <= 0)
      return std::unexpected("no answer");
    first_byte.push_back(ms_since(asked));
    connection->reset();
    const auto stopping = Clock::now();
    if (auto stopped = (*driver)->stop(std::move(*made)); !stopped) return std::unexpected(stopped.error());
    gone.push_back(ms_since(stopping));
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(arguments.pause_ms));
  }
  return nlohmann::json{{"listening_ms", listening},
                        {"first_byte_ms", first_byte},
                        {"gone_ms", gone},
                        {"failures", nlohmann::json::array()}};
}

std::expected<nlohmann::json, std::string> time_backend(const Arguments& arguments) {
  asio::io_context io(1);
  const auto backend = sandbox::RemoteBackend::connect(io, arguments.socket);
  if (!backend) return std::unexpected(backend.error());
  Bench bench(io, **backend, arguments);
  std::string lost;
  (*backend)->on_lost([&](const std::string& reason) {
    lost = reason;
    io.stop();
  });
  asio::co_spawn(io, bench.run(), asio::detached);
  io.run();
  if (!lost.empty()) return std::unexpected(lost);
  return bench.result();
}

std::expected<nlohmann::json, std::string> time_track(const Arguments& arguments) {
  asio::io_context io(1);
  const auto track =
      emergency::EmergencyTrack::open(io, {.state_folder = arguments.state_folder, .nodes = arguments.nodes});
  if (!track) return std::unexpected(track.error());
  Bench bench(io, **track, arguments);
  asio::co_spawn(io, bench.run(), asio::detached);
  io.run();
  return bench.result();
}

std::expected<nlohmann::json, std::string> time_as_told(const Arguments& arguments) {
  if (arguments.nodes > 0) return time_track(arguments);
  return arguments.runtime.empty() ? time_backend(arguments) : time_runtime(arguments);
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  CLI::App app("Times the creation of instances");
  auto* backend = app.add_option("--backend", arguments.socket, "Unix socket of the back-end");
  app.add_option("--runtime", arguments.runtime, "OCI runtime to call instead")->excludes(backend);
  app.add_option("--nodes", arguments.nodes, "Start an emergency track of so many nodes instead");
  app.add_option("--state", arguments.state_folder, "Folder for its files");
  app.add_option("--name", arguments.prefix, "Function, and beginning of its instances' names");
  app.add_option("--path", arguments.path, "What each instance is asked for");
  app.add_option("--count", arguments.count, "Instances");
  app.add_option("--rate", arguments.rate, "So many a second; 0: one after the other");
  app.add_option("--pause", arguments.pause_ms, "Milliseconds between two, one after the other");
  app.add_option("--memory", arguments.memory_mib, "Memory limit, MiB");
  CLI11_PARSE(app, count, words);
  const auto result = time_as_told(arguments);
  if (!result) {
    fmt::print(stderr, "{}\n", result.error());
    return 1;
  }
  fmt::print("{}\n", result->dump());
  return 0;
}
