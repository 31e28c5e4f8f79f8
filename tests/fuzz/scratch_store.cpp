// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/scratch_store.hpp"

#include <cmath>
#include <cstdlib>
#include <string>

#include "collector/store/query.hpp"
#include "proto/records.pb.h"
#include "proto/scaling_event.hpp"
#include "tests/fuzz/now.hpp"
#include "tests/fuzz/require.hpp"

namespace faastax::fuzz {
namespace {

constexpr unsigned kPutsOfAReport = 500;
constexpr store::Window kAll{0, kNow + 3'600'000'000'000};

std::filesystem::path make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "faastax-fuzz-XXXXXX").string();
  require(mkdtemp(name.data()) != nullptr, "a temporary folder can be made", name);
  return name;
}

template <typename T>
T taken(base::Result<T> result) {
  if (!result) require(false, "the store takes and gives", result.error());
  return std::move(*result);
}

void read_all(store::Reader& reader) {
  using enum store::Dimension;
  const store::Window window = taken(reader.resolved(kAll));
  for (const store::Dimension dimension : {kFunction, kTrack, kPolicy, kNode}) {
    for (const auto& group : taken(reader.instances_by(dimension, window))) {
      require_name(group.key.space + group.key.function + group.key.policy + group.key.node);
    }
  }
  taken(reader.ledger(window));
  for (const auto& group : taken(reader.ledger_by_node(window))) require_name(group.node);
  taken(reader.ledger_series(window, 100));
  taken(reader.events(window));
  taken(reader.instances(window, {"s1", "f1-7", ""}));
}

}  // namespace

ScratchStore::ScratchStore() : folder_(make_folder()) { reopen(); }

ScratchStore::~ScratchStore() {
  store_.reset();
  std::filesystem::remove_all(folder_);
}

void ScratchStore::reopen() {
  store_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) std::filesystem::remove(entry);
  store_ = taken(store::open("sqlite:" + (folder_ / "store.db").string()));
  puts_ = 0;
}

store::PutResult ScratchStore::put(std::span<const v1::Record* const> records,
                                   std::span<const scaling::ScalingEvent> events,
                                   std::span<const std::string_view> wires) {
  store::PutResult result = taken(store_->put(records, events, wires));
  for (const auto* verdicts : {&result.records, &result.events}) {
    for (const store::Verdict& verdict : *verdicts) {
      if (verdict.outcome == store::Outcome::kRefused) require_line(verdict.reason);
    }
  }
  if (++puts_ == kPutsOfAReport) report();
  return result;
}

void ScratchStore::report() {
  const std::string url = "sqlite:" + (folder_ / "store.db").string();
  read_all(*taken(store::open_reader(url)));
  if (const auto kept = store_->maintain(kNow, {}); !kept) require(false, "sums are kept up", kept.error());
  read_all(*taken(store::open_reader(url)));
  reopen();
}

}  // namespace faastax::fuzz
