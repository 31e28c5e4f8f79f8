// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "controlplane/emergency/cgroup_tree.hpp"
#include "controlplane/emergency/network_pool.hpp"
#include "controlplane/sandbox/backend.hpp"

namespace faastax::emergency {

/// One emergency instance of this agent: its cgroup, its slot in the network, its first process, and what
/// that one reports. The agent drives it; it tells when it listens and when it has ended.
class Instance : public std::enable_shared_from_this<Instance> {
 public:
  struct Parts {
    sandbox::InstanceSpec spec;
    CgroupLeaf cgroup;
    const NetworkPool::Slot* slot = nullptr;
  };
  struct Callbacks {
    std::function<void(Instance&)> listens;  ///< once, when its process is watched as well
    std::function<void(Instance&)> ended;    ///< once: its last process has been waited for
  };

  Instance(boost::asio::io_context& io, Parts parts, Callbacks callbacks);

  /// Begins to read its report; the pipe's writing end, for the child.
  std::expected<sandbox::Fd, std::string> open_report();

  /// The child was made, or was not (negative: -errno).
  void forked(pid_t pid);
  /// Nobody will say what became of the fork: its template has ended. Of one that has ended, or whose child
  /// is known, this changes nothing.
  void abandoned(const std::string& reason);
  /// Kills it: now, or as soon as it is there.
  void stop();

  bool has_listened() const { return listened_; }
  /// Its first process; 0: not known yet.
  pid_t pid() const { return pid_; }
  /// Why it was never ready, or is gone.
  std::string reason() const;

  const sandbox::InstanceSpec& spec() const { return parts_.spec; }
  CgroupLeaf& cgroup() { return parts_.cgroup; }
  const NetworkPool::Slot& slot() const { return *parts_.slot; }

 private:
  void read_report();
  void take_report(std::size_t size);
  void tell_that_it_listens();
  void kill();
  void wait_for_end();
  void ask_for_end();
  bool has_been_waited_for();
  void end(std::string how);

  boost::asio::io_context& io_;
  Parts parts_;
  Callbacks callbacks_;
  boost::asio::posix::stream_descriptor report_;
  boost::asio::posix::stream_descriptor pidfd_;
  boost::asio::steady_timer retry_;  ///< where there was no descriptor
  std::array<char, 128> incoming_{};
  std::string complaint_;  ///< what the child said of its end
  std::string how_;        ///< how its process ended
  pid_t pid_ = 0;
  bool reported_ = false;  ///< that it listens
  bool listened_ = false;
  bool stopping_ = false;
  bool out_of_memory_ = false;
  bool ended_ = false;  ///< told so, and never again
};

}  // namespace faastax::emergency
