// SPDX-License-Identifier: Apache-2.0
#include "cli/lab_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <thread>

namespace faastax::cli {
namespace {

constexpr double kLongestSeconds = 1e6;

double milliseconds_of(const std::string& text) {
  return std::chrono::duration<double, std::milli>(*parse_duration(text)).count();
}

std::string check_duration(const std::string& text) {
  return parse_duration(text) ? "" : "not a duration (90s, 500ms, 2m): " + text;
}

std::string seconds_or_dash(const std::optional<double>& seconds) {
  return seconds ? fmt::format("{:.1f} ms", *seconds * 1e3) : "-";
}

std::string number_or_dash(const std::optional<double>& number) {
  return number ? fmt::format("{:.2f}", *number) : "-";
}

void add_trace_options(CLI::App& run, const std::shared_ptr<LabOptions>& options) {
  lab::LabConfig& config = options->config;
  config.trace_folder = lab::example_trace();
  run.add_option("--trace", config.trace_folder, "Folder with invocations.csv, durations.csv and memory.csv")
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR")
      ->default_str("examples/trace");
  run.add_option("--functions", config.selection.functions, "Replay at most so many functions (0: all)")
      ->capture_default_str();
  run.add_option("--start-minute", config.selection.start_minute,
                 "First minute of the trace to replay, from 0")
      ->capture_default_str();
  run.add_option("--minutes", config.selection.minutes, "Minutes of the trace to replay (0: to its end)")
      ->capture_default_str();
  run.add_option("--min-requests", config.selection.min_requests,
                 "Only functions with at least so many requests in these minutes")
      ->capture_default_str();
  run.add_option_function<double>(
         "--fit", [options](double cpus) { options->config.selection.fit_cpus = cpus; },
         "Leave requests of busy functions out until all run for so many CPUs on average")
      ->check(CLI::PositiveNumber)
      ->type_name("CPUS");
  run.add_option_function<std::string>(
         "--warmup", [options](const std::string& text) { options->config.warmup = *parse_duration(text); },
         "Do not count so much of the trace's time at the start")
      ->check(check_duration)
      ->type_name("DURATION");
  run.add_option("--speedup", config.selection.speedup,
                 "Arrivals and the policy's time constants run so many times faster; execution does not")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  run.add_option("--seed", config.selection.seed, "Seed of arrivals, run times and memory")
      ->capture_default_str();
  run.add_option_function<std::string>(
         "--max-exec",
         [options](const std::string& text) {
           options->config.selection.max_exec_ms = milliseconds_of(text);
         },
         "Cut longer run times to this")
      ->check(check_duration)
      ->type_name("DURATION");
  run.add_option_function<double>(
         "--max-memory", [options](double mib) { options->config.selection.max_memory_mib = mib; },
         "Cut larger memory of a request to this")
      ->check(CLI::PositiveNumber)
      ->type_name("MIB");
}

// --keep-alive is the short form of the policy that needs no explanation.
void add_policy_options(CLI::App& run, const std::shared_ptr<LabOptions>& options) {
  auto* policy = run.add_option("--policy", options->policy, "Scaling policy, as `policy list` names them")
                     ->type_name("NAME[:VALUE...]")
                     ->default_str("sync:60s");
  run.add_option("--set", options->settings, "Set parameters of the policy")->type_name("PARAMETER=VALUE");
  run.add_option("--keep-alive", options->keep_alive, "The same as --policy sync:DURATION")
      ->type_name("DURATION")
      ->excludes(policy);
}

policy::PolicyChoice choose_policy(const char* option, const std::string& text,
                                   const std::vector<std::string>& settings) {
  auto choice = lab::choose_policy(text, settings);
  if (!choice) throw CLI::ValidationError(option, choice.error());
  return std::move(*choice);
}

// Who makes instances: an OCI runtime's command line, or pods through a CRI socket.
void add_manager_options(CLI::App& run, const std::shared_ptr<LabOptions>& options) {
  lab::LabConfig& config = options->config;
  run.add_option("--runtime", config.runtime, "OCI runtime that makes the sandboxes of --manager oci")
      ->check(CLI::IsMember({"crun", "runc"}))
      ->capture_default_str();
  CLI::Option* manager =
      run.add_option_function<std::string>(
             "--manager",
             [options](const std::string& name) {
               options->config.manager = name == "cri" ? lab::Manager::kCri : lab::Manager::kOci;
             },
             "What makes regular instances: an OCI runtime's command line, or containerd, as pods")
          ->check(CLI::IsMember({"oci", "cri"}))
          ->default_str("oci");
  run.add_option("--cri-socket", config.cri_socket,
                 "With --manager cri: the container runtime at this socket instead of one of the lab's own")
      ->needs(manager)
      ->check(CLI::ExistingFile);
  run.add_flag("--sidecar", config.sidecar,
               "With --manager cri: a queue-proxy in each pod, between its requests and the function")
      ->needs(manager);
}

void check_manager_options(const CLI::App& run, const LabOptions& options) {
  const bool pods = options.config.manager == lab::Manager::kCri;
  if (pods && run.count("--runtime") > 0)
    throw CLI::ValidationError("--runtime", "is for --manager oci; pods are made by containerd's own");
  for (const char* option : {"--cri-socket", "--sidecar"}) {
    if (!pods && run.count(option) > 0) throw CLI::ValidationError(option, "needs --manager cri");
  }
}

void add_platform_options(CLI::App& run, const std::shared_ptr<LabOptions>& options) {
  lab::LabConfig& config = options->config;
  add_manager_options(run, options);
  run.add_option("--nodes", config.nodes, "Nodes of the emergency track, on this machine")
      ->check(CLI::Range(1, 250))
      ->capture_default_str();
  run.add_option("--max-instances", config.max_instances, "Sandboxes at once at most")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  run.add_option_function<std::string>(
         "--gateway-admin",
         [options](const std::string& text) { options->config.gateway_admin = *http::parse_endpoint(text); },
         "Where the gateway serves /metrics, /healthz and /readyz meanwhile")
      ->check([](const std::string& text) {
        const auto endpoint = http::parse_endpoint(text);
        return endpoint ? "" : endpoint.error();
      })
      ->type_name("ADDRESS:PORT");
  run.add_flag("--interrupts", options->interrupts,
               "Book softirqs and hard interrupts apart from whom they interrupt");
  run.add_option("--json", options->json_file, "Write the result as JSON")->type_name("FILE");
}

// What becomes of scaling decisions, for others.
void add_event_options(CLI::App& run, const std::shared_ptr<LabOptions>& options) {
  events::DeliveryOptions& events = options->config.events;
  run.add_option("--events", events.file, "Write scaling events, each as a line of CloudEvents JSON")
      ->type_name("FILE");
  CLI::Option* collector =
      run.add_option_function<std::string>(
             "--collector",
             [&events](const std::string& url) { events.collector = *events::parse_collector_url(url); },
             "Send scaling events to a collector (path /v1/events)")
          ->check([](const std::string& url) {
            const auto parsed = events::parse_collector_url(url);
            return parsed ? "" : parsed.error();
          })
          ->type_name("http://HOST:PORT");
  run.add_option_function<std::string>(
         "--collector-token",
         [&events](const std::string& file) {
           auto token = events::read_token(file);
           if (!token) throw CLI::ValidationError("--collector-token", token.error());
           events.token = std::move(*token);
         },
         "File whose first line is the collector's bearer token")
      ->needs(collector)
      ->type_name("FILE");
}

void add_run(CLI::App& lab, std::function<void(const LabOptions&)> chosen) {
  CLI::App* run = lab.add_subcommand("run", "Replay a trace and print what it cost");
  auto options = std::make_shared<LabOptions>();
  add_trace_options(*run, options);
  add_policy_options(*run, options);
  add_platform_options(*run, options);
  add_event_options(*run, options);
  run->callback([run, options, chosen = std::move(chosen)] {
    check_manager_options(*run, *options);
    if (options->keep_alive) options->policy = "sync:" + *options->keep_alive;
    // An error names the option that is wrong.
    const char* named_by = options->keep_alive ? "--keep-alive" : "--policy";
    options->config.policy = choose_policy(named_by, options->policy, {});
    if (!options->settings.empty()) {
      options->config.policy = choose_policy("--set", options->policy, options->settings);
    }
    chosen(*options);
  });
}

void add_compare(CLI::App& lab, std::function<void(const CompareOptions&)> chosen) {
  CLI::App* compare =
      lab.add_subcommand("compare", "Replay the same trace through several policies and print one table");
  auto options = std::make_shared<LabOptions>();
  auto wanted = std::make_shared<CompareOptions>();
  auto names = std::make_shared<std::vector<std::string>>();
  add_trace_options(*compare, options);
  compare->add_option("--policies", *names, "Scaling policies, as `policy list` names them")
      ->required()
      ->delimiter(',')
      ->type_name("NAME[:VALUE...],...");
  compare->add_option("--seeds", wanted->seeds, "Repeat with so many seeds, from --seed on")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI::Option* resume =
      compare->add_flag("--resume", wanted->resume, "Leave out the runs that --json's file has");
  add_platform_options(*compare, options);
  add_event_options(*compare, options);
  resume->needs(compare->get_option("--json"));
  compare->add_option("--html", wanted->html_file, "Draw the figures on one page")->type_name("FILE");
  compare->callback([compare, options, wanted, names, chosen = std::move(chosen)] {
    check_manager_options(*compare, *options);
    wanted->lab = *options;
    for (const std::string& name : *names) wanted->policies.push_back(choose_policy("--policies", name, {}));
    chosen(*wanted);
  });
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(const std::string& text) {
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  const std::string_view unit(end, text.data() + text.size());
  double seconds = value;
  if (unit == "ms") {
    seconds = value / 1e3;
  } else if (unit == "m") {
    seconds = value * 60;
  } else if (unit == "h") {
    seconds = value * 3600;
  } else if (!unit.empty() && unit != "s") {
    return std::nullopt;
  }
  if (seconds > kLongestSeconds) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::llround(seconds * 1e9)));
}

void add_lab_command(CLI::App& app, std::function<void(const LabOptions&)> run,
                     std::function<void(const CompareOptions&)> compare) {
  CLI::App* lab =
      app.add_subcommand("lab", "A serverless node on this machine: real sandboxes under a trace's load");
  lab->require_subcommand(1);
  add_run(*lab, std::move(run));
  add_compare(*lab, std::move(compare));
}

void print_lab_plan(const lab::LabPlan& plan, std::FILE* out) {
  const trace::Workload& load = plan.workload;
  const unsigned cpus = std::max(1u, std::thread::hardware_concurrency());
  const double seconds = std::chrono::duration<double>(load.length).count();
  fmt::print(out, "trace     {} requests of {} functions in {:.0f} s ({}x), {} sandboxes\n",
             load.requests.size(), load.functions.size(), seconds, plan.config.selection.speedup,
             lab::runtime_name(plan.config));
  fmt::print(out, "load      {:.2f} of {} CPUs on average, {:.2f} in the busiest second", load.fit.mean_cpus,
             cpus, load.fit.peak_cpus);
  if (load.fit.capped > 0) fmt::print(out, "; {} run times cut", load.fit.capped);
  if (load.fit.thinned > 0) fmt::print(out, "; {} requests left out to fit", load.fit.thinned);
  fmt::print(out, "\n");
  if (load.fit.mean_cpus > 0.8 * cpus) {
    fmt::print(
        out,
        "warning   this machine cannot carry that load: fewer --functions, a lower --speedup, --max-exec\n");
  }
}

void print_lab_result(const lab::LabResult& r, std::FILE* out) {
  fmt::print(out, "lab       {}, {}, {:.1f} s{}\n", r.runtime, r.policy, r.seconds,
             r.interrupted ? ", interrupted" : "");
  fmt::print(out, "requests  {} sent, {} succeeded, {} failed\n", r.sent, r.succeeded, r.failed);
  fmt::print(out, "cold      {} cold starts, p50 {}, p99 {}\n", r.cold_starts,
             seconds_or_dash(r.cold_start_p50), seconds_or_dash(r.cold_start_p99));
  fmt::print(out, "waiting   {} found no free slot: p50 {}, p99 {} until they were sent\n", r.requests_waited,
             seconds_or_dash(r.waited_p50), seconds_or_dash(r.waited_p99));
  if (r.emergency_instances > 0) {
    fmt::print(out, "emergency {} instances, {} requests\n", r.emergency_instances, r.emergency_requests);
  }
  fmt::print(out, "instances {} started, {} stopped, {} did not start, {} at once\n", r.instances_started,
             r.instances_stopped, r.instances_failed, r.instances_peak);
  fmt::print(out, "slowdown  {} (geometric mean of the functions' p99)\n\n", number_or_dash(r.slowdown));
  fmt::print(out, "{:<16} {:>8} {:>8} {:>8} {:>10}\n", "function", "sent", "ok", "cold", "p99 slow");
  for (const auto& f : r.functions) {
    fmt::print(out, "{:<16} {:>8} {:>8} {:>8} {:>10}\n", f.name, f.sent, f.succeeded, f.cold_starts,
               number_or_dash(f.slowdown_p99));
  }
  for (const std::string& problem : r.problems) fmt::print(out, "problem   {}\n", problem);
}

LabProgressBar::LabProgressBar() : terminal_(isatty(STDERR_FILENO) == 1) {
  const char* no_color = std::getenv("NO_COLOR");
  color_ = no_color == nullptr || *no_color == '\0';
}

LabProgressBar::~LabProgressBar() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void LabProgressBar::show(const lab::LabProgress& p) {
  if (!terminal_) return;
  constexpr std::size_t kWidth = 30;
  const double share = p.total > 0 ? static_cast<double>(p.done) / static_cast<double>(p.total) : 0;
  const auto filled = static_cast<std::size_t>(share * kWidth);
  fmt::print(stderr,
             "\r\x1b[K{}{}{}{} {:>3.0f}%  {:.0f}/{:.0f} s  {}/{} requests, {} failed, {} cold, {} instances",
             color_ ? "\x1b[32m" : "", std::string(filled, '#'), color_ ? "\x1b[0m" : "",
             std::string(kWidth - filled, '.'), share * 100, p.seconds, p.total_seconds, p.done, p.total,
             p.failed, p.cold_starts, p.instances);
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace faastax::cli
