// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_command.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "cli/metrics_csv.hpp"
#include "cli/report_output.hpp"
#include "controlplane/policy/replay.hpp"

namespace faastax::cli {
namespace {

struct EvalOptions {
  std::string policy;
  std::vector<std::string> settings;
  std::string input;
};

std::expected<std::vector<policy::Sample>, std::string> read_input(const std::string& input) {
  if (input == "-") return read_metrics(std::cin, "standard input");
  errno = 0;
  std::ifstream file(input);
  std::string why = std::strerror(errno);
  // A folder opens, but cannot be read.
  if (file && file.peek() == std::ifstream::traits_type::eof() && errno != 0) why = std::strerror(errno);
  if (!file || errno == EISDIR) return std::unexpected("cannot read " + input + ": " + why);
  return read_metrics(file, input);
}

int evaluate(const policy::PolicyChoice& choice, const std::string& input) {
  const auto samples = read_input(input);
  if (!samples) return fail(samples.error());
  fmt::memory_buffer out;
  fmt::format_to(std::back_inserter(out), "time_s,desired,panic\n");
  policy::replay(choice, *samples, [&out](const policy::Replayed& decision) {
    fmt::format_to(std::back_inserter(out), "{},{},{}\n", decision.second,
                   decision.desired ? fmt::format("{}", *decision.desired) : "", decision.panic ? 1 : 0);
  });
  const bool written =
      std::fwrite(out.data(), 1, out.size(), stdout) == out.size() && std::fflush(stdout) == 0;
  return written ? 0 : fail("cannot write the decisions");
}

void add_eval(CLI::App& policy_app, Action& action) {
  CLI::App* eval = policy_app.add_subcommand(
      "eval",
      "What a policy would have decided on one function's metrics: CSV in (time_s,concurrency,ready), "
      "CSV out (time_s,desired,panic)");
  auto options = std::make_shared<EvalOptions>();
  eval->add_option("--policy", options->policy, "Policy, as `policy list` names them")
      ->required()
      ->type_name("NAME[:VALUE...]");
  eval->add_option("--set", options->settings, "Set parameters of the policy")->type_name("PARAMETER=VALUE");
  eval->add_option("--input", options->input,
                   "One line a second: the mean concurrency of the second that ended at time_s, and the "
                   "instances that were ready; - is standard input")
      ->required()
      ->type_name("FILE");
  eval->callback([options, &action] {
    auto choice = policy::choose_policy(options->policy, options->settings);
    if (!choice) throw CLI::ValidationError("--policy", choice.error());
    if (const auto fit = policy::check_replay(*choice); !fit) {
      throw CLI::ValidationError("--policy", fit.error());
    }
    action = [choice = *choice, options] { return evaluate(choice, options->input); };
  });
}

int list() {
  for (const policy::PolicyType& type : policy::policy_types()) {
    fmt::print("{}: {}\n", type.name, type.summary);
    for (const policy::Parameter& parameter : type.parameters) {
      fmt::print("  {:<21} {:>8}  {}{}\n", parameter.name, policy::to_text(parameter, parameter.initial),
                 parameter.help,
                 parameter.name == type.main_parameter ? fmt::format("; {}:VALUE sets it", type.name) : "");
    }
    for (const policy::Preset& preset : type.presets) {
      fmt::print("  {:<30}  {}\n", type.name + ":" + preset.name, preset.help);
    }
  }
  return 0;
}

}  // namespace

void add_policy_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("policy", "Scaling policies, and what they would have decided");
  command->require_subcommand(1);
  add_eval(*command, action);
  command->add_subcommand("list", "Policies with their parameters and defaults")->callback([&action] {
    action = list;
  });
}

}  // namespace faastax::cli
