// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/html/text.hpp"

/// Charts as SVG, each in a section with its heading, legend and the same figures as a table. They are drawn
/// for the width of a phone and grow with the column that they stand in.
namespace faastax::cli::html {

/// A part of each column or bar. `colour` is an activity's name.
struct Series {
  std::string name;
  std::string colour;
};

/// One column or bar: its parts in the order of the series.
struct Stack {
  std::string label;
  std::vector<double> parts;
  std::string value = {};  ///< shown at a bar's end
  std::string tick = {};   ///< stands below a column where the label would be too long
};

struct Chart {
  std::string id;  ///< unique in the page; of letters, digits and dashes
  std::string title;
  std::string about;  ///< one line: what is drawn, in which unit
  std::vector<Series> series;
  std::vector<Stack> stacks;
  std::string heading;                      ///< of the labels, in the table
  std::function<std::string(double)> show;  ///< a value as text, with its unit
  bool wide = false;                        ///< takes the page's whole width
};

/// Columns from left to right, as many as there are; a few of their labels stand below. For a course over
/// time and for distributions.
std::string columns(const Chart& chart);

/// Bars from top to bottom, each with its label and value.
std::string bars(const Chart& chart);

/// A section in place of a chart that there are no figures for, with the reason.
std::string absent(const std::string& title, const std::string& why);

/// A step of 1, 2 or 5 times a power of ten, so that `most` takes two to five of them.
double tick_of(double most);

}  // namespace faastax::cli::html
