// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "collector/store/query.hpp"
#include "collector/store/store.hpp"

/// A fresh database for each test: SQLite in a temporary file; PostgreSQL in a schema of its own on the
/// server that FAASTAX_TEST_POSTGRES names, where it does.
namespace faastax::store::testing {

class Database {
 public:
  virtual ~Database() = default;
  virtual std::string url() const = 0;
  /// Runs statements behind the store's back.
  virtual void execute(const std::string& sql) = 0;
};

/// The value, which must be there.
template <typename T>
T taken(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error());
  return std::move(*result);
}

/// "sqlite", and "postgres" where there is a server.
std::vector<std::string> databases();
std::unique_ptr<Database> make_database(const std::string& kind);

/// A test that runs on each.
class StoreTest : public ::testing::TestWithParam<std::string> {
 protected:
  StoreTest() : database_(make_database(GetParam())), store_(opened()) {}

  std::unique_ptr<Store> opened() const;
  std::unique_ptr<Reader> reader() const;
  /// Of records that must be stored: "new", "replaced", "repeated" or a refusal's reason, each.
  std::vector<std::string> put(const std::vector<v1::Record>& records);
  std::vector<std::string> put_to(Store& store, const std::vector<v1::Record>& records);

  std::unique_ptr<Database> database_;
  std::unique_ptr<Store> store_;
};

#define FAASTAX_ON_EACH_DATABASE(test)                                                        \
  INSTANTIATE_TEST_SUITE_P(, test, ::testing::ValuesIn(faastax::store::testing::databases()), \
                           [](const auto& one) { return one.param; })

}  // namespace faastax::store::testing
