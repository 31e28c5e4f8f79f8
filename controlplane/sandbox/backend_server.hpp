// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "controlplane/sandbox/backend.hpp"
#include "controlplane/sandbox/line_stream.hpp"

namespace faastax::sandbox {

/// Puts a back-end of this process on a unix socket, for any number of gateways. Events go to the one that
/// started the instance. When its connection ends, for whatever reason, its instances are stopped: nobody
/// else would.
class BackendServer {
 public:
  /// Takes the place of a socket file that a dead process left. Becomes the back-end's listener.
  static std::expected<std::unique_ptr<BackendServer>, std::string> open(boost::asio::io_context& io,
                                                                         const std::filesystem::path& socket,
                                                                         Backend& backend);
  ~BackendServer();

  /// Takes no more connections, and stops the instances of those that there are.
  void close();

 private:
  BackendServer(boost::asio::io_context& io, std::filesystem::path path, Backend& backend);
  void accept();
  void admit(boost::asio::local::stream_protocol::socket socket);
  void heard(std::uint64_t client, std::string_view line);
  void leave(std::uint64_t client);
  void told(const InstanceEvent& event);

  std::filesystem::path path_;
  Backend& backend_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::uint64_t last_client_ = 0;
  std::map<std::uint64_t, std::shared_ptr<LineStream>> clients_;
  std::map<std::string, std::uint64_t> owners_;  ///< instance → client, until it is over
};

}  // namespace faastax::sandbox
