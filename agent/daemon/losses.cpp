// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/losses.hpp"

#include <numeric>
#include <string_view>

namespace faastax::daemon {
namespace {

constexpr std::array<std::string_view, 7> kKinds = {"ring",           "account", "cgroup", "task_storage",
                                                    "socket_storage", "map",     "read"};
static_assert(FX_LOSS_RING == 0 && FX_LOSS_ACCOUNT == 1 && FX_LOSS_CGROUP == 2 && FX_LOSS_TASK_STORAGE == 3);
static_assert(FX_LOSS_SOCKET_STORAGE == 4 && FX_LOSS_MAP == 5 && FX_LOSS_READ == 6);

}  // namespace

exporting::Losses losses_by_kind(const std::array<std::uint64_t, FX_LOSS_KINDS>& causes, std::uint64_t all) {
  exporting::Losses losses;
  for (std::size_t cause = 0; cause < kKinds.size(); ++cause)
    losses[std::string(kKinds[cause])] = causes[cause];
  const std::uint64_t caused = std::accumulate(causes.begin(), causes.end(), std::uint64_t{0});
  losses["missed"] = all > caused ? all - caused : 0;
  return losses;
}

void add_delivery(const std::optional<sender::SenderStatus>& status, exporting::Intake& intake) {
  static constexpr auto kRecords = "records";
  if (!status) {
    intake.losses[kRecords] = 0;
    return;
  }
  if (!status->known) return;
  intake.losses[kRecords] = status->lost;
  intake.lost_before[kRecords] = status->lost_before;
  intake.delivery = {.stored = status->stored,
                     .refused = status->refused,
                     .waiting = status->waiting,
                     .spool_bytes = status->spool_bytes,
                     .connected = status->connected};
}

}  // namespace faastax::daemon
