// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <expected>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "controlplane/sandbox/backend.hpp"
#include "controlplane/sandbox/line_stream.hpp"

namespace faastax::sandbox {

/// A back-end in another process, behind its unix socket. When that process goes, every instance that was
/// asked of it and is not over becomes InstanceFailed or InstanceGone with the reason, and so does each later
/// start; connect() again then.
class RemoteBackend final : public Backend {
 public:
  /// Connects at once; the error names the socket.
  static std::expected<std::unique_ptr<RemoteBackend>, std::string> connect(
      boost::asio::io_context& io, const std::filesystem::path& socket);
  ~RemoteBackend() override;

  void listen(InstanceListener listener) override { listener_ = std::move(listener); }
  void prepare(const InstanceSpec& spec) override;
  void start(const InstanceSpec& spec) override;
  void stop(const std::string& instance) override;

  /// Called once, when the other process has closed the connection or broken the protocol.
  void on_lost(std::function<void(const std::string& reason)> callback) { lost_ = std::move(callback); }
  bool is_connected() const { return stream_ != nullptr; }

 private:
  RemoteBackend(boost::asio::io_context& io, boost::asio::local::stream_protocol::socket socket);
  void heard(std::string_view line);
  void report(const InstanceEvent& event);
  void lose(const std::string& reason);

  boost::asio::io_context& io_;
  std::shared_ptr<LineStream> stream_;
  InstanceListener listener_;
  std::function<void(const std::string&)> lost_;
  std::set<std::string> starting_;
  std::set<std::string> ready_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< false once this object is gone
};

}  // namespace faastax::sandbox
