// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <map>
#include <memory>
#include <string>

#include "controlplane/sandbox/backend.hpp"
#include "controlplane/sandbox/driver.hpp"

namespace faastax::sandbox {

/// The sandboxes of a driver as instances of this node: its blocking calls run on a few threads. It hears of
/// no death: a sandbox that ends by itself is gone when it is stopped.
class OciBackend final : public Backend {
 public:
  OciBackend(boost::asio::io_context& io, SandboxDriver& driver);
  /// Waits for the calls that run; what is still there is the driver's to remove.
  ~OciBackend() override;

  void listen(InstanceListener listener) override { listener_ = std::move(listener); }
  void prepare(const InstanceSpec&) override {}
  void start(const InstanceSpec& spec) override;
  void stop(const std::string& instance) override;

 private:
  struct Entry {
    std::unique_ptr<Sandbox> sandbox;  ///< absent while it starts or is being removed
    bool starting = true;
    bool unwanted = false;  ///< stopped while it started
  };
  struct Started {
    std::unique_ptr<Sandbox> sandbox;
    InstanceReady ready;
  };
  std::expected<Started, std::string> start_blocking(const InstanceSpec& spec);
  void started(const std::string& instance, std::expected<Started, std::string> result);
  void remove(const std::string& instance, Entry& entry);
  void removed(const std::string& instance, const std::expected<void, std::string>& result);

  boost::asio::io_context& io_;
  SandboxDriver& driver_;
  InstanceListener listener_;
  std::map<std::string, Entry> entries_;
  boost::asio::thread_pool pool_;  ///< last: its threads end before what they use
};

}  // namespace faastax::sandbox
