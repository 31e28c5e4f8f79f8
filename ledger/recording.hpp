// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <istream>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "ledger/input.hpp"
#include "ledger/report.hpp"

/// Recordings: the ledger's inputs as a file, to be booked again without a kernel.
///
/// A recording is JSON Lines in ASCII. Its first line is the header, every further line one Input, in the
/// order in which the ledger took them:
///
///     {"faastax_recording":3,"node":{"name":"n1","kernel":"6.1.0",…},"notes":{"faastax":"0.1.0"}}
///     {"k":"exec","t":812345678901,"account":4294967298,"cgroup":77,"program":"runtime",…}
///
/// - "k" is the kind: account, exec, client, rename, exit, cgroup, ready, stop, oom, request, identity,
///   memory, overhead, slice, cells, clocks, program, lost, window or open. It comes first.
/// - The other fields are the members of the struct in input.hpp under their own names, `time` as "t".
///   All of them are there; a field that is missing, unknown or out of range makes the line wrong.
/// - Integers are exact over the whole range of 64 bits. Enumerations are written by name. A number that
///   is not finite is null.
/// - A line of buckets is an array without its trailing zeros.
/// - A string that holds anything but printable ASCII, or begins with "hex:", is written as "hex:" and its
///   bytes in hexadecimal: cgroup paths and thread names may hold any byte.
/// - Every line ends with a line feed. A last line without one that does not decode was cut off.
///
/// The number in the header is the version. A new or changed field or kind needs a new one.
namespace faastax::ledger {

inline constexpr unsigned kRecordingVersion = 3;

/// What a replay needs beside the inputs.
struct RecordingHeader {
  NodeInfo node;
  std::map<std::string, std::string> notes;  ///< anything else, such as the recorder's version
};

/// One line, without its line feed.
std::string encode(const Input& input);
std::string encode(const RecordingHeader& header);

/// The inverse of encode(). The error names the kind and the field.
std::expected<Input, std::string> decode(std::string_view line);
std::expected<RecordingHeader, std::string> decode_header(std::string_view line);

struct RecordingError {
  std::size_t line = 0;    ///< counted from 1
  bool truncated = false;  ///< the recording ends within this line; what came before is whole
  std::string message;     ///< names the line
};

/// Reads a recording from a stream, which has to outlive it.
class RecordingReader {
 public:
  /// Reads the header.
  static std::expected<RecordingReader, RecordingError> open(std::istream& stream);

  const RecordingHeader& header() const { return header_; }

  /// The next input, or nothing at the end. After an error it goes on with the line that follows.
  std::expected<std::optional<Input>, RecordingError> next();

 private:
  explicit RecordingReader(std::istream& stream) : stream_(&stream) {}

  bool read_line();
  std::unexpected<RecordingError> error(std::string_view what) const;

  std::istream* stream_;
  RecordingHeader header_;
  std::string text_;  ///< of the current line
  std::size_t line_ = 0;
};

/// Writes a recording to a stream, which has to outlive it. Once the stream has failed (a full disk), every
/// further call says so.
class RecordingWriter {
 public:
  /// Writes the header.
  static std::expected<RecordingWriter, std::string> start(std::ostream& stream,
                                                           const RecordingHeader& header);

  std::expected<void, std::string> write(const Input& input);

  /// Flushes. What the stream buffers may fail only now: a recording is whole if this succeeds.
  std::expected<void, std::string> finish();

 private:
  explicit RecordingWriter(std::ostream& stream) : stream_(&stream) {}

  std::expected<void, std::string> put_line(std::string line);
  std::expected<void, std::string> state() const;

  std::ostream* stream_;
  std::size_t lines_ = 0;
};

}  // namespace faastax::ledger
