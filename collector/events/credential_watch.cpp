// SPDX-License-Identifier: Apache-2.0
#include "collector/events/credential_watch.hpp"

#include <array>
#include <utility>

#include "collector/events/bearer_token.hpp"

namespace faastax::collector {

std::string_view name_of(Credential credential) {
  constexpr std::array<std::string_view, kCredentials> kNames = {"tls", "token"};
  return kNames.at(static_cast<std::size_t>(credential));
}

CredentialWatch::CredentialWatch(const http::TlsFiles& tls, const std::filesystem::path& token, Failed failed)
    : failed_(std::move(failed)) {
  if (!tls.certificate.empty()) {
    watch(Credential::kTls, {tls.certificate, tls.key, tls.client_ca}, [tls]() -> base::Result<void> {
      if (const auto loaded = http::load_tls(tls); !loaded) return base::failure(loaded.error());
      return {};
    });
  }
  if (!token.empty()) {
    watch(Credential::kToken, {token}, [token]() -> base::Result<void> {
      if (const auto opened = BearerToken::open(token); !opened) return base::failure(opened.error());
      return {};
    });
  }
}

void CredentialWatch::watch(Credential credential, std::vector<std::filesystem::path> files,
                            std::function<base::Result<void>()> load) {
  Watched& watched = watched_.emplace_back(credential, std::move(files), std::move(load));
  watched.times = times_of(watched);
}

std::vector<std::optional<CredentialWatch::Time>> CredentialWatch::times_of(const Watched& watched) {
  std::vector<std::optional<Time>> times;
  for (const std::filesystem::path& file : watched.files) {
    std::error_code error;
    const Time time = std::filesystem::last_write_time(file, error);
    times.push_back(error ? std::nullopt : std::optional(time));
  }
  return times;
}

void CredentialWatch::look() {
  for (Watched& watched : watched_) {
    auto times = times_of(watched);
    if (times != watched.times) {
      watched.times = std::move(times);
      watched.settled = false;
      continue;
    }
    if (std::exchange(watched.settled, true)) continue;
    if (const auto loaded = watched.load(); !loaded) failed_(watched.credential, loaded.error());
  }
}

}  // namespace faastax::collector
