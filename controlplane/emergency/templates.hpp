// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "controlplane/emergency/template_process.hpp"

namespace faastax::emergency {

/// The template processes of a node, one a function, each started when it is first needed. One that ends is
/// started anew by the next use. Of more than `most` the one whose last use is longest ago goes, if it owes
/// no answer; its copies serve on.
class Templates {
 public:
  using OnForked = std::function<void(const TemplateProcess::Forked&)>;
  /// `function` has lost its template; what it was asked for and has not answered will never be.
  using OnLost = std::function<void(const std::string& function, const std::string& reason)>;

  /// `root`: the root file system of the functions. Errors of templates go to files in `log_folder`.
  Templates(boost::asio::io_context& io, std::filesystem::path root, std::filesystem::path log_folder,
            std::size_t most)
      : io_(io), root_(std::move(root)), log_folder_(std::move(log_folder)), most_(most) {}

  void on_forked(OnForked callback) { forked_ = std::move(callback); }
  void on_lost(OnLost callback) { lost_ = std::move(callback); }

  /// Starts the function's template unless it runs.
  std::expected<void, std::string> prepare(const std::string& function);
  /// Asks it for a child; prepares it first.
  std::expected<void, std::string> fork(const std::string& function, const TemplateProcess::Fork& fork);

  /// Whether one of them is this process.
  bool has(pid_t pid) const;

 private:
  struct Running {
    TemplateProcess process;
    boost::asio::posix::stream_descriptor socket;  ///< a duplicate, for waiting
    std::uint64_t used = 0;                        ///< when: the last use's number
    std::size_t owed = 0;                          ///< answers
  };
  std::filesystem::path errors_of(const std::string& function) const { return log_folder_ / function; }
  void make_room();
  void watch(const std::string& function, const std::shared_ptr<Running>& running);
  void answered(const std::string& function, const std::shared_ptr<Running>& running);

  boost::asio::io_context& io_;
  std::filesystem::path root_;
  std::filesystem::path log_folder_;
  std::size_t most_;
  std::uint64_t uses_ = 0;
  OnForked forked_;
  OnLost lost_;
  std::map<std::string, std::shared_ptr<Running>> running_;  ///< the handlers that wait hold weak references
};

}  // namespace faastax::emergency
