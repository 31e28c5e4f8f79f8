// SPDX-License-Identifier: Apache-2.0
#include "cli/html/text.hpp"

#include <fmt/format.h>

namespace faastax::cli::html {
namespace {

// Colours are those of activities and of states of instances; a chart's series names one by its class.
constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ink: #1b1f24; --faint: #59636e; --page: #fff; --line: #d0d7de; --alarm: #b3261e;
  --create: #c8453b; --init: #dd8a1f; --handle: #2c8a4b; --idle: #93a1b0; --teardown: #8a55c8; --manage: #2f6fb7;
  --route: #168c94; --observe: #6b5d4d; --other: #b8a98f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --faint: #9198a1; --page: #0d1117; --line: #3d444d; --alarm: #ff8a80;
    --create: #f0776c; --init: #f2b04e; --handle: #56c07a; --idle: #7d8b9a; --teardown: #b48af0; --manage: #5a9be0;
    --route: #46bcc4; --observe: #a8957f; --other: #857a66; }
}
* { box-sizing: border-box; }
body { font: 16px/1.4 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 1rem auto;
  padding: 0 1rem; max-width: 76rem; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: 1.5rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1rem; margin: 0; }
p, dl, li { color: var(--faint); margin: .2rem 0 .5rem; font-size: .875rem; overflow-wrap: anywhere; }
p.alarm { color: var(--alarm); font-weight: 600; }
dl.key { display: flex; flex-wrap: wrap; gap: .75rem 2rem; margin: 1rem 0; }
dl.key dd { margin: 0; color: var(--ink); font-size: 1.25rem; }
section { border-top: 1px solid var(--line); padding-top: .75rem; min-width: 0; }
section.wide { grid-column: 1 / -1; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--ink); font-size: 12px; } svg .faint { fill: var(--faint); }
svg line { stroke: var(--line); stroke-width: 1; } svg line.whisker { stroke: var(--ink); stroke-width: 1.5; }
.mark { fill: var(--manage); }
ul.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; list-style: none; padding: 0; margin: .4rem 0; }
ul.legend i { display: inline-block; width: .75em; height: .75em; margin-right: .35em; border-radius: 2px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .8125rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .15rem .6rem .15rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child { text-align: left; } thead th { color: var(--faint); font-weight: 600; }
tbody th { font-weight: 400; }
summary { cursor: pointer; color: var(--faint); font-size: .875rem; }
)";

constexpr const char* kColours[] = {"create", "init",  "handle",  "idle", "teardown",
                                    "manage", "route", "observe", "other"};

std::string colour_classes() {
  std::string css;
  for (const char* colour : kColours) {
    css += fmt::format(".mark.{0} {{ fill: var(--{0}); }} i.{0} {{ background: var(--{0}); }}\n", colour);
  }
  return css;
}

/// Length of the UTF-8 sequence at `at`, 0 if there is none or it encodes a control character.
std::size_t sequence_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t length = first >= 0xf5   ? 0
                             : first >= 0xf0 ? 4
                             : first >= 0xe0 ? 3
                             : first >= 0xc2 ? 2
                                             : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond the last code point.
  const unsigned char second = byte(at + 1);
  const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
                     (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
  return wrong ? 0 : length;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_at(text, i);
    const char c = text[i];
    if (length == 0) {
      safe += "\xef\xbf\xbd";
    } else if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '"') {
      safe += "&quot;";
    } else {
      safe += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return safe;
}

std::string head(std::string_view title) {
  const std::string name = escaped(title);
  // The empty icon keeps browsers from asking a server for one.
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<link rel=\"icon\" "
      "href=\"data:,\">\n<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n<h1>{}</h1>\n",
      name, kStyle, colour_classes(), name);
}

std::string tail() { return "</body>\n</html>\n"; }

std::string table(const Table& of) {
  std::string text = "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>";
  for (const std::string& heading : of.headings)
    text += fmt::format("<th scope=\"col\">{}</th>", escaped(heading));
  text += "</tr></thead>\n<tbody>\n";
  for (const auto& row : of.rows) {
    text += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = escaped(row[i]);
      text += i == 0 ? "<th scope=\"row\">" + cell + "</th>" : "<td>" + cell + "</td>";
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

}  // namespace faastax::cli::html
