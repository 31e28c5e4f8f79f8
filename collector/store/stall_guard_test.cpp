// SPDX-License-Identifier: Apache-2.0
#include "collector/store/stall_guard.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "agent/base/unique_fd.hpp"
#include "collector/store/postgres.hpp"
#include "collector/store/testing_databases.hpp"

namespace faastax::store::testing {
namespace {

using namespace std::chrono_literals;

/// Two ends of a connection.
std::array<base::UniqueFd, 2> pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) != 0) throw std::runtime_error("no socket");
  return {base::UniqueFd(fds[0]), base::UniqueFd(fds[1])};
}

TEST(StallGuard, EndsACallThatWaitsTooLong) {
  const auto [mine, other] = pair();
  StallGuard guard(40ms);
  char byte = 0;
  const StallGuard::Watch watch(guard, mine.get());
  EXPECT_EQ(::read(mine.get(), &byte, 1), 0) << "the end of the connection";
  EXPECT_TRUE(guard.has_cut());
}

TEST(StallGuard, LetsCallsBeThatAreEachShort) {
  const auto [mine, other] = pair();
  StallGuard guard(80ms);
  for (int i = 0; i < 10; ++i) {
    const StallGuard::Watch watch(guard, mine.get());
    std::this_thread::sleep_for(20ms);
  }
  std::this_thread::sleep_for(120ms);
  EXPECT_FALSE(guard.has_cut());
  EXPECT_EQ(::write(other.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(mine.get(), &byte, 1), 1);
}

class StallCase : public StoreTest {};
FAASTAX_ON_EACH_DATABASE(StallCase);

TEST_P(StallCase, AServerThatDoesNotAnswerIsTold) {
  if (GetParam() != "postgres") GTEST_SKIP() << "SQLite has no server";
  const std::unique_ptr<Backend> one = connect_postgres(database_->url());
  const std::unique_ptr<Backend> other = connect_postgres(database_->url(), 300ms);
  one->begin();
  one->touch();  // its row is locked: the other one's statement is not answered until this ends
  other->begin();
  try {
    other->touch();
    FAIL() << "it was answered";
  } catch (const DatabaseError& error) {
    EXPECT_NE(std::string(error.what()).find("no answer within 300 ms"), std::string::npos) << error.what();
  }
  other->rollback();
  one->commit();
}

}  // namespace
}  // namespace faastax::store::testing
