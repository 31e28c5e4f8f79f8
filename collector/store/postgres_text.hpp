// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Values as PostgreSQL's text and binary formats have them.
namespace faastax::store {

/// An array in the binary format, element by element: half of what the text of bytes takes, and neither side
/// has to make or read it.
class BinaryArray {
 public:
  enum class Of : std::uint32_t { kBytes = 17, kNumber = 20 };  ///< the types' ids, the same in every server

  explicit BinaryArray(Of type);
  void add(std::int64_t number);
  void add(std::string_view bytes);
  /// Ends it.
  const std::string& bytes();

 private:
  void put(std::uint32_t value);

  std::string bytes_;
  std::uint32_t count_ = 0;
};

/// The bytes of "\x0a1b"; empty of what is none.
std::string from_hex_text(std::string_view text);

/// An array, element by element: "{1,2}".
class ArrayText {
 public:
  void add(std::int64_t number);
  void add_bytes(std::string_view bytes);
  void add_text(std::string_view text);
  /// Ends it.
  const std::string& text();

 private:
  void separate();

  std::string text_ = "{";
  bool ended_ = false;
};

/// A cell that is no text.
struct Bytes {
  std::string_view bytes;
};
inline void add_cell(ArrayText& column, std::int64_t number) { column.add(number); }
inline void add_cell(ArrayText& column, const std::string& text) { column.add_text(text); }
inline void add_cell(ArrayText& column, Bytes cell) { column.add_bytes(cell.bytes); }

/// One array a column, for unnest(): of each row what these find in it.
template <typename Row, typename... Cells>
std::vector<std::string> columns_of(const std::vector<Row>& rows, const Cells&... cells) {
  std::array<ArrayText, sizeof...(cells)> columns;
  for (const Row& row : rows) {
    auto column = columns.begin();
    (add_cell(*column++, std::invoke(cells, row)), ...);
  }
  std::vector<std::string> texts;
  for (ArrayText& column : columns) texts.push_back(column.text());
  return texts;
}

/// A 64-bit integer as the binary format has it.
std::int64_t from_binary(std::string_view bytes);

/// The URL with time limits where it has none of its own, so that a server that vanished is noticed.
std::string with_time_limits(const std::string& url);

}  // namespace faastax::store
