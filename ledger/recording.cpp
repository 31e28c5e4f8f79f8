// SPDX-License-Identifier: Apache-2.0
#include "ledger/recording.hpp"

#include <fmt/format.h>

#include <utility>

namespace faastax::ledger {

bool RecordingReader::read_line() {
  if (!std::getline(*stream_, text_)) return false;
  ++line_;
  return true;
}

std::unexpected<RecordingError> RecordingReader::error(std::string_view what) const {
  const bool truncated = stream_->eof();  // getline() met the end before a line feed
  return std::unexpected(RecordingError{
      line_, truncated, fmt::format("line {}: {}{}", line_, truncated ? "cut off: " : "", what)});
}

std::expected<RecordingReader, RecordingError> RecordingReader::open(std::istream& stream) {
  RecordingReader reader(stream);
  if (!reader.read_line()) {
    return std::unexpected(RecordingError{1, !stream.bad(), "the recording is empty or cannot be read"});
  }
  auto header = decode_header(reader.text_);
  if (!header) return reader.error(header.error());
  reader.header_ = std::move(*header);
  return reader;
}

std::expected<std::optional<Input>, RecordingError> RecordingReader::next() {
  if (!read_line()) {
    if (!stream_->bad()) return std::nullopt;
    const auto line = line_ + 1;
    return std::unexpected(RecordingError{line, false, fmt::format("line {}: cannot be read", line)});
  }
  auto input = decode(text_);
  if (!input) return error(input.error());
  return std::move(*input);
}

std::expected<void, std::string> RecordingWriter::state() const {
  if (*stream_) return {};
  return std::unexpected(fmt::format(
      "the recording cannot be written (is the disk full?); at most {} lines of it are kept", lines_));
}

std::expected<void, std::string> RecordingWriter::put_line(std::string line) {
  line += '\n';
  if (stream_->write(line.data(), static_cast<std::streamsize>(line.size()))) ++lines_;
  return state();
}

std::expected<RecordingWriter, std::string> RecordingWriter::start(std::ostream& stream,
                                                                   const RecordingHeader& header) {
  RecordingWriter writer(stream);
  const auto written = writer.put_line(encode(header));
  if (!written) return std::unexpected(written.error());
  return writer;
}

std::expected<void, std::string> RecordingWriter::write(const Input& input) {
  return put_line(encode(input));
}

std::expected<void, std::string> RecordingWriter::finish() {
  stream_->flush();
  return state();
}

}  // namespace faastax::ledger
