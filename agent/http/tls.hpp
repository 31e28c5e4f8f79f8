// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace faastax::http {

/// PEM files. Empty paths: not used.
struct TlsFiles {
  std::filesystem::path certificate = {};  ///< with the chain, the server's own first
  std::filesystem::path key = {};
  std::filesystem::path client_ca = {};  ///< clients must have a certificate of one of these
  bool operator==(const TlsFiles&) const = default;
};

/// Reads the files. The error is one line that names the file.
std::expected<std::shared_ptr<boost::asio::ssl::context>, std::string> load_tls(const TlsFiles& files);

/// A server's certificate and key, read again when the files have changed.
class TlsContext {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  static std::expected<TlsContext, std::string> open(TlsFiles files);

  /// For a new connection. The files are looked at once a second at most; what cannot be used leaves the
  /// context as it was.
  std::shared_ptr<boost::asio::ssl::context> current(TimePoint now);

 private:
  explicit TlsContext(TlsFiles files) : files_(std::move(files)) {}
  std::filesystem::file_time_type changed() const;

  TlsFiles files_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::filesystem::file_time_type read_{};  ///< the files' time when they were read
  TimePoint looked_{};
};

}  // namespace faastax::http
