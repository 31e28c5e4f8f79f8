// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <thread>

#include "proto/collector.grpc.pb.h"
#include "tests/helpers/records/load.hpp"

namespace faastax::test {
namespace {

namespace json = google::protobuf::util;

void print(const v1::BatchAcknowledged& answer) {
  std::string text;
  json::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  if (!json::MessageToJsonString(answer, &text, options).ok()) return;
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

}  // namespace

bool replay(const Target& target) {
  const auto stub = v1::Collector::NewStub(connect(target));
  grpc::ClientContext context;
  const auto stream = stub->Send(&context);
  std::jthread answers([&] {
    for (v1::BatchAcknowledged answer; stream->Read(&answer);) print(answer);
  });
  for (std::string line; std::getline(std::cin, line);) {
    v1::RecordBatch batch;
    const auto read = json::JsonStringToMessage(line, &batch);
    if (!read.ok()) {
      fmt::print(stderr, "no RecordBatch: {}\n", std::string(read.message()));
      context.TryCancel();
      break;
    }
    if (!stream->Write(batch)) break;
  }
  stream->WritesDone();
  answers.join();
  const auto status = stream->Finish();
  fmt::print("{{\"status\": {}, \"message\": \"{}\"}}\n", static_cast<int>(status.error_code()),
             status.error_message());
  return status.ok();
}

}  // namespace faastax::test
