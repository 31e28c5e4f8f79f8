// SPDX-License-Identifier: Apache-2.0
#include "collector/events/bearer_token.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/config/document.hpp"

namespace faastax::collector {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

/// Without the line's end, which editors add.
base::Result<std::string> read_token(const std::filesystem::path& file) {
  const auto text = config::read_file(file);
  if (!text) return base::failure(text.error());
  const auto first = text->find_first_not_of(kSpace);
  if (first == std::string::npos) return base::failure(file.string() + " has no token: write one into it");
  return text->substr(first, text->find_last_not_of(kSpace) - first + 1);
}

/// The scheme's case does not matter (RFC 9110, 11.1).
std::string_view credentials(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return {};
  const auto same = [](char given, char low) { return (given | 0x20) == (low | 0x20); };
  if (!std::equal(kScheme.begin(), kScheme.end(), authorization.begin(), same)) return {};
  return authorization.substr(kScheme.size());
}

}  // namespace

base::Result<BearerToken> BearerToken::open(std::filesystem::path file) {
  BearerToken made(std::move(file));
  auto token = read_token(made.file_);
  if (!token) return base::failure(token.error());
  made.token_ = std::move(*token);
  std::error_code ignored;
  made.read_ = std::filesystem::last_write_time(made.file_, ignored);
  return made;
}

void BearerToken::refresh(TimePoint now) {
  if (now - looked_ < std::chrono::seconds(1)) return;
  looked_ = now;
  std::error_code error;
  const auto time = std::filesystem::last_write_time(file_, error);
  if (error || time == read_) return;
  auto token = read_token(file_);
  if (!token) return;  // being written: the old one holds until there is a new one
  token_ = std::move(*token);
  read_ = time;
}

bool BearerToken::admits(std::string_view authorization, TimePoint now) {
  refresh(now);
  const auto given = credentials(authorization);
  return given.size() == token_.size() && CRYPTO_memcmp(given.data(), token_.data(), token_.size()) == 0;
}

}  // namespace faastax::collector
