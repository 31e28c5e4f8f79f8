// SPDX-License-Identifier: Apache-2.0
#include "cli/report/prometheus/source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/report/prometheus/assemble.hpp"
#include "cli/report/prometheus/client.hpp"
#include "cli/report/prometheus/questions.hpp"

namespace faastax::cli::prometheus {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kStretches = 120;
constexpr milliseconds kShortestStep{1000};
constexpr milliseconds kLatest{300'000};
constexpr double kScrapesEach = 4;  // as Grafana's $__rate_interval: of fewer one stretch has what two did

/// How many stretches the course has, by how often agents were scraped lately.
base::Result<std::int64_t> stretches_of(const Client& client, milliseconds since, double end) {
  const milliseconds range = std::min(since, kLatest);
  const auto scrapes =
      client.query(fmt::format("max(count_over_time(faastax_agent_info[{}ms]))", range.count()), end);
  if (!scrapes) return base::failure(scrapes.error());
  const std::int64_t most = std::min<std::int64_t>(kStretches, since / kShortestStep);
  if (scrapes->empty() || scrapes->front().value <= 0) return std::max<std::int64_t>(most, 1);
  const double each = kScrapesEach * static_cast<double>(range.count()) / scrapes->front().value;
  const auto carried = static_cast<std::int64_t>(static_cast<double>(since.count()) / each);
  return std::max<std::int64_t>(std::min(most, carried), 1);
}

}  // namespace

base::Result<report::Document> ask(const std::string& url, milliseconds since,
                                   std::chrono::system_clock::time_point end) {
  const auto server = parse_url(url);
  if (!server) return base::failure(server.error());
  const Client client(*server);
  const double to = std::chrono::duration<double>(end.time_since_epoch()).count();
  const auto stretches = stretches_of(client, since, to);
  if (!stretches) return base::failure(stretches.error());
  const milliseconds step = since / *stretches;
  // Whole steps: they add up to the window.
  const milliseconds length = step * *stretches;
  const double from = to - std::chrono::duration<double>(length).count();
  Answers answers;
  for (const Question& question : questions(length)) {
    auto samples = client.query(question.expression, to);
    if (!samples) return base::failure(samples.error());
    answers.*question.answer = std::move(*samples);
    if (question.answer == &Answers::cpu && answers.cpu.empty()) {
      return base::failure(
          fmt::format("{} has no faastax_cpu_seconds_total in that time: does it scrape an agent?", url));
    }
  }
  const double seconds = std::chrono::duration<double>(step).count();
  for (const CourseQuestion& question : course_questions(step)) {
    auto series = client.query_range(question.expression, from + seconds, to, seconds);
    if (!series) return base::failure(series.error());
    answers.*question.answer = std::move(*series);
  }
  return assemble(answers, {from, to, seconds});
}

}  // namespace faastax::cli::prometheus
