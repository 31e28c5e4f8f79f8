// SPDX-License-Identifier: Apache-2.0
#include "controlplane/emergency/node.hpp"

#include <signal.h>
#include <unistd.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <fstream>
#include <utility>

namespace faastax::emergency {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr auto kAnswerLimit = 10s;
constexpr auto kEndLimit = 5s;
constexpr auto kBetweenTries = 10ms;
constexpr auto kLongestPause = 5s;
constexpr auto kLongEnough = 10s;  // an agent that answered for so long is not broken

}  // namespace

fs::path agent_program() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path() / "emergency-agent";
}

Node::Node(boost::asio::io_context& io, Options options, sandbox::InstanceListener listener)
    : io_(io), options_(std::move(options)), listener_(std::move(listener)), timer_(io) {}

Node::~Node() {
  begin_to_end();
  if (process_) process_->wait(kEndLimit);
}

void Node::begin_to_end() {
  timer_.cancel();
  backend_.reset();
  if (process_) process_->signal(SIGTERM);
}

std::expected<void, std::string> Node::start() {
  std::error_code error;
  fs::create_directories(options_.state_folder, error);
  fs::remove(errors(), error);
  process_.reset();
  auto process = sandbox::ChildProcess::spawn(
      {.arguments = {options_.program, "--socket", socket(), "--state", options_.state_folder, "--node",
                     options_.name, "--number", std::to_string(options_.number), "--pool",
                     std::to_string(options_.ready_slots), "--parent", std::to_string(getpid())},
       .error_file = errors()});
  if (!process) return std::unexpected(process.error());
  process_ = std::move(*process);
  return {};
}

std::string Node::last_word() const {
  std::ifstream stream(errors());
  std::string last = options_.program.string() + " ended before it answered";
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

std::expected<void, std::string> Node::wait_until_it_answers() {
  const auto end = std::chrono::steady_clock::now() + kAnswerLimit;
  while (!connect()) {
    if (process_->wait(kBetweenTries)) return std::unexpected(last_word());
    if (std::chrono::steady_clock::now() > end) return std::unexpected(options_.name + " does not answer");
  }
  return {};
}

bool Node::connect() {
  auto connected = sandbox::RemoteBackend::connect(io_, socket());
  if (!connected) return false;
  backend_ = std::move(*connected);
  backend_->listen(listener_);
  backend_->on_lost([this](const std::string&) { lost(); });
  answers_since_ = Clock::now();
  for (const auto& [function, spec] : prepared_) backend_->prepare(spec);
  return true;
}

// Called from inside the back-end, so it is replaced later.
void Node::lost() {
  if (Clock::now() - answers_since_ > kLongEnough) pause_ = kBetweenTries;
  if (process_) process_->signal(SIGKILL);
  trouble_ = "its agent was lost";
  start_later();
}

// One that ends at once shall not take a CPU.
void Node::start_later() {
  timer_.expires_after(pause_);
  pause_ = std::min<Clock::duration>(2 * pause_, kLongestPause);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    if (auto started = start(); !started) {
      trouble_ = started.error();
      return start_later();
    }
    answer_limit_ = Clock::now() + kAnswerLimit;
    try_to_connect();
  });
}

void Node::try_to_connect() {
  timer_.expires_after(kBetweenTries);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled || connect()) return;
    if (process_->wait(0ms)) {
      trouble_ = last_word();
    } else if (Clock::now() > answer_limit_) {
      trouble_ = "its agent does not answer";
    } else {
      return try_to_connect();
    }
    start_later();
  });
}

void Node::prepare(const sandbox::InstanceSpec& spec) {
  prepared_[spec.space + "." + spec.function] = spec;
  if (answers()) backend_->prepare(spec);
}

}  // namespace faastax::emergency
