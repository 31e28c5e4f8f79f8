// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <termios.h>

#include <cstddef>
#include <optional>
#include <string>

namespace faastax::cli::top {

/// The terminal on standard output while a program redraws it: its other screen, without cursor, and what is
/// typed is not shown. All of it is undone at the end, however the block is left.
class Terminal {
 public:
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Replaces what the screen shows, without flicker.
  void show(const std::string& lines);

  struct Size {
    std::size_t columns = 80;
    std::size_t rows = 24;
  };
  /// As it is now.
  static Size size();

 private:
  std::optional<termios> before_;  ///< how keys were read; absent where standard input is no terminal
};

}  // namespace faastax::cli::top
