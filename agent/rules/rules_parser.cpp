// SPDX-License-Identifier: Apache-2.0
#include "agent/rules/rules_parser.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <utility>

#include "agent/base/printable.hpp"
#include "agent/rules/default_rules.hpp"

namespace faastax::rules {
namespace {

constexpr std::string_view kNone = "none";
constexpr std::array<std::string_view, 2> kRequestsNames = {"seen", "hidden"};
constexpr std::size_t kHidden = 1;
constexpr std::array<std::string_view, 9> kClassNames = {"other",  "runtime", "shim", "client", "cni",
                                                         "daemon", "tool",    "self", "spawner"};
static_assert(kClassNames.size() == ledger::index_of(ledger::Program::kSpawner) + 1);

std::string joined(std::span<const std::string_view> names) {
  std::string text;
  for (std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

/// Walks one file and collects every mistake, so that a user mends them all at once.
class Parser {
 public:
  Parser(std::string_view file_name, RuleSet set) : file_name_(file_name), set_(std::move(set)) {}

  std::expected<Rules, std::string> parse(std::string_view yaml) {
    try {
      read_sections(YAML::Load(std::string(yaml)));
    } catch (const YAML::Exception& error) {
      fail(error.mark, error.msg);
    }
    if (!errors_.empty()) return std::unexpected(std::move(errors_));
    return Rules(std::move(set_));
  }

 private:
  void fail(const YAML::Mark& mark, std::string_view what) {
    if (!errors_.empty()) errors_ += '\n';
    errors_.append(file_name_).append(":").append(std::to_string(mark.is_null() ? 1 : mark.line + 1));
    errors_.append(": ").append(base::printable(what));
  }

  /// Whether the node is a map, or absent; says so where it is not.
  bool expect_map(const YAML::Node& node, std::string_view what) {
    if (node.IsMap()) return true;
    if (!node.IsNull()) fail(node.Mark(), std::string(what) + " must be a map");
    return false;
  }

  std::optional<std::string> scalar(const YAML::Node& node, std::string_view what) {
    const bool is_text = node.IsScalar() && !node.Scalar().empty();
    if (is_text && !base::has_control(node.Scalar())) return node.Scalar();
    fail(node.Mark(), std::string(what) + (is_text ? " has control characters" : " must be a text"));
    return std::nullopt;
  }

  /// The place of a text in a list of known ones.
  std::optional<std::size_t> choice(const YAML::Node& node, std::string_view what,
                                    std::span<const std::string_view> known) {
    const auto text = scalar(node, what);
    if (!text) return std::nullopt;
    const auto found = std::ranges::find(known, *text);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    fail(node.Mark(), "unknown " + std::string(what) + " \"" + *text + "\"; known are " + joined(known));
    return std::nullopt;
  }

  void read_sections(const YAML::Node& root) {
    if (!expect_map(root, "a rule file")) return;
    for (const auto& entry : root) {
      const auto section = scalar(entry.first, "a section's name");
      if (!section) continue;
      if (*section == "programs") {
        read_programs(entry.second);
      } else if (*section == "components") {
        read_activities(entry.second, *section, set_.components);
      } else if (*section == "work") {
        read_activities(entry.second, *section, set_.work);
      } else if (*section == "apportioned") {
        read_apportioned(entry.second);
      } else if (*section == "cgroups") {
        read_cgroups(entry.second);
      } else if (*section == "probes") {
        read_probes(entry.second);
      } else {
        fail(entry.first.Mark(),
             "unknown section \"" + *section +
                 "\"; known are programs, components, apportioned, work, cgroups, probes");
      }
    }
  }

  void read_activities(const YAML::Node& section, std::string_view name, NameTable<ledger::Activity>& table) {
    if (!expect_map(section, name)) return;
    for (const auto& entry : section) {
      const auto key = scalar(entry.first, "a name");
      if (!key) continue;
      if (entry.second.IsScalar() && entry.second.Scalar() == kNone) {
        table.erase(*key);
      } else if (const auto activity = choice(entry.second, "activity", ledger::kActivityNames)) {
        table.set(*key, static_cast<ledger::Activity>(*activity));
      }
    }
  }

  void read_probes(const YAML::Node& section) {
    if (!expect_map(section, "probes")) return;
    for (const auto& entry : section) {
      const auto text = scalar(entry.first, "a probe's text");
      if (!text) continue;
      if (entry.second.IsScalar() && entry.second.Scalar() == kNone) {
        // A header goes by its name in any spelling.
        const auto as_header = make_probe_rule(ProbeSign::kHeader, *text);
        std::erase_if(set_.probes, [&](const ProbeRule& rule) {
          return rule.text == *text || (as_header && rule == *as_header);
        });
      } else if (const auto sign = choice(entry.second, "sign", kProbeSignNames)) {
        add_probe(entry.first, static_cast<ProbeSign>(*sign), *text);
      }
    }
  }

  void read_apportioned(const YAML::Node& section) {
    if (!expect_map(section, "apportioned")) return;
    for (const auto& entry : section) {
      const auto component = scalar(entry.first, "a component's name");
      bool apportioned = false;
      if (!YAML::convert<bool>::decode(entry.second, apportioned)) {
        fail(entry.second.Mark(), "whether a component is apportioned is true or false");
      } else if (component) {
        set_.apportioned.set(*component, apportioned);
      }
    }
  }

  void add_probe(const YAML::Node& node, ProbeSign sign, const std::string& text) {
    const auto rule = make_probe_rule(sign, text);
    if (!rule) return fail(node.Mark(), text + ": " + rule.error());
    if (std::ranges::find(set_.probes, *rule) != set_.probes.end()) return;
    const auto alike = std::ranges::count(set_.probes, sign, &ProbeRule::sign);
    if (std::cmp_greater_equal(alike, kProbesOfASign)) {
      return fail(node.Mark(), text + ": at most " + std::to_string(kProbesOfASign) + " probes go by " +
                                   std::string(kProbeSignNames[ledger::index_of(sign)]));
    }
    set_.probes.push_back(*rule);
  }

  void read_programs(const YAML::Node& section) {
    if (!expect_map(section, "programs")) return;
    for (const auto& entry : section) {
      const auto name = scalar(entry.first, "a program's name");
      if (!name) continue;
      if (*name == "*" || name->find('/') != std::string::npos) {
        fail(entry.first.Mark(), "a program goes by its executable's name, without folders");
      } else if (entry.second.IsNull()) {
        fail(entry.first.Mark(), "a program needs a class");
      } else if (entry.second.IsScalar() && entry.second.Scalar() == kNone) {
        set_.programs.erase(*name);
      } else {
        read_program(*name, entry.second);
      }
    }
  }

  void read_program(const std::string& name, const YAML::Node& node) {
    std::optional<std::size_t> program;
    std::string component;
    bool hides_requests = false;
    if (node.IsScalar()) {
      program = choice(node, "class", kClassNames);
    } else if (expect_map(node, "a program")) {
      for (const auto& entry : node) {
        const std::string key = scalar(entry.first, "a key").value_or("");
        if (key == "class") {
          program = choice(entry.second, "class", kClassNames);
        } else if (key == "component") {
          component = scalar(entry.second, "component").value_or("");
        } else if (key == "requests") {
          hides_requests = choice(entry.second, key, kRequestsNames) == kHidden;
        } else if (!key.empty()) {
          fail(entry.first.Mark(), "unknown key \"" + key + "\"; known are class, component, requests");
        }
      }
      if (!node["class"]) fail(node.Mark(), "a program needs a class");
    }
    if (!program) return;
    const auto kind = static_cast<ledger::Program>(*program);
    if (component.empty()) component = default_component(name, kind);
    set_.programs.set(name,
                      {.program = kind, .component = std::move(component), .hides_requests = hides_requests});
  }

  static std::string default_component(std::string_view name, ledger::Program program) {
    const std::string stem(name.substr(0, name.size() - (name.ends_with('*') ? 1 : 0)));
    return program == ledger::Program::kCni ? "cni:" + stem : stem;
  }

  void read_cgroups(const YAML::Node& section) {
    if (section.IsNull()) return;
    if (!section.IsSequence()) return fail(section.Mark(), "cgroups must be a list");
    std::vector<CgroupRule> rules;
    for (const auto& entry : section) {
      if (auto rule = read_cgroup_rule(entry)) rules.push_back(std::move(*rule));
    }
    for (CgroupRule& inherited : set_.cgroups) {
      const bool replaced = std::ranges::any_of(
          rules, [&inherited](const CgroupRule& rule) { return rule.name == inherited.name; });
      if (!replaced) rules.push_back(std::move(inherited));
    }
    set_.cgroups = std::move(rules);
  }

  std::optional<CgroupRule> read_cgroup_rule(const YAML::Node& node) {
    if (!node.IsMap()) {
      fail(node.Mark(), "a cgroup rule must be a map with name and path");
      return std::nullopt;
    }
    CgroupRule rule;
    for (const auto& entry : node) read_cgroup_key(entry.first, entry.second, rule);
    if (!node["name"]) fail(node.Mark(), "a cgroup rule needs a name");
    if (!node["path"]) fail(node.Mark(), "a cgroup rule needs a path");
    return rule;
  }

  void read_cgroup_key(const YAML::Node& key_node, const YAML::Node& value, CgroupRule& rule) {
    const std::string key = scalar(key_node, "a key").value_or("");
    if (key == "name") {
      rule.name = scalar(value, key).value_or("");
    } else if (key == "path") {
      read_patterns(value, rule);
    } else if (key == "space") {
      rule.space = scalar(value, key).value_or("");
    } else if (key == "function") {
      rule.function = scalar(value, key).value_or("");
    } else if (key == "track") {
      if (const auto track = choice(value, key, ledger::kTrackNames)) {
        rule.track = static_cast<ledger::Track>(*track);
      }
    } else if (key == "requests") {
      rule.hides_requests = choice(value, key, kRequestsNames) == kHidden;
    } else if (key == "exclude") {
      if (!YAML::convert<bool>::decode(value, rule.exclude)) fail(value.Mark(), "exclude is true or false");
    } else if (!key.empty()) {
      fail(key_node.Mark(),
           "unknown key \"" + key + "\"; known are name, path, space, function, track, requests, exclude");
    }
  }

  /// One pattern or a list; an empty list takes an inherited rule of that name away.
  void read_patterns(const YAML::Node& node, CgroupRule& rule) {
    if (!node.IsSequence()) return read_pattern(node, rule);
    for (const auto& entry : node) read_pattern(entry, rule);
  }

  void read_pattern(const YAML::Node& node, CgroupRule& rule) {
    const auto text = scalar(node, "path");
    if (!text) return;
    auto pattern = PathPattern::compile(*text);
    if (!pattern) return fail(node.Mark(), *text + ": " + pattern.error());
    rule.patterns.push_back(std::move(*pattern));
  }

  std::string_view file_name_;
  RuleSet set_;
  std::string errors_;
};

}  // namespace

std::expected<Rules, std::string> parse_rules(std::string_view yaml, std::string_view file_name,
                                              const Rules& base) {
  return Parser(file_name, base.set()).parse(yaml);
}

std::expected<Rules, std::string> default_rules() {
  return parse_rules(default_rules_yaml(), "default_rules.yaml", Rules());
}

std::expected<Rules, std::string> load_rules(const std::filesystem::path& file) {
  auto base = default_rules();
  if (!base) return base;
  std::ifstream stream(file);
  if (!stream) return std::unexpected(file.string() + ": cannot be read");
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) return std::unexpected(file.string() + ": cannot be read");
  return parse_rules(text, file.string(), *base);
}

}  // namespace faastax::rules
