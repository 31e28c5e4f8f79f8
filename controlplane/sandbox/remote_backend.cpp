// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/remote_backend.hpp"

#include <boost/asio/post.hpp>

#include <utility>

#include "controlplane/sandbox/backend_protocol.hpp"

namespace faastax::sandbox {

using boost::asio::local::stream_protocol;

std::expected<std::unique_ptr<RemoteBackend>, std::string> RemoteBackend::connect(
    boost::asio::io_context& io, const std::filesystem::path& socket) {
  stream_protocol::socket connection(io);
  boost::system::error_code error;
  connection.connect(stream_protocol::endpoint(socket.string()), error);
  if (error) return std::unexpected(socket.string() + ": " + error.message());
  return std::unique_ptr<RemoteBackend>(new RemoteBackend(io, std::move(connection)));
}

RemoteBackend::RemoteBackend(boost::asio::io_context& io, stream_protocol::socket socket)
    : io_(io), stream_(std::make_shared<LineStream>(std::move(socket))) {
  const std::weak_ptr<bool> alive = alive_;
  stream_->open(
      [this, alive](std::string_view line) {
        if (!alive.expired()) heard(line);
      },
      [this, alive](const std::string& reason) {
        if (!alive.expired()) lose("the connection to the back-end is lost: " + reason);
      });
}

RemoteBackend::~RemoteBackend() {
  if (stream_) stream_->close();
}

void RemoteBackend::prepare(const InstanceSpec& spec) {
  if (stream_) stream_->send(encode(BackendRequest{PrepareMessage{spec}}));
}

void RemoteBackend::start(const InstanceSpec& spec) {
  if (stream_) {
    starting_.insert(spec.instance);
    stream_->send(encode(BackendRequest{StartMessage{spec}}));
    return;
  }
  boost::asio::post(io_, [this, alive = std::weak_ptr(alive_), instance = spec.instance] {
    if (!alive.expired()) report(InstanceFailed{instance, "the back-end is not connected"});
  });
}

void RemoteBackend::stop(const std::string& instance) {
  if (stream_) stream_->send(encode(BackendRequest{StopMessage{instance}}));
}

void RemoteBackend::heard(std::string_view line) {
  const auto event = decode_event(line);
  if (event) return report(*event);
  lose("the back-end sent what is " + event.error());
}

void RemoteBackend::report(const InstanceEvent& event) {
  if (const auto* ready = std::get_if<InstanceReady>(&event)) {
    starting_.erase(ready->instance);
    ready_.insert(ready->instance);
  } else if (const auto* failed = std::get_if<InstanceFailed>(&event)) {
    starting_.erase(failed->instance);
  } else {
    ready_.erase(std::get<InstanceGone>(event).instance);
  }
  if (listener_) listener_(event);
}

void RemoteBackend::lose(const std::string& reason) {
  if (auto stream = std::exchange(stream_, nullptr)) stream->close();
  const std::weak_ptr<bool> alive = alive_;
  for (const std::string& instance : std::exchange(starting_, {})) report(InstanceFailed{instance, reason});
  for (const std::string& instance : std::exchange(ready_, {})) report(InstanceGone{instance, reason});
  if (!alive.expired() && lost_) lost_(reason);
}

}  // namespace faastax::sandbox
