// SPDX-License-Identifier: Apache-2.0
#include "ledger/books.hpp"

#include <gtest/gtest.h>

namespace faastax::ledger {
namespace {

const FunctionName kShop{"lab", "shop", Track::kRegular};

TEST(Books, AComponentsTimeCountsForTheNodeTheComponentAndTheServedFunction) {
  Books books;
  Instance instance;
  books.name(instance, kShop);
  books.book_component("runc", Activity::kCreate, Evidence::kDirect, 7, &instance);
  EXPECT_EQ(books.totals().cpu.of(Activity::kCreate), 7U);
  EXPECT_EQ(books.totals().components.at("runc").of(Activity::kCreate), 7U);
  EXPECT_EQ(books.of(kShop).cpu.of(Activity::kCreate), 7U);
  EXPECT_EQ(instance.cpu.of(Activity::kCreate), 7U);
  EXPECT_EQ(instance.own, 0U) << "runc's time is not the sandbox's own";
}

TEST(Books, AnInstancesTimeBelongsToNoComponent) {
  Books books;
  Instance instance;
  books.book_instance(instance, Activity::kHandle, Evidence::kDirect, 5);
  EXPECT_EQ(books.totals().cpu.of(Activity::kHandle), 5U);
  EXPECT_TRUE(books.totals().components.empty());
}

TEST(Books, NothingIsBookedForNothing) {
  Books books;
  Instance instance;
  books.book_component("runc", Activity::kCreate, Evidence::kDirect, 0, nullptr);
  books.book_instance(instance, Activity::kHandle, Evidence::kDirect, 0);
  EXPECT_TRUE(books.totals().components.empty());
  EXPECT_EQ(books.totals().cpu.total(), 0U);
}

TEST(Books, EvidenceIsKeptApart) {
  Books books;
  Instance instance;
  books.name(instance, kShop);
  books.book_component("shim", Activity::kManage, Evidence::kInferred, 3, &instance);
  books.book_component("shim", Activity::kManage, Evidence::kDirect, 4, &instance);
  for (const CpuByActivity* cpu :
       {&books.totals().cpu, &books.totals().components.at("shim"), &books.of(kShop).cpu}) {
    EXPECT_EQ(cpu->ns[index_of(Activity::kManage)][index_of(Evidence::kInferred)], 3U);
    EXPECT_EQ(cpu->ns[index_of(Activity::kManage)][index_of(Evidence::kDirect)], 4U);
  }
}

TEST(Books, WhatWasOverbookedIsFirstTakenFromWhatIsHeldAndThenFromTheLargestCells) {
  Books books;
  Instance instance;
  books.name(instance, kShop);
  instance.own = 30;
  books.book_component("runc", Activity::kCreate, Evidence::kDirect, 100, &instance);
  books.book_instance(instance, Activity::kInit, Evidence::kDirect, 4);
  books.book_instance(instance, Activity::kHandle, Evidence::kInferred, 16);
  books.hold(instance, 10);
  books.overbooked(instance, 28);
  EXPECT_EQ(instance.own, 2U);
  EXPECT_EQ(books.totals().unsettled, 0U);
  EXPECT_EQ(books.totals().cpu.total(), 120U) << "no cell falls";
  EXPECT_EQ(books.of(kShop).cpu.total(), 120U);
  const CpuByActivity& overbooked = books.totals().components.at("overbooked");
  EXPECT_EQ(overbooked.ns[index_of(Activity::kHandle)][index_of(Evidence::kInferred)], 16U);
  EXPECT_EQ(overbooked.ns[index_of(Activity::kInit)][index_of(Evidence::kDirect)], 2U);
  books.overbooked(instance, 5);
  EXPECT_EQ(instance.own, 0U);
  EXPECT_EQ(overbooked.total(), 20U) << "no more than it had";
}

TEST(Books, WhatIsHeldIsInNoCellUntilItIsSettled) {
  Books books;
  Instance server;
  Instance job;
  books.hold(server, 10);
  books.hold(job, 20);
  EXPECT_EQ(books.totals().unsettled, 30U);
  EXPECT_EQ(books.totals().cpu.total(), 0U);
  books.settle(server, Settlement::kServer);
  EXPECT_EQ(books.totals().cpu.of(Activity::kInit), 10U);
  EXPECT_EQ(books.totals().unsettled, 20U);
  books.settle(job, Settlement::kJob);
  EXPECT_EQ(books.totals().cpu.of(Activity::kHandle), 20U);
  EXPECT_EQ(books.totals().unsettled, 0U);
  EXPECT_EQ(books.totals().cpu.total(), 30U);
}

TEST(Books, TheNameBringsWhatWasBookedBeforeItOnce) {
  Books books;
  Instance instance;
  instance.counted = true;
  books.book_component("runc", Activity::kCreate, Evidence::kDirect, 7, &instance);
  books.name(instance, kShop);
  books.name(instance, {"lab", "other", Track::kRegular});
  EXPECT_EQ(books.of(kShop).cpu.of(Activity::kCreate), 7U);
  EXPECT_EQ(books.of(kShop).started, 1U);
  EXPECT_EQ(books.totals().functions.size(), 1U) << "the first name stays";
  EXPECT_EQ(books.totals().cpu.total(), 7U) << "the node had it already";
}

TEST(Books, FunctionsOfAnotherTrackOrNamespaceAreOthers) {
  Books books;
  Instance regular;
  Instance emergency;
  books.name(regular, kShop);
  books.name(emergency, {"lab", "shop", Track::kEmergency});
  books.book_instance(regular, Activity::kHandle, Evidence::kDirect, 1);
  books.book_instance(emergency, Activity::kHandle, Evidence::kDirect, 2);
  EXPECT_EQ(books.of(kShop).cpu.total(), 1U);
  EXPECT_EQ(books.of({"lab", "shop", Track::kEmergency}).cpu.total(), 2U);
}

}  // namespace
}  // namespace faastax::ledger
