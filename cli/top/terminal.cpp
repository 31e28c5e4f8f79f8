// SPDX-License-Identifier: Apache-2.0
#include "cli/top/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <string_view>

namespace faastax::cli::top {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";

void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return;  // it is gone: nobody sees it
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Terminal::Terminal() {
  termios keys{};
  if (::tcgetattr(STDIN_FILENO, &keys) == 0) {
    before_ = keys;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    // Stopped, it would leave the other screen behind.
    keys.c_cc[VSUSP] = keys.c_cc[VQUIT] = _POSIX_VDISABLE;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  put(kEnter);
}

Terminal::~Terminal() {
  put(kLeave);
  if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

void Terminal::show(const std::string& lines) {
  // In one write, so that nothing is blank in between. A line is cleared before its text: behind a text that
  // ends in the last column, that character would go.
  std::string frame = "\x1b[H";
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    frame += "\x1b[2K" + lines.substr(at, end - at);
    if (end == std::string::npos || end + 1 == lines.size()) break;
    frame += '\n';
    at = end + 1;
  }
  put(frame + "\x1b[J");
}

Terminal::Size Terminal::size() {
  winsize now{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) != 0 || now.ws_col == 0 || now.ws_row == 0) return {};
  return {now.ws_col, now.ws_row};
}

}  // namespace faastax::cli::top
