// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "agent/base/result.hpp"

namespace faastax::bpf {

/// A map's values, mapped into this process.
template <typename Value>
class MappedArray {
 public:
  static base::Result<MappedArray> map(int fd, std::uint32_t entries) {
    const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t bytes = (entries * sizeof(Value) + page - 1) / page * page;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return base::failure("cannot map a BPF table", errno);
    MappedArray result;
    result.values_ = {static_cast<Value*>(memory), entries};
    result.bytes_ = bytes;
    return result;
  }
  MappedArray() = default;
  MappedArray(MappedArray&& other) noexcept
      : values_(std::exchange(other.values_, {})), bytes_(std::exchange(other.bytes_, 0)) {}
  MappedArray& operator=(MappedArray&& other) noexcept {
    std::swap(values_, other.values_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedArray() {
    if (bytes_ != 0) ::munmap(values_.data(), bytes_);
  }
  std::span<Value> values() const { return values_; }

 private:
  std::span<Value> values_;
  std::size_t bytes_ = 0;
};

}  // namespace faastax::bpf
