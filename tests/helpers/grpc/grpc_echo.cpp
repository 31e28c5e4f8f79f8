// SPDX-License-Identifier: Apache-2.0
// A gRPC server and its client, in clear text.
//
//   grpc_echo serve          on port 8080; says "ready", and with stdin's end how many calls it has served
//   grpc_echo call N M       N unary calls and M of each kind of stream, four at a time; says how many ended
//   well
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "echo.grpc.pb.h"

namespace {

using faastax::test::Echo;
using faastax::test::Word;

constexpr const char* kAddress = "0.0.0.0:8080";
constexpr const char* kTarget = "127.0.0.1:8080";
constexpr int kWords = 5;  // of a stream
constexpr int kCallers = 4;

class EchoService final : public Echo::Service {
 public:
  int served() const { return served_; }

 private:
  grpc::Status Say(grpc::ServerContext*, const Word* request, Word* response) override {
    *response = *request;
    return done();
  }
  grpc::Status Repeat(grpc::ServerContext*, const Word* request, grpc::ServerWriter<Word>* writer) override {
    for (int i = 0; i < kWords; ++i) writer->Write(*request);
    return done();
  }
  grpc::Status Gather(grpc::ServerContext*, grpc::ServerReader<Word>* reader, Word* response) override {
    while (reader->Read(response)) {
    }
    return done();
  }
  grpc::Status Talk(grpc::ServerContext*, grpc::ServerReaderWriter<Word, Word>* stream) override {
    for (Word word; stream->Read(&word);) stream->Write(word);
    return done();
  }
  grpc::Status done() {
    ++served_;
    return grpc::Status::OK;
  }

  std::atomic<int> served_ = 0;
};

int serve() {
  EchoService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(kAddress, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (!server) return 1;
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  server->Shutdown();
  std::cout << service.served() << std::endl;
  return 0;
}

Word word_of(const std::string& text) {
  Word word;
  word.set_text(text);
  return word;
}

bool say(Echo::Stub& stub) {
  grpc::ClientContext context;
  Word answer;
  return stub.Say(&context, word_of("hello"), &answer).ok() && answer.text() == "hello";
}

bool repeat(Echo::Stub& stub) {
  grpc::ClientContext context;
  const auto reader = stub.Repeat(&context, word_of("again"));
  int words = 0;
  for (Word word; reader->Read(&word);) ++words;
  return reader->Finish().ok() && words == kWords;
}

bool gather(Echo::Stub& stub) {
  grpc::ClientContext context;
  Word answer;
  const auto writer = stub.Gather(&context, &answer);
  for (int i = 0; i < kWords; ++i) writer->Write(word_of(std::to_string(i)));
  writer->WritesDone();
  return writer->Finish().ok();
}

bool talk(Echo::Stub& stub) {
  grpc::ClientContext context;
  const auto stream = stub.Talk(&context);
  int words = 0;
  Word answer;
  for (int i = 0; i < kWords; ++i) {
    stream->Write(word_of(std::to_string(i)));
    if (stream->Read(&answer)) ++words;
  }
  stream->WritesDone();
  return stream->Finish().ok() && words == kWords;
}

// All callers share one channel, which is one connection.
int call(int unary, int streams) {
  const auto stub = Echo::NewStub(grpc::CreateChannel(kTarget, grpc::InsecureChannelCredentials()));
  std::vector<bool (*)(Echo::Stub&)> calls(static_cast<std::size_t>(unary), say);
  for (const auto kind : {repeat, gather, talk})
    calls.insert(calls.end(), static_cast<std::size_t>(streams), kind);
  std::atomic<std::size_t> next = 0;
  std::atomic<int> well = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      for (std::size_t at = next++; at < calls.size(); at = next++) well += calls[at](*stub) ? 1 : 0;
    });
  }
  for (std::thread& caller : callers) caller.join();
  std::cout << well << std::endl;
  return static_cast<std::size_t>(well) == calls.size() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "serve") == 0) return serve();
  if (argc == 4 && std::strcmp(argv[1], "call") == 0) return call(std::atoi(argv[2]), std::atoi(argv[3]));
  std::fputs("usage: grpc_echo serve | call UNARY STREAMS\n", stderr);
  return 2;
}
