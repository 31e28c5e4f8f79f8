// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/backend_server.hpp"

#include <unistd.h>

#include <chrono>
#include <vector>

#include "controlplane/sandbox/backend_protocol.hpp"

namespace faastax::sandbox {

using boost::asio::local::stream_protocol;

namespace {

constexpr auto kBeforeRetry = std::chrono::milliseconds(50);

const std::string& instance_of(const InstanceEvent& event) {
  return std::visit([](const auto& one) -> const std::string& { return one.instance; }, event);
}

}  // namespace

std::expected<std::unique_ptr<BackendServer>, std::string> BackendServer::open(
    boost::asio::io_context& io, const std::filesystem::path& socket, Backend& backend) {
  std::unique_ptr<BackendServer> server(new BackendServer(io, socket, backend));
  unlink(socket.c_str());
  boost::system::error_code error;
  const stream_protocol::endpoint endpoint(socket.string());
  server->acceptor_.open(endpoint.protocol(), error);
  if (!error) server->acceptor_.bind(endpoint, error);
  if (!error) server->acceptor_.listen(stream_protocol::socket::max_listen_connections, error);
  if (error) return std::unexpected(socket.string() + ": " + error.message());
  backend.listen([raw = server.get()](const InstanceEvent& event) { raw->told(event); });
  server->accept();
  return server;
}

BackendServer::BackendServer(boost::asio::io_context& io, std::filesystem::path path, Backend& backend)
    : path_(std::move(path)), backend_(backend), acceptor_(io), retry_(io) {}

BackendServer::~BackendServer() {
  close();
  backend_.listen(nullptr);
}

void BackendServer::close() {
  if (!acceptor_.is_open()) return;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  unlink(path_.c_str());
  while (!clients_.empty()) leave(clients_.begin()->first);
}

void BackendServer::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, stream_protocol::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    if (!error) {
      admit(std::move(socket));
      return accept();
    }
    // Who could not be accepted, for want of a descriptor, still waits: asking at once would take a CPU.
    retry_.expires_after(kBeforeRetry);
    retry_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled && acceptor_.is_open()) accept();
    });
  });
}

void BackendServer::admit(stream_protocol::socket socket) {
  const std::uint64_t client = ++last_client_;
  const auto stream = std::make_shared<LineStream>(std::move(socket));
  clients_[client] = stream;
  stream->open([this, client](std::string_view line) { heard(client, line); },
               [this, client](const std::string&) { leave(client); });
}

void BackendServer::heard(std::uint64_t client, std::string_view line) {
  const auto request = decode_request(line);
  if (!request) {
    const auto refusal = refusal_of(line, request.error());
    if (!refusal) return leave(client);  // it speaks something else
    return clients_.at(client)->send(encode(InstanceEvent{*refusal}));
  }
  if (const auto* prepare = std::get_if<PrepareMessage>(&*request)) return backend_.prepare(prepare->spec);
  if (const auto* stop = std::get_if<StopMessage>(&*request)) {
    const auto owner = owners_.find(stop->instance);
    if (owner != owners_.end() && owner->second == client) backend_.stop(stop->instance);
    return;
  }
  const InstanceSpec& spec = std::get<StartMessage>(*request).spec;
  if (owners_.try_emplace(spec.instance, client).second) return backend_.start(spec);
  clients_.at(client)->send(
      encode(InstanceEvent{InstanceFailed{spec.instance, "there is an instance of that name"}}));
}

void BackendServer::leave(std::uint64_t client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  found->second->close();
  clients_.erase(found);
  std::vector<std::string> orphans;
  for (const auto& [instance, owner] : owners_) {
    if (owner == client) orphans.push_back(instance);
  }
  for (const std::string& instance : orphans) backend_.stop(instance);
}

void BackendServer::told(const InstanceEvent& event) {
  const auto owner = owners_.find(instance_of(event));
  if (owner == owners_.end()) return;
  const auto client = clients_.find(owner->second);
  if (client != clients_.end()) client->second->send(encode(event));
  if (!std::holds_alternative<InstanceReady>(event)) owners_.erase(owner);
}

}  // namespace faastax::sandbox
