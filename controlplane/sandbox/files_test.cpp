// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "agent/base/testing_folder.hpp"
#include "controlplane/sandbox/child_process.hpp"

namespace faastax::sandbox {
namespace {

using namespace std::chrono_literals;

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void wait_until_it_runs(pid_t pid, const std::filesystem::path& program) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  std::error_code error;
  while (std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", error) != program) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::sleep_for(1ms);
  }
}

TEST(Files, AProgramThatRunsIsReplacedAndRunsOn) {
  const base::TemporaryFolder folder;
  const std::filesystem::path program = folder.path() / "program";
  const std::string sleep = bytes_of("/bin/sleep");
  ASSERT_TRUE(write_program(program, std::as_bytes(std::span(sleep))));
  auto running = ChildProcess::spawn({{program, "60"}, folder.path() / "errors"});
  ASSERT_TRUE(running) << running.error();
  wait_until_it_runs(running->pid(), program);
  const std::string other = "#!/bin/sh\n";
  const auto wrote = write_program(program, std::as_bytes(std::span(other)));
  EXPECT_TRUE(wrote) << wrote.error();
  EXPECT_EQ(bytes_of(program), other);
  EXPECT_EQ(running->wait(0ms), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(program.string() + ".new"));
}

TEST(Files, AFolderThatIsNotThereHasNoEntries) {
  const base::TemporaryFolder folder;
  EXPECT_TRUE(entries_of(folder.path() / "none").empty());
}

}  // namespace
}  // namespace faastax::sandbox
