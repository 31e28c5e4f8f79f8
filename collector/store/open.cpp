// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "collector/store/reader_core.hpp"
#include "collector/store/sqlite.hpp"
#include "collector/store/store_core.hpp"
#include "collector/store/url.hpp"

namespace faastax::store {

base::Result<std::unique_ptr<Store>> open(const std::string& url) {
  const base::Result<Place> place = place_of(url);
  if (!place) return base::failure(place.error());
  const Connect connect = [place = *place] { return connect_sqlite(place.text); };
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
    return std::make_unique<ReaderCore>(read_sqlite(place->text));
  } catch (const std::exception& error) {
    return base::failure(error.what());
  }
}

}  // namespace faastax::store
