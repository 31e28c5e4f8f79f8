// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "proto/collector.pb.h"
#include "tests/fuzz/now.hpp"

/// How libFuzzer changes a batch of records: by its bytes, or one of its fields.
namespace faastax::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kMostElements = 120;  // more than a batch may have

void mutate(Message& message, std::mt19937& random);

std::size_t below(std::mt19937& random, std::size_t end) { return random() % end; }

template <typename T, std::size_t N>
const T& one_of(const std::array<T, N>& values, std::mt19937& random) {
  return values[below(random, N)];
}

std::uint64_t number(std::mt19937& random) {
  constexpr std::uint64_t kBillion = 1'000'000'000;
  static const std::array<std::uint64_t, 12> kEdges = {0,
                                                       1,
                                                       2,
                                                       127,
                                                       128,
                                                       kBillion,
                                                       kBillion * kBillion,
                                                       kBillion * kBillion + 1,
                                                       0x7fffffff,
                                                       0xffffffff,
                                                       0x7fffffffffffffff,
                                                       0xffffffffffffffff};
  const auto now = static_cast<std::uint64_t>(kNow);
  switch (below(random, 4)) {
    case 0:
      return one_of(kEdges, random);
    case 1:
      return now + random() - random();
    case 2:
      return now + random() * kBillion;
    default:
      return random() >> below(random, 32);
  }
}

double real(std::mt19937& random) {
  static const std::array<double, 10> kEdges = {0,
                                                -0.0,
                                                1,
                                                -1,
                                                0.5,
                                                1e18,
                                                1.1e18,
                                                1e308,
                                                std::numeric_limits<double>::infinity(),
                                                std::numeric_limits<double>::quiet_NaN()};
  return below(random, 2) == 0 ? one_of(kEdges, random) : static_cast<double>(random());
}

std::string text(std::string before, std::mt19937& random) {
  static const std::array<std::string, 9> kTexts = {"",
                                                    "n1",
                                                    "f1",
                                                    "a\nb",
                                                    std::string("\0", 1),
                                                    "runc",
                                                    "é",
                                                    "00000000-1111-2222-3333-444444444444-0000000000000001",
                                                    "00000000-1111-2222-3333-444444444444-0000000000000002"};
  switch (below(random, 4)) {
    case 0:
      return one_of(kTexts, random);
    case 1:
      return std::string(below(random, 1100), 'x');
    case 2:
      if (!before.empty()) before.at(below(random, before.size())) = static_cast<char>('0' + random() % 75);
      return before;
    default:
      before.insert(below(random, before.size() + 1), 1, static_cast<char>(random() % 0x80));
      return before;
  }
}

void set(Message& of, const FieldDescriptor& field, std::mt19937& random) {
  const Reflection& reflection = *of.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.SetString(&of, &field, text(reflection.GetString(of, &field), random));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.SetUInt64(&of, &field, number(random));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(&of, &field, static_cast<std::int64_t>(number(random)));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.SetUInt32(&of, &field, static_cast<std::uint32_t>(number(random)));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.SetDouble(&of, &field, real(random));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(&of, &field, below(random, 2) == 0);
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.SetEnumValue(&of, &field, static_cast<int>(below(random, 12)));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return mutate(*reflection.MutableMessage(&of, &field), random);
    default:
      return;
  }
}

void change_list(Message& of, const FieldDescriptor& field, std::mt19937& random) {
  const Reflection& reflection = *of.GetReflection();
  const int size = reflection.FieldSize(of, &field);
  const std::size_t choice = below(random, 8);
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    if (size < kMostElements) reflection.AddString(&of, &field, text("", random));
  } else if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return;
  } else if (size == 0 || (choice == 0 && size < kMostElements)) {
    mutate(*reflection.AddMessage(&of, &field), random);
  } else {
    const int place = static_cast<int>(below(random, static_cast<std::size_t>(size)));
    if (choice == 1 && size < kMostElements) {
      reflection.AddMessage(&of, &field)->CopyFrom(reflection.GetRepeatedMessage(of, &field, place));
    } else if (choice == 2) {
      reflection.SwapElements(&of, &field, place, size - 1);
      reflection.RemoveLast(&of, &field);
    } else {
      mutate(*reflection.MutableRepeatedMessage(&of, &field, place), random);
    }
  }
}

/// Changes one field somewhere in the message: sets it to something that matters, takes it away, or doubles
/// an element of a list.
void mutate(Message& message, std::mt19937& random) {
  const auto& type = *message.GetDescriptor();
  const FieldDescriptor& field =
      *type.field(static_cast<int>(below(random, static_cast<std::size_t>(type.field_count()))));
  if (field.is_repeated()) {
    change_list(message, field, random);
  } else if (below(random, 16) == 0) {
    message.GetReflection()->ClearField(&message, &field);
  } else {
    set(message, field, random);
  }
}

}  // namespace
}  // namespace faastax::fuzz

extern "C" {

std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  std::mt19937 random(seed);
  faastax::v1::RecordBatch batch;
  if (random() % 4 == 0 || !batch.ParseFromArray(data, static_cast<int>(size))) {
    return LLVMFuzzerMutate(data, size, most);
  }
  for (unsigned times = 1 + random() % 4; times > 0; --times) faastax::fuzz::mutate(batch, random);
  if (batch.ByteSizeLong() > most) return LLVMFuzzerMutate(data, size, most);
  batch.SerializeToArray(data, static_cast<int>(most));
  return batch.ByteSizeLong();
}
}
