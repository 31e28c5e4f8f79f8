// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/client.hpp"

#include <fmt/format.h>

namespace faastax::cli::prometheus {
namespace {

template <typename T>
base::Result<T> named(const Url& server, base::Result<T> answer) {
  if (answer) return answer;
  return base::failure(fmt::format("Prometheus at {}:{}: {}", server.host, server.port, answer.error()));
}

}  // namespace

std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    encoded +=
        letter || std::string_view("-._~").contains(c) ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

base::Result<std::vector<Sample>> Client::query(const std::string& expression, double time) const {
  const auto response =
      http_get(server_, fmt::format("/api/v1/query?query={}&time={:.3f}", percent_encoded(expression), time));
  if (!response) return base::failure(response.error());
  return named(server_, parse_vector(response->status, response->body));
}

base::Result<std::vector<Series>> Client::query_range(const std::string& expression, double start, double end,
                                                      double step) const {
  const auto response =
      http_get(server_, fmt::format("/api/v1/query_range?query={}&start={:.3f}&end={:.3f}&step={:.3f}",
                                    percent_encoded(expression), start, end, step));
  if (!response) return base::failure(response.error());
  return named(server_, parse_matrix(response->status, response->body));
}

}  // namespace faastax::cli::prometheus
