// SPDX-License-Identifier: Apache-2.0
#include "controlplane/lab/gateway_process.hpp"

#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>

#include "controlplane/lab/control_plane.hpp"
#include "controlplane/sandbox/file_limit.hpp"

namespace faastax::lab {
namespace {

namespace asio = boost::asio;

constexpr auto kCountsPeriod = std::chrono::milliseconds(200);

/// Tells the counts again and again until it is cancelled.
class CountsTeller {
 public:
  CountsTeller(asio::io_context& io, const ControlPlane& plane, int messages)
      : plane_(plane), messages_(messages), timer_(io) {}

  void tell() {
    send_message(
        messages_,
        {{"counts", {{"cold_starts", plane_.counts().cold_starts}, {"instances", plane_.instances()}}}});
    timer_.expires_after(kCountsPeriod);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled && !cancelled_) tell();
    });
  }
  void cancel() {
    cancelled_ = true;  // a handler that is due already is not told
    timer_.cancel();
  }

 private:
  const ControlPlane& plane_;
  int messages_;
  asio::steady_timer timer_;
  bool cancelled_ = false;
};

int gateway_main(const LabPlan& plan, const WorkerPipes& pipes) {
  sandbox::raise_file_limit();
  asio::io_context io(1);
  auto plane = ControlPlane::open(io, plan);
  if (!plane) {
    send_message(pipes.messages, {{"error", plane.error()}});
    return 1;
  }
  CountsTeller teller(io, **plane, pipes.messages);
  asio::posix::stream_descriptor control(io, pipes.control);
  std::array<char, 1> begin{};
  asio::async_read(control, asio::buffer(begin), [&](const boost::system::error_code& ended, std::size_t) {
    const auto end = [&](const boost::system::error_code&) {
      teller.cancel();
      (*plane)->close();
    };
    if (ended) return end(ended);
    (*plane)->begin();
    send_message(pipes.messages, {{"begun", true}});
    control.async_wait(asio::posix::stream_descriptor::wait_read, end);
  });
  send_message(pipes.messages, {{"port", (*plane)->port()}});
  teller.tell();
  io.run();
  send_message(pipes.messages, {{"result", to_json((*plane)->finish())}});
  return 0;
}

}  // namespace

std::expected<void, std::string> GatewayProcess::begin() {
  const char begin = 'b';
  if (write(process.control(), &begin, 1) != 1) return std::unexpected("the gateway was lost");
  for (;;) {
    const auto message = process.next_message();
    if (!message) return std::unexpected("the gateway was lost");
    if (message->contains("begun")) return {};
  }
}

std::expected<GatewayProcess, std::string> launch_gateway(const LabPlan& plan) {
  auto process = WorkerProcess::launch(
      "gateway", [&plan](const WorkerPipes& pipes) { return gateway_main(plan, pipes); });
  if (!process) return std::unexpected(process.error());
  const auto first = process->next_message();
  if (!first) return std::unexpected(first.error());
  if (first->contains("error")) return std::unexpected((*first)["error"].get<std::string>());
  return GatewayProcess{std::move(*process), (*first).at("port").get<std::uint16_t>()};
}

}  // namespace faastax::lab
