// SPDX-License-Identifier: Apache-2.0
#include "controlplane/gateway/counters.hpp"

#include <fmt/format.h>

#include <iterator>

namespace faastax::gateway {

void ConcurrencyMeter::change(int by, Clock::time_point now) {
  integral_ = integral(now);
  since_ = now;
  current_ += static_cast<std::uint64_t>(by);
}

double ConcurrencyMeter::integral(Clock::time_point now) const {
  return integral_ + static_cast<double>(current_) * std::chrono::duration<double>(now - since_).count();
}

std::string exposition(const Counters& c, Clock::time_point now) {
  std::string text;
  const auto out = std::back_inserter(text);
  const auto metric = [&](const char* name, const char* type, const char* help) {
    fmt::format_to(out, "# HELP faastax_gateway_{0} {2}\n# TYPE faastax_gateway_{0} {1}\n", name, type, help);
  };
  metric("responses_total", "counter", "Responses by class of status.");
  for (std::size_t digit = 1; digit < c.responses.size(); ++digit) {
    fmt::format_to(out, "faastax_gateway_responses_total{{code=\"{}xx\"}} {}\n", digit, c.responses[digit]);
  }
  metric("aborted_total", "counter", "Requests whose client went away or whose response broke off.");
  fmt::format_to(out, "faastax_gateway_aborted_total {}\n", c.aborted);
  metric("retried_total", "counter",
         "Requests given to another instance because nothing could be sent to the first.");
  fmt::format_to(out, "faastax_gateway_retried_total {}\n", c.retried);
  metric("connections", "gauge", "Open connections of clients.");
  fmt::format_to(out, "faastax_gateway_connections {}\n", c.connections);
  metric("requests_in_flight", "gauge", "Requests that came and are not answered, waiting ones included.");
  fmt::format_to(out, "faastax_gateway_requests_in_flight {}\n", c.in_flight.current());
  metric("request_seconds_total", "counter",
         "Integral of the requests in flight: its rate is the mean concurrency.");
  fmt::format_to(out, "faastax_gateway_request_seconds_total {:.6f}\n", c.in_flight.integral(now));
  return text;
}

}  // namespace faastax::gateway
