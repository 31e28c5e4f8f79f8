// SPDX-License-Identifier: Apache-2.0
#include "cli/comparison_html.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/html/text.hpp"

namespace faastax::cli {
namespace {

using html::escaped;

constexpr double kWidth = 320;
constexpr double kRow = 44;
constexpr double kBarTop = 21;
constexpr double kBarHeight = 14;
constexpr double kForValue = 100;  ///< right of the longest bar

/// One policy: its name, below it the bar, the interval's whisker, the value.
std::string row(const Figure& figure, const std::string& policy, const std::optional<Estimate>& estimate,
                double top, double scale) {
  std::string svg = fmt::format("<text x=\"0\" y=\"{:.0f}\">{}</text>\n", top + kBarTop - 6, escaped(policy));
  const double middle = top + kBarTop + kBarHeight / 2;
  double end = 0;
  if (estimate) {
    const double low = std::max(0.0, estimate->mean - estimate->half) * scale;
    const double bar = estimate->mean * scale;
    end = (estimate->mean + estimate->half) * scale;
    svg += fmt::format(
        "<rect class=\"mark\" x=\"0\" y=\"{:.0f}\" width=\"{:.1f}\" height=\"{:.0f}\" rx=\"2\"/>\n",
        top + kBarTop, bar, kBarHeight);
    if (estimate->half > 0) {
      svg +=
          fmt::format("<line class=\"whisker\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                      low, end, middle, middle);
    }
  }
  return svg + fmt::format("<text x=\"{:.1f}\" y=\"{:.0f}\">{}</text>\n", end + 6, middle + 5,
                           to_text(figure, estimate));
}

std::string chart(const Comparison& comparison, const Figure& figure,
                  const std::vector<std::string>& policies) {
  std::vector<std::optional<Estimate>> estimates;
  double most = 0;
  for (const std::string& policy : policies) {
    estimates.push_back(estimate_of(comparison, policy, figure));
    if (estimates.back()) most = std::max(most, estimates.back()->mean + estimates.back()->half);
  }
  const double scale = most > 0 ? (kWidth - kForValue) / most : 0;
  std::string svg = fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n",
                                kWidth, kRow * static_cast<double>(policies.size()), escaped(figure.about));
  for (std::size_t i = 0; i < policies.size(); ++i) {
    svg += row(figure, policies[i], estimates[i], kRow * static_cast<double>(i), scale);
  }
  return fmt::format("<section><h2>{}</h2>\n<p>{}</p>\n{}</svg></section>\n", escaped(figure.about),
                     escaped(figure.title), svg);
}

}  // namespace

std::string to_html(const Comparison& comparison) {
  const std::vector<std::string> policies = policies_of(comparison);
  std::string setup;
  for (const auto& [name, value] : comparison.setup.items()) {
    setup += fmt::format("{}{}: {}", setup.empty() ? "" : ", ", name, value.dump());
  }
  std::string page = html::head("Scaling policies under the same load");
  page += fmt::format("<p>{} runs. {}</p>\n<main>\n", comparison.runs.size(), escaped(setup));
  for (const Figure& figure : figures()) page += chart(comparison, figure, policies);
  return page + "</main>\n" + html::tail();
}

}  // namespace faastax::cli
