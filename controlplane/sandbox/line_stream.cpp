// SPDX-License-Identifier: Apache-2.0
#include "controlplane/sandbox/line_stream.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <utility>

#include "controlplane/sandbox/backend_protocol.hpp"

namespace faastax::sandbox {

namespace asio = boost::asio;

LineStream::LineStream(Socket socket) : socket_(std::move(socket)), incoming_(kMaxLineBytes) {}

void LineStream::open(std::function<void(std::string_view)> on_line,
                      std::function<void(std::string)> on_closed) {
  on_line_ = std::move(on_line);
  on_closed_ = std::move(on_closed);
  read();
}

void LineStream::read() {
  asio::async_read_until(
      socket_, incoming_, '\n',
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
        if (!self->socket_.is_open()) return;
        if (error) return self->fail(error.message());
        const auto data = self->incoming_.data();
        const std::string line(static_cast<const char*>(data.data()), size - 1);
        self->incoming_.consume(size);
        self->on_line_(line);
        if (self->socket_.is_open()) self->read();
      });
}

void LineStream::send(std::string line) {
  if (!socket_.is_open()) return;
  outgoing_.push_back(std::move(line));
  if (outgoing_.size() == 1) write();
}

void LineStream::write() {
  asio::async_write(socket_, asio::buffer(outgoing_.front()),
                    [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                      if (!self->socket_.is_open()) return;
                      if (error) return self->fail(error.message());
                      self->outgoing_.pop_front();
                      if (!self->outgoing_.empty()) self->write();
                    });
}

void LineStream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void LineStream::fail(const std::string& reason) {
  close();
  if (auto callback = std::exchange(on_closed_, nullptr)) callback(reason);
}

}  // namespace faastax::sandbox
