// SPDX-License-Identifier: Apache-2.0
#include "collector/store/postgres.hpp"
#include "collector/store/reader_core.hpp"
#include "collector/store/sqlite.hpp"
#include "collector/store/store_core.hpp"
#include "collector/store/url.hpp"

namespace faastax::store {

base::Result<std::unique_ptr<Store>> open(const std::string& url) {
  const base::Result<Place> place = place_of(url);
  if (!place) return base::failure(place.error());
  const Connect connect = [place = *place] {
    return place.dialect == Dialect::kPostgres ? connect_postgres(place.text) : connect_sqlite(place.text);
  };
  try {
    return std::make_unique<StoreCore>(Connector(connect, connect()));
  } catch (const std::exception& error) {
    return base::failure(error.what());
  }
}

base::Result<std::unique_ptr<Reader>> open_reader(const std::string& url) {
  const base::Result<Place> place = place_of(url);
  if (!place) return base::failure(place.error());
  try {
    return std::make_unique<ReaderCore>(place->dialect == Dialect::kPostgres ? read_postgres(place->text)
                                                                             : read_sqlite(place->text));
  } catch (const std::exception& error) {
    return base::failure(error.what());
  }
}

}  // namespace faastax::store
