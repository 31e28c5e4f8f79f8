// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "cli/report/prometheus/answer.hpp"
#include "cli/report/prometheus/assemble.hpp"
#include "cli/report/prometheus/questions.hpp"
#include "tests/fuzz/now.hpp"
#include "tests/fuzz/report_checks.hpp"
#include "tests/fuzz/require.hpp"

/// What a Prometheus answers, and the report made of it. An input has an answer a line: '0' and the place of
/// the question as characters, then '!' where the status is no 200, then the body. An answer may be to
/// several questions.
namespace faastax::fuzz {
namespace {

using namespace cli::prometheus;

constexpr double kEnd = static_cast<double>(kNow) / 1e9;
constexpr TimeWindow kWindow{kEnd - 600, kEnd, 60};

/// Takes the number of a question from the line's beginning.
std::size_t take_place(std::string_view& line, std::size_t questions) {
  std::size_t place = 0;
  while (!line.empty() && line.front() >= '0' && line.front() <= '9') {
    place = (place * 10 + static_cast<std::size_t>(line.front() - '0')) % 1000;
    line.remove_prefix(1);
  }
  return place % questions;
}

void answer(std::string_view line, Answers& answers) {
  static const auto kQuestions = questions(std::chrono::minutes(10));
  static const auto kCourses = course_questions(std::chrono::minutes(1));
  const std::size_t place = take_place(line, kQuestions.size() + kCourses.size());
  const unsigned status = line.starts_with('!') ? 503 : 200;
  if (status != 200) line.remove_prefix(1);
  if (place < kQuestions.size()) {
    auto samples = parse_vector(status, line);
    if (!samples) return require_line(samples.error());
    answers.*kQuestions[place].answer = std::move(*samples);
  } else {
    auto series = parse_matrix(status, line);
    if (!series) return require_line(series.error());
    answers.*kCourses[place - kQuestions.size()].answer = std::move(*series);
  }
}

/// What the report's formats rely on.
void require_numbers(const ledger::Report& report) {
  for (const double number : {report.busy_seconds, report.idle_seconds, report.wall_cpu_seconds,
                              report.reserved_byte_seconds, report.residual_seconds}) {
    require(std::isfinite(number), "sums are numbers");
  }
  for (const auto& point : report.timeline)
    require(std::isfinite(point.idle_seconds), "the course is of numbers");
  for (const auto& function : report.functions) {
    require(!function.churn_ratio || std::isfinite(*function.churn_ratio), "a ratio is a number");
  }
}

void fuzz(const std::string_view input) {
  constexpr std::size_t kPrinted = 256;
  Answers answers;
  std::string_view text = input;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    answer(line, answers);
  }
  const cli::report::Document document = assemble(answers, kWindow);
  require_numbers(document.report);
  if (is_one_of(input, kPrinted)) require_printable(document);
}

}  // namespace
}  // namespace faastax::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  faastax::fuzz::fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
