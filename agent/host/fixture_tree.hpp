// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "agent/host/roots.hpp"

namespace faastax::host {

/// A temporary folder for a test's own /proc and /sys, removed with it.
class FixtureTree {
 public:
  FixtureTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "faastax-host-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    root_ = pattern;
    folder("proc");
    folder("sys");
  }
  ~FixtureTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  FixtureTree(const FixtureTree&) = delete;
  FixtureTree& operator=(const FixtureTree&) = delete;

  void folder(std::string_view path) { std::filesystem::create_directories(root_ / path); }
  void file(std::string_view path, std::string_view text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  void link(std::string_view path, std::string_view target) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::filesystem::create_symlink(target, root_ / path);
  }

  struct Process {
    int pid = 0;
    std::string comm = "app";
    std::string pids_inside = {};  ///< what NSpid shows after the pid
    std::string cgroups = {};      ///< the text of /proc/<pid>/cgroup
    int started_ticks = 100;
    unsigned flags = 0x400000;
    char state = 'S';
  };
  void process(const Process& one) {
    const std::string folder = "proc/" + std::to_string(one.pid);
    std::string stat = std::to_string(one.pid) + " (" + one.comm + ") " + one.state + " 1 1 1 0 -1 ";
    stat += std::to_string(one.flags) + " 0 0 0 0 0 0 0 0 20 0 1 0 " + std::to_string(one.started_ticks);
    file(folder + "/stat", stat + " 0 0\n");
    const std::string inside = one.pids_inside.empty() ? "" : "\t" + one.pids_inside;
    file(folder + "/status", "Name:\t" + one.comm + "\nNSpid:\t" + std::to_string(one.pid) + inside + "\n");
    file(folder + "/cgroup", one.cgroups);
  }

  Roots roots() const { return {.proc = root_ / "proc", .sys = root_ / "sys"}; }
  const std::filesystem::path& path() const { return root_; }

 private:
  std::filesystem::path root_;
};

}  // namespace faastax::host
