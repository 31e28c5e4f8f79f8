// SPDX-License-Identifier: Apache-2.0
// Sends records to a collector as agents do.
#include <CLI/CLI.hpp>

#include "tests/helpers/records/load.hpp"

int main(int argc, char** argv) {
  CLI::App app("Sends records to a collector as agents do", "send_records");
  app.require_subcommand(1);
  faastax::test::LoadOptions options;
  auto& target = options.target;
  app.add_option("--target", target.address, "ADDRESS:PORT")->required();
  app.add_option("--ca", target.ca, "Authority of the collector's certificate");
  app.add_option("--certificate", target.certificate, "Of the client");
  app.add_option("--key", target.key, "Of the client");
  const auto* replay = app.add_subcommand("replay", "Batches in JSON from standard input, one a line");
  auto* load = app.add_subcommand("load", "Full-size records from many agents");
  load->add_option("--agents", options.agents);
  load->add_option("--batch", options.batch)->check(CLI::Range(1, 1000));
  load->add_option("--rate", options.rate, "Records per second, 0: as fast as they are acknowledged");
  load->add_option("--seconds", options.seconds);
  load->add_option("--name", options.name);
  load->add_option("--acknowledged", options.acknowledged, "File for the uids of acknowledged records");
  load->add_option("--grace", options.grace_seconds);
  CLI11_PARSE(app, argc, argv);
  return (replay->parsed() ? faastax::test::replay(target) : faastax::test::play(options)) ? 0 : 1;
}
