// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "agent/config/agent_config.hpp"
#include "agent/rules/rules_parser.hpp"
#include "collector/config/collector_config.hpp"
#include "tests/fuzz/require.hpp"

/// A YAML file as the agent's configuration, the collector's, and rules; one whose first line is "# agent",
/// "# collector" or "# rules" as that alone.
namespace faastax::fuzz {
namespace {

constexpr std::string_view kFile = "/etc/x.yaml";

/// One line a mistake: "FILE:LINE: what", or of the whole file "FILE: what".
void require_mistakes(std::string_view text) {
  require(!text.empty(), "an error says what is wrong");
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    require_line(line);
    require(line.starts_with(kFile), "a mistake names the file", line);
    require(line.size() > kFile.size() + 2, "a mistake says what it is", line);
  }
}

void read_agent(std::string_view yaml) {
  const auto config = config::parse_config(yaml, std::string(kFile));
  if (!config) return require_mistakes(config.error());
  require_name(config->node);
  require_name(config->collector.authority.string() + config->spool_folder.string() + config->rules.string());
  require((config->ring_bytes & (config->ring_bytes - 1)) == 0, "the ring is a power of two");
  require(config->snapshot_period.count() > 0 && config->memory_period.count() > 0, "a period is no 0");
  require(config->max_accounts > 0 && config->max_cgroups > 0 && config->spool_bytes > 0, "sizes are no 0");
}

void read_collector(std::string_view yaml) {
  const auto config = collector::parse_collector_config(yaml, std::string(kFile));
  if (!config) return require_mistakes(config.error());
  require_name(config->store);
  require_name(config->tls.certificate.string() + config->tls.key.string() + config->events_token.string());
  require(config->max_streams > 0 && config->max_waiting_bytes > 0, "limits are no 0");
}

void read_rules(std::string_view yaml) {
  // To lay a file over the built-in rules takes longer than to read it.
  static const rules::Rules built_in = rules::default_rules().value();
  static const rules::Rules none;
  const auto rules = rules::parse_rules(yaml, kFile, yaml.size() % 8 == 0 ? built_in : none);
  if (!rules) return require_mistakes(rules.error());
  for (const rules::ProgramEntry& entry : rules->all_programs()) {
    require_name(entry.comm + entry.rule.component);
    require(entry.comm.size() <= rules::kCommBytes, "a program's name is what the kernel keeps of it",
            entry.comm);
  }
  require(rules->probes().size() <= 1024, "probes are bounded");
  for (const char* path :
       {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-2.scope",
        "/faastax/lab/f1-7", "/", ""}) {
    if (const auto sandbox = rules->sandbox_of(path)) require_name(sandbox->identity.function);
    static_cast<void>(rules->identify(path));
  }
  require_name(rules->program_of("containerd-shim-runc-v2").component +
               rules->work_of("cleanup_net").component);
}

}  // namespace
}  // namespace faastax::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const std::string_view only = yaml.substr(0, yaml.find('\n'));
  const bool all = only != "# agent" && only != "# collector" && only != "# rules";
  if (all || only == "# agent") faastax::fuzz::read_agent(yaml);
  if (all || only == "# collector") faastax::fuzz::read_collector(yaml);
  if (all || only == "# rules") faastax::fuzz::read_rules(yaml);
  return 0;
}
