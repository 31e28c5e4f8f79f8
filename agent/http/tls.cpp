// SPDX-License-Identifier: Apache-2.0
#include "agent/http/tls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <initializer_list>
#include <utility>

namespace faastax::http {
namespace {

namespace ssl = boost::asio::ssl;
using Error = boost::system::error_code;

}  // namespace

std::expected<std::shared_ptr<ssl::context>, std::string> load_tls(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  Error error;
  const auto wrong = [&error](const char* what, const std::filesystem::path& file) {
    return std::unexpected(fmt::format("cannot use {} as {}: {}", file.string(), what, error.message()));
  };
  context->use_certificate_chain_file(files.certificate.string(), error);
  if (error) return wrong("certificate", files.certificate);
  context->use_private_key_file(files.key.string(), ssl::context::pem, error);
  if (error) return wrong("the certificate's key", files.key);
  if (!files.client_ca.empty()) {
    context->load_verify_file(files.client_ca.string(), error);
    if (error) return wrong("the clients' authority", files.client_ca);
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  return context;
}

std::expected<TlsContext, std::string> TlsContext::open(TlsFiles files) {
  TlsContext made(std::move(files));
  made.read_ = made.changed();
  auto context = load_tls(made.files_);
  if (!context) return std::unexpected(context.error());
  made.context_ = std::move(*context);
  return made;
}

std::filesystem::file_time_type TlsContext::changed() const {
  auto latest = std::filesystem::file_time_type::min();
  for (const auto* file : {&files_.certificate, &files_.key, &files_.client_ca}) {
    std::error_code error;
    const auto time = std::filesystem::last_write_time(*file, error);
    if (!error) latest = std::max(latest, time);
  }
  return latest;
}

std::shared_ptr<ssl::context> TlsContext::current(TimePoint now) {
  if (now - looked_ < std::chrono::seconds(1)) return context_;
  looked_ = now;
  const auto time = changed();
  if (time == read_) return context_;
  // A half-written pair fails here; it is read again when the other file has come.
  if (auto context = load_tls(files_)) {
    context_ = std::move(*context);
    read_ = time;
  }
  return context_;
}

}  // namespace faastax::http
