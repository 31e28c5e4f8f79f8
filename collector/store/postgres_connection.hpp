// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <string_view>

#include "collector/store/backend.hpp"
#include "collector/store/store.hpp"

/// libpqxx in the way that the store uses it.
namespace faastax::store {

/// "URL: what is wrong", one line, without the password.
DatabaseError error_of(const std::string& url, const std::exception& error);

/// Calls `work`; the library's exceptions become ours.
template <typename Work>
auto told_for_url(const std::string& url, const Work& work) {
  try {
    return work();
  } catch (const DatabaseError&) {
    throw;
  } catch (const std::exception& error) {
    throw error_of(url, error);
  }
}

/// A version of our tables; 0: there are none.
int version_of(pqxx::transaction_base& transaction);

inline std::string_view text_of(const pqxx::field& field) { return {field.c_str(), field.size()}; }

/// The horizon as the table of settings has it.
Horizon horizon_of(pqxx::transaction_base& transaction);

}  // namespace faastax::store
