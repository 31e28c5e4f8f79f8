// SPDX-License-Identifier: Apache-2.0
#include "cli/report_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "cli/lab_command.hpp"
#include "cli/recording_report.hpp"
#include "cli/report/division.hpp"
#include "cli/report/formats.hpp"
#include "cli/report/input_json.hpp"
#include "cli/report/page.hpp"
#include "cli/report/prometheus/http_get.hpp"
#include "cli/report/prometheus/source.hpp"
#include "cli/report/store/source.hpp"
#include "cli/report_output.hpp"
#include "cli/session.hpp"
#include "ledger/report_text_layout.hpp"

namespace faastax::cli {
namespace {

constexpr int kUsage = 2;
constexpr std::chrono::seconds kShortestWindow{1};
constexpr std::size_t kPiece = std::size_t{1} << 20;
// With some 200,000 instances in detail. Parsed it takes several times its size.
constexpr std::size_t kLargestReport = std::size_t{128} << 20;

enum class Format : std::uint8_t { kText, kJson, kCsv, kHtml };

struct ReportOptions {
  std::filesystem::path input;
  std::string prometheus;
  std::string store;
  std::chrono::milliseconds since = std::chrono::hours(1);
  std::optional<report::Dimension> by;
  Format format = Format::kText;
  std::filesystem::path output;
};

/// The file's beginning, `most` bytes of it.
base::Result<std::string> read_start(const std::filesystem::path& file, std::size_t most) {
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  while (stream && text.size() < most) {
    const std::size_t had = text.size();
    text.resize(std::min(most, had + kPiece));
    stream.read(text.data() + had, static_cast<std::streamsize>(text.size() - had));
    text.resize(had + static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream && !stream.eof()) return base::failure("cannot read " + file.string(), errno);
  return text;
}

base::Result<report::Document> recorded(const std::filesystem::path& file) {
  const auto rules = read_rules({});
  if (!rules) return base::failure(rules.error());
  auto booked = report_of_recording(file, *rules);
  if (!booked) return base::failure(booked.error());
  return report::Document{.report = std::move(*booked)};
}

/// A recording is read line by line, however long it is; a report is read as a whole.
base::Result<report::Document> read_input(const std::filesystem::path& file) {
  constexpr std::string_view kRecording = R"({"faastax_recording":)";
  const auto start = read_start(file, kRecording.size());
  if (!start) return base::failure(start.error());
  if (*start == kRecording) return recorded(file);
  const auto text = read_start(file, kLargestReport + 1);
  if (!text) return base::failure(text.error());
  if (text->size() > kLargestReport) {
    return base::failure(
        fmt::format("{}: no report is larger than {}", file.string(), ledger::text::bytes(kLargestReport)));
  }
  auto document = report::document_from_json(*text);
  if (!document) return base::failure(file.string() + ": " + document.error());
  return std::move(*document);
}

std::string rendered(const report::Document& document, const std::optional<report::Division>& division,
                     const ReportOptions& options) {
  switch (options.format) {
    case Format::kJson:
      return report::to_json(document, division);
    case Format::kCsv:
      return report::to_csv(*division);
    case Format::kHtml:
      return report::to_html(document, division);
    case Format::kText:
      break;
  }
  ledger::TextOptions text = options.output.empty() ? text_options(stdout) : ledger::TextOptions{};
  text.instances = document.report.instances.has_value();
  return report::to_text(document, division, text);
}

int print(const report::Document& document, const ReportOptions& options) {
  std::optional<report::Division> division;
  // A table of numbers is always one of a dimension.
  const auto by =
      options.format == Format::kCsv ? options.by.value_or(report::Dimension::kFunction) : options.by;
  if (by) {
    auto divided = report::divide(document, *by);
    if (!divided) {
      fail(fmt::format("--by {}: {}", report::name_of(*by), divided.error()));
      return kUsage;
    }
    division = std::move(*divided);
  }
  const auto written = write_text(rendered(document, division, options),
                                  options.output.empty() ? std::filesystem::path("-") : options.output);
  return written ? 0 : fail(written.error());
}

base::Result<report::Document> read_source(const ReportOptions& options) {
  if (!options.input.empty()) return read_input(options.input);
  const auto now = std::chrono::system_clock::now();
  if (!options.store.empty()) return store::ask(options.store, options.since, now);
  return prometheus::ask(options.prometheus, options.since, now);
}

int run_report(const ReportOptions& options) {
  const auto document = read_source(options);
  return document ? print(*document, options) : fail(document.error());
}

template <typename T>
std::map<std::string, T> numbered(std::span<const std::string_view> names) {
  std::map<std::string, T> result;
  for (std::size_t i = 0; i < names.size(); ++i) result[std::string(names[i])] = static_cast<T>(i);
  return result;
}

void add_since(CLI::App& command, const std::shared_ptr<ReportOptions>& options, CLI::Option* not_of) {
  command
      .add_option_function<std::string>(
          "--since",
          [options](const std::string& text) {
            options->since = std::chrono::duration_cast<std::chrono::milliseconds>(*parse_duration(text));
          },
          "Begin so long ago; of a store or a Prometheus")
      ->check([](const std::string& text) {
        const auto since = parse_duration(text);
        return since && *since >= kShortestWindow ? std::string{} : "not a duration of 1 s or more: " + text;
      })
      ->excludes(not_of)
      ->type_name("DURATION")
      ->default_str("1h");
}

void add_sources(CLI::App& command, const std::shared_ptr<ReportOptions>& options) {
  CLI::Option_group* sources = command.add_option_group("Source", "One of these");
  sources->add_option("--store", options->store, "A collector's store: sqlite:PATH, a path or postgres://...")
      ->type_name("URL");
  sources->add_option("--prometheus", options->prometheus, "What this server scraped from agents")
      ->check([](const std::string& url) {
        const auto parsed = prometheus::parse_url(url);
        return parsed ? std::string{} : parsed.error();
      })
      ->type_name("URL");
  CLI::Option* file =
      sources
          ->add_option("--input", options->input, "A report (`stat --json`, `lab run --json`) or a recording")
          ->check(CLI::ExistingFile)
          ->type_name("FILE");
  sources->require_option(1);
  add_since(command, options, file);
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("report", "What churn cost, from what was measured before");
  auto options = std::make_shared<ReportOptions>();
  add_sources(*command, options);
  command
      ->add_option_function<report::Dimension>(
          "--by", [options](const report::Dimension& by) { options->by = by; }, "Divide the CPU by this")
      ->transform(
          CLI::CheckedTransformer(numbered<report::Dimension>(report::kDimensionNames)).description(""))
      ->type_name("function|track|policy|node|component");
  static constexpr std::array<std::string_view, 4> kFormats = {"text", "json", "csv", "html"};
  command->add_option("--format", options->format, "How it is written")
      ->transform(CLI::CheckedTransformer(numbered<Format>(kFormats)).description(""))
      ->type_name("text|json|csv|html")
      ->default_str("text");
  command->add_option("-o,--output", options->output, "Write to this file")->type_name("FILE");
  command->callback([options, &action] { action = [options] { return run_report(*options); }; });
}

}  // namespace faastax::cli
