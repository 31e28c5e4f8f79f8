// SPDX-License-Identifier: Apache-2.0
#include "collector/store/connector.hpp"

#include <algorithm>

namespace faastax::store {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::seconds kLongestPause{10};

}  // namespace

base::Result<Backend*> Connector::get(Clock::time_point now) {
  if (backend_ != nullptr) return backend_.get();
  if (now < not_before_) return base::failure(why_);
  try {
    backend_ = connect_();
    return backend_.get();
  } catch (const std::exception& error) {
    failed(now, error.what());
    return base::failure(why_);
  }
}

void Connector::failed(Clock::time_point now, const std::string& why) {
  backend_.reset();
  why_ = why;
  not_before_ = now + pause_;
  pause_ = std::clamp<Clock::duration>(pause_ * 2, kFirstPause, kLongestPause);
}

}  // namespace faastax::store
