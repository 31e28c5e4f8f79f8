// SPDX-License-Identifier: Apache-2.0
#include "cli/top_command.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "agent/base/stop_signals.hpp"
#include "agent/base/unique_fd.hpp"
#include "cli/lab_command.hpp"
#include "cli/report_output.hpp"
#include "cli/session.hpp"
#include "cli/top/rates.hpp"
#include "cli/top/screen.hpp"
#include "cli/top/terminal.hpp"

namespace faastax::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kShortestInterval{100};

struct TopOptions {
  milliseconds interval{1000};
  std::uint64_t times = 0;  ///< 0: until it is stopped
  std::filesystem::path rules_file;
};

/// Readable when a signal or a key comes.
base::Result<base::UniqueFd> either(int signals, bool keys) {
  base::UniqueFd both(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {}};
  if (!both || ::epoll_ctl(both.get(), EPOLL_CTL_ADD, signals, &event) != 0)
    return base::failure("cannot wait for signals", errno);
  // Standard input may be a file, which no one can wait for: then there are no keys.
  if (keys) ::epoll_ctl(both.get(), EPOLL_CTL_ADD, STDIN_FILENO, &event);
  return both;
}

/// Whether what became readable means the end: a signal, `q`, or the end of the input.
bool told_to_stop(int signals) {
  pollfd ready[2] = {{signals, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  ::poll(ready, 2, 0);
  if (ready[0].revents != 0) return true;
  char key = 'q';
  if (ready[1].revents != 0 && ::read(STDIN_FILENO, &key, 1) < 0) return true;
  return key == 'q' && ready[1].revents != 0;
}

std::string title_of(const ledger::NodeInfo& node) {
  const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
  return fmt::format("{}  {:%Y-%m-%d %H:%M:%S} UTC", node.name, fmt::gmtime(now));
}

class Top {
 public:
  Top(Session& session, const TopOptions& options, int signals, int wake)
      : session_(session), options_(options), signals_(signals), wake_(wake) {
    live_ = options.times == 0 && ::isatty(STDOUT_FILENO) == 1;
  }

  base::Result<void> run() {
    std::optional<top::Terminal> terminal;
    if (live_) terminal.emplace();
    if (auto first = session_.read(); !first) return base::failure(first.error());
    before_ = top::reading_of(session_.books());
    read_ = steady_clock::now();
    for (std::uint64_t shown = 0; options_.times == 0 || shown < options_.times; ++shown) {
      const auto stopped = wait();
      if (!stopped) return base::failure(stopped.error());
      if (*stopped) return {};
      if (auto done = step(terminal ? &*terminal : nullptr, shown); !done) return done;
    }
    return {};
  }

 private:
  /// One interval; true if it is to end.
  base::Result<bool> wait() {
    const auto end = read_ + options_.interval;
    while (true) {
      const auto rest = std::chrono::ceil<milliseconds>(end - steady_clock::now());
      const auto woken = session_.watch(std::max(rest, milliseconds(0)), wake_);
      if (!woken) return base::failure(woken.error());
      if (!*woken) return false;
      if (told_to_stop(signals_)) return true;
    }
  }

  base::Result<void> step(top::Terminal* terminal, std::uint64_t shown) {
    if (auto done = session_.read(); !done) return base::failure(done.error());
    const ledger::Totals& books = session_.books();
    const double seconds = seconds_since(books);
    const top::Rates rates = top::rates(before_, books, seconds);
    before_ = top::reading_of(books);
    read_ = steady_clock::now();
    top::ScreenOptions screen{
        .width = 100, .height = 0, .color = text_options(stdout).color, .title = title_of(session_.node())};
    if (terminal == nullptr) {
      fmt::print("{}{}", shown == 0 ? "" : "\n", top::draw(rates, screen));
      if (std::fflush(stdout) != 0) return base::failure("cannot write", errno);
      return {};
    }
    const auto size = top::Terminal::size();
    screen.width = size.columns;
    screen.height = size.rows;
    terminal->show(top::draw(rates, screen));
    return {};
  }

  /// By the CPUs' own clocks: on a busy machine this process may run long after it read them.
  double seconds_since(const ledger::Totals& books) const {
    const double wall = static_cast<double>(books.wall - before_.wall) / 1e9;
    const unsigned cpus = std::max(session_.node().cpus, 1u);
    return wall > 0 ? wall / cpus : std::chrono::duration<double>(options_.interval).count();
  }

  Session& session_;
  TopOptions options_;
  int signals_;
  int wake_;
  bool live_ = false;
  top::Reading before_;
  steady_clock::time_point read_;
};

int run_top(const TopOptions& options) {
  const auto stop = base::StopSignals::take();
  if (!stop) return fail(stop.error());
  const bool keys = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  const auto wake = either(stop->fd(), keys);
  if (!wake) return fail(wake.error());
  auto session = Session::start(
      {.rules_file = options.rules_file, .recording = {}, .timeline = false, .forgetful = true});
  if (!session) return fail(session.error());
  const auto ran = Top(**session, options, stop->fd(), wake->get()).run();
  return ran ? 0 : fail(ran.error());
}

void add_times(CLI::App& command, const std::shared_ptr<TopOptions>& options) {
  CLI::Option* batch = command.add_option("--batch", options->times, "Print so many times, as plain text")
                           ->check(CLI::Range(1, 1000000))
                           ->type_name("N");
  command.add_flag_callback(
             "--once", [options] { options->times = 1; }, "The same as --batch 1")
      ->excludes(batch);
}

}  // namespace

void add_top_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("top", "Where this node's CPU goes now, again and again (q ends it)");
  auto options = std::make_shared<TopOptions>();
  command
      ->add_option_function<std::string>(
          "--interval",
          [options](const std::string& text) {
            options->interval = std::chrono::duration_cast<milliseconds>(*parse_duration(text));
          },
          "From one to the next")
      ->check([](const std::string& text) {
        const auto interval = parse_duration(text);
        return interval && *interval >= kShortestInterval ? std::string{}
                                                          : "not a duration of 100 ms or more: " + text;
      })
      ->type_name("DURATION")
      ->default_str("1s");
  add_times(*command, options);
  command->add_option("--rules", options->rules_file, "Rules laid over the built-in ones")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  command->callback([options, &action] { action = [options] { return run_top(*options); }; });
}

}  // namespace faastax::cli
