// SPDX-License-Identifier: Apache-2.0
#include "cli/report_output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "ledger/report_json.hpp"
#include "ledger/report_text.hpp"

namespace faastax::cli {

ledger::TextOptions text_options(std::FILE* out) {
  ledger::TextOptions options;
  const int fd = ::fileno(out);
  if (::isatty(fd) == 1) {
    const char* no_color = std::getenv("NO_COLOR");
    options.color = no_color == nullptr || *no_color == '\0';
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) options.width = size.ws_col;
  }
  return options;
}

void print_report(const ledger::Report& report, bool instances, std::FILE* out) {
  ledger::TextOptions options = text_options(out);
  options.instances = instances;
  fmt::print(out, "{}", ledger::to_text(report, options));
}

base::Result<void> write_report(const ledger::Report& report, const std::filesystem::path& file) {
  return write_text(ledger::to_json(report), file);
}

base::Result<void> write_text(const std::string& text, const std::filesystem::path& file) {
  if (file == "-") {
    std::cout << text << std::flush;
    return std::cout.good() ? base::Result<void>{} : base::failure("cannot write the report", errno);
  }
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  if (stream.fail()) return base::failure("cannot write " + file.string(), errno);
  return {};
}

int fail(const std::string& what) {
  fmt::print(stderr, "faastax: {}\n", what);
  return 1;
}

}  // namespace faastax::cli
