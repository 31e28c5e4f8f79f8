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

}  // namespace

base::Result<report::Document> ask(const std::string& url, milliseconds since,
                                   std::chrono::system_clock::time_point end) {
  const auto server = parse_url(url);
  if (!server) return base::failure(server.error());
  const Client client(*server);
  const milliseconds step = std::clamp(since / kStretches, std::min(kShortestStep, since), since);
  // Whole steps: they add up to the window.
  const milliseconds length = since / step * step;
  const double to = std::chrono::duration<double>(end.time_since_epoch()).count();
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
