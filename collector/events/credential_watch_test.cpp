// SPDX-License-Identifier: Apache-2.0
#include "collector/events/credential_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "agent/base/testing_folder.hpp"

namespace faastax::collector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CredentialWatchTest : public ::testing::Test {
 protected:
  CredentialWatchTest() { write("secret"); }

  /// Each later than the one before, whatever the file system's clock.
  void write(const std::string& text) {
    std::ofstream(file_) << text;
    time_ += std::chrono::seconds(1);
    std::filesystem::last_write_time(file_, time_);
  }
  CredentialWatch watch() {
    return {{}, file_, [this](Credential credential, const std::string& why) {
              told_.push_back(std::string(name_of(credential)) + ": " + why);
            }};
  }

  base::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "token";
  std::filesystem::file_time_type time_ = std::filesystem::file_time_type::clock::now();
  std::vector<std::string> told_;
};

TEST_F(CredentialWatchTest, WhatCannotBeUsedIsToldOnceForEachChange) {
  CredentialWatch watched = watch();
  for (int i = 0; i < 3; ++i) watched.look();
  EXPECT_THAT(told_, IsEmpty());
  write(" ");
  for (int i = 0; i < 4; ++i) watched.look();
  EXPECT_THAT(told_, ElementsAre(HasSubstr("token: " + file_.string() + " has no token")));
  write("\n");
  for (int i = 0; i < 4; ++i) watched.look();
  EXPECT_EQ(told_.size(), 2U);
  std::filesystem::remove(file_);
  for (int i = 0; i < 4; ++i) watched.look();
  EXPECT_EQ(told_.size(), 3U);
}

TEST_F(CredentialWatchTest, WhatIsBeingWrittenIsWaitedFor) {
  CredentialWatch watched = watch();
  write("");
  watched.look();
  write("new");
  for (int i = 0; i < 4; ++i) watched.look();
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(CredentialWatchTest, CertificatesAreLookedAtAsThePair) {
  const http::TlsFiles files{.certificate = folder_.path() / "watch.pem",
                             .key = folder_.path() / "watch.key"};
  CredentialWatch watched(files, {}, [this](Credential credential, const std::string& why) {
    told_.push_back(std::string(name_of(credential)) + ": " + why);
  });
  std::ofstream(files.certificate) << "no certificate";
  for (int i = 0; i < 3; ++i) watched.look();
  EXPECT_THAT(told_, ElementsAre(HasSubstr("tls: cannot use " + files.certificate.string())));
}

}  // namespace
}  // namespace faastax::collector
