// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/http/tls.hpp"

namespace faastax::collector {

/// What the collector reads again when its files change.
enum class Credential : std::uint8_t { kTls, kToken };
inline constexpr std::size_t kCredentials = 2;
std::string_view name_of(Credential credential);

/// Notices changed files that cannot be used. Who uses them (gRPC, HTTP, BearerToken) reads them for itself,
/// keeps what it had when that fails, and says nothing: an expired certificate would be the first one hears.
class CredentialWatch {
 public:
  using Failed = std::function<void(Credential, const std::string& why)>;

  /// Empty paths are not looked at. The files can be used now.
  CredentialWatch(const http::TlsFiles& tls, const std::filesystem::path& token, Failed failed);

  /// To be called every second or so. Tells a failure once for each change, and not before a second look has
  /// found the same: files of a pair come one after the other.
  void look();

 private:
  using Time = std::filesystem::file_time_type;
  struct Watched {
    Credential credential;
    std::vector<std::filesystem::path> files;
    std::function<base::Result<void>()> load;
    std::vector<std::optional<Time>> times;  ///< of the files when they were looked at last
    bool settled = true;                     ///< those times have been judged
  };

  static std::vector<std::optional<Time>> times_of(const Watched& watched);
  void watch(Credential credential, std::vector<std::filesystem::path> files,
             std::function<base::Result<void>()> load);

  Failed failed_;
  std::vector<Watched> watched_;
};

}  // namespace faastax::collector
