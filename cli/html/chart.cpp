// SPDX-License-Identifier: Apache-2.0
#include "cli/html/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace faastax::cli::html {
namespace {

constexpr double kWidth = 360;
constexpr double kHeight = 190;
constexpr double kLeft = 72;    ///< of the columns: room for the scale
constexpr double kBottom = 24;  ///< below the columns: room for labels
constexpr double kTop = 8;
constexpr double kRow = 40;  ///< of a bar and the label above it
constexpr double kBar = 14;
constexpr double kForValue = 92;  ///< right of the longest bar
constexpr std::size_t kLabels = 3;

double sum_of(const Stack& stack) { return std::accumulate(stack.parts.begin(), stack.parts.end(), 0.0); }

double highest(const Chart& chart) {
  double most = 0;
  for (const Stack& stack : chart.stacks) most = std::max(most, sum_of(stack));
  return most;
}

std::string open_svg(const Chart& chart, double height) {
  return fmt::format(
      "<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" aria-labelledby=\"{2}-title {2}-about\">\n"
      "<title id=\"{2}-title\">{3}</title>\n<desc id=\"{2}-about\">{4}</desc>\n",
      kWidth, height, chart.id, escaped(chart.title), escaped(chart.about));
}

/// One part of a stack; pointing at it shows what it is.
std::string mark(const Chart& chart, const Stack& stack, std::size_t part, double x, double y, double width,
                 double height) {
  return fmt::format(
      "<rect class=\"mark {}\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\"><title>{}: {} "
      "{}</title></rect>\n",
      chart.series[part].colour, x, y, width, height, escaped(stack.label), escaped(chart.series[part].name),
      escaped(chart.show(stack.parts[part])));
}

std::string scale(const Chart& chart, double most, double per_unit) {
  const double step = tick_of(most);
  const double floor = kHeight - kBottom;
  std::string svg;
  for (int i = 0; i * step <= most * 1.0001; ++i) {
    const double y = floor - i * step * per_unit;
    svg += fmt::format(
        "<line x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.2f}\" y2=\"{2:.2f}\"/><text class=\"faint\" "
        "x=\"{3:.0f}\" "
        "y=\"{4:.2f}\" text-anchor=\"end\">{5}</text>\n",
        kLeft, kWidth, y, kLeft - 6, y + 4, escaped(chart.show(i * step)));
  }
  return svg;
}

/// Some of the labels, evenly apart, the first and the last among them.
std::string labels(const Chart& chart, double column) {
  const std::size_t count = chart.stacks.size();
  const std::size_t shown = std::min(count, kLabels);
  std::string svg;
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t at = shown == 1 ? 0 : i * (count - 1) / (shown - 1);
    const bool last = i + 1 == shown && shown > 1;
    const std::string& tick = chart.stacks[at].tick.empty() ? chart.stacks[at].label : chart.stacks[at].tick;
    const char* anchor = i == 0 ? "start" : last ? "end" : "middle";
    const double middle = kLeft + column * (static_cast<double>(at) + 0.5);
    const double x = i == 0 ? kLeft : last ? kWidth : middle;
    svg += fmt::format("<text class=\"faint\" x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"{}\">{}</text>\n", x,
                       kHeight - 6, anchor, escaped(tick));
  }
  return svg;
}

std::string legend(const Chart& chart) {
  if (chart.series.size() < 2) return "";
  std::string list = "<ul class=\"legend\">";
  for (const Series& series : chart.series)
    list += fmt::format("<li><i class=\"{}\"></i>{}</li>", series.colour, escaped(series.name));
  return list + "</ul>\n";
}

std::string figures(const Chart& chart) {
  Table of;
  of.headings.push_back(chart.heading);
  for (const Series& series : chart.series) of.headings.push_back(series.name);
  for (const Stack& stack : chart.stacks) {
    std::vector<std::string> row = {stack.label};
    for (const double part : stack.parts) row.push_back(chart.show(part));
    of.rows.push_back(std::move(row));
  }
  return "<details><summary>The figures</summary>\n" + table(of) + "</details>\n";
}

std::string section(const Chart& chart, const std::string& svg) {
  return fmt::format(
      "<section class=\"chart{}\" id=\"{}\"><h2>{}</h2>\n<p>{}</p>\n{}</svg>\n{}{}</section>\n",
      chart.wide ? " wide" : "", chart.id, escaped(chart.title), escaped(chart.about), svg, legend(chart),
      figures(chart));
}

/// What of the label finds room above a bar.
std::string shortened(const std::string& label) {
  constexpr std::size_t kMost = 44;
  if (label.size() <= kMost) return label;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(label[end]) & 0xc0) == 0x80) --end;
  return label.substr(0, end) + "…";
}

}  // namespace

double tick_of(double most) {
  if (!(most > 0) || !std::isfinite(most)) return 1;
  const double power = std::pow(10, std::floor(std::log10(most / 2)));
  for (const double step : {5.0, 2.0}) {
    if (most / (step * power) >= 2) return step * power;
  }
  return power;
}

std::string columns(const Chart& chart) {
  const double most = highest(chart);
  const double per_unit = most > 0 ? (kHeight - kBottom - kTop) / most : 0;
  const double column = (kWidth - kLeft) / static_cast<double>(std::max<std::size_t>(chart.stacks.size(), 1));
  const double gap = column > 6 ? 1 : 0;
  std::string svg = open_svg(chart, kHeight) + scale(chart, most, per_unit);
  for (std::size_t i = 0; i < chart.stacks.size(); ++i) {
    double y = kHeight - kBottom;
    for (std::size_t part = 0; part < chart.stacks[i].parts.size(); ++part) {
      const double height = chart.stacks[i].parts[part] * per_unit;
      if (height <= 0) continue;
      y -= height;
      svg += mark(chart, chart.stacks[i], part, kLeft + column * static_cast<double>(i), y, column - gap,
                  height);
    }
  }
  return section(chart, svg + labels(chart, column));
}

std::string bars(const Chart& chart) {
  const double most = highest(chart);
  const double per_unit = most > 0 ? (kWidth - kForValue) / most : 0;
  std::string svg = open_svg(chart, kRow * static_cast<double>(chart.stacks.size()));
  double top = 0;
  for (const Stack& stack : chart.stacks) {
    svg += fmt::format("<text x=\"0\" y=\"{:.0f}\">{}</text>\n", top + 14, escaped(shortened(stack.label)));
    double x = 0;
    for (std::size_t part = 0; part < stack.parts.size(); ++part) {
      const double width = stack.parts[part] * per_unit;
      if (width <= 0) continue;
      svg += mark(chart, stack, part, x, top + 19, width, kBar);
      x += width;
    }
    svg += fmt::format("<text class=\"faint\" x=\"{:.1f}\" y=\"{:.0f}\">{}</text>\n", x + 6,
                       top + 19 + kBar - 2, escaped(stack.value));
    top += kRow;
  }
  return section(chart, svg);
}

std::string absent(const std::string& title, const std::string& why) {
  return fmt::format("<section class=\"absent\"><h2>{}</h2>\n<p>{}</p></section>\n", escaped(title),
                     escaped(why));
}

}  // namespace faastax::cli::html
