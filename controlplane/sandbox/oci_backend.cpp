// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/oci_backend.hpp"

#include <boost/asio/post.hpp>

namespace faastax::sandbox {

namespace asio = boost::asio;

namespace {
constexpr std::size_t kRuntimeCallsAtOnce = 4;
}

OciBackend::OciBackend(asio::io_context& io, SandboxDriver& driver)
    : io_(io), driver_(driver), pool_(kRuntimeCallsAtOnce) {}

OciBackend::~OciBackend() { pool_.join(); }

void OciBackend::start(const InstanceSpec& spec) {
  entries_.try_emplace(spec.instance);
  asio::post(pool_, [this, spec] {
    auto result = std::make_shared<std::expected<Started, std::string>>(start_blocking(spec));
    asio::post(io_, [this, name = spec.instance, result] { started(name, std::move(*result)); });
  });
}

std::expected<OciBackend::Started, std::string> OciBackend::start_blocking(const InstanceSpec& spec) {
  auto sandbox = driver_.start({spec.space, spec.function, spec.instance, spec.memory_limit_bytes});
  if (!sandbox) return std::unexpected(sandbox.error());
  // The connection is only to see that it listens.
  if (const auto connection = (*sandbox)->connect(); !connection) {
    // The reason that it does not listen says more than what its removal may add.
    (void)driver_.stop(std::move(*sandbox));
    return std::unexpected(connection.error());
  }
  const Sandbox::Place place = (*sandbox)->place();
  return Started{std::move(*sandbox), {spec.instance, place.address, place.port, place.network, "n1"}};
}

void OciBackend::started(const std::string& instance, std::expected<Started, std::string> result) {
  Entry& entry = entries_.at(instance);
  if (!result) {
    entries_.erase(instance);
    if (listener_) listener_(InstanceFailed{instance, result.error()});
    return;
  }
  entry.sandbox = std::move(result->sandbox);
  if (entry.unwanted) {
    remove(instance, entry);
  } else {
    entry.starting = false;
    if (listener_) listener_(result->ready);
  }
}

void OciBackend::stop(const std::string& instance) {
  const auto found = entries_.find(instance);
  if (found == entries_.end()) return;
  if (found->second.sandbox) return remove(instance, found->second);
  found->second.unwanted = true;
}

void OciBackend::remove(const std::string& instance, Entry& entry) {
  auto sandbox = std::make_shared<std::unique_ptr<Sandbox>>(std::move(entry.sandbox));
  asio::post(pool_, [this, instance, sandbox] {
    auto result = driver_.stop(std::move(*sandbox));
    asio::post(io_, [this, instance, result = std::move(result)] { removed(instance, result); });
  });
}

void OciBackend::removed(const std::string& instance, const std::expected<void, std::string>& result) {
  const bool starting = entries_.at(instance).starting;
  entries_.erase(instance);
  if (!listener_) return;
  if (starting) return listener_(InstanceFailed{instance, "stopped while it started"});
  listener_(InstanceGone{instance, result ? std::string(kStopped) : result.error()});
}

}  // namespace faastax::sandbox
