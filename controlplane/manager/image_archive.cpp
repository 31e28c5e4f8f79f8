// SPDX-License-Identifier: Apache-2.0
#include "controlplane/manager/image_archive.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

namespace faastax::manager {
namespace {

constexpr std::size_t kBlock = 512;

// POSIX.1-1988 ustar header.
struct TarHeader {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
  char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
static_assert(sizeof(TarHeader) == kBlock);

template <std::size_t Size>
void put(char (&field)[Size], std::string_view text) {
  std::memcpy(field, text.data(), std::min(text.size(), Size));
}

void add(std::string& tar, std::string_view name, std::string_view data, unsigned mode) {
  TarHeader header{};
  put(header.name, name);
  put(header.mode, fmt::format("{:07o}", mode));
  put(header.uid, "0000000");
  put(header.gid, "0000000");
  put(header.size, fmt::format("{:011o}", data.size()));
  put(header.mtime, "00000000000");
  put(header.checksum, "        ");  // counts as spaces while it is computed
  header.type = '0';
  put(header.magic, std::string_view("ustar", 6));
  put(header.version, "00");
  std::array<unsigned char, kBlock> bytes{};
  std::memcpy(bytes.data(), &header, kBlock);
  unsigned sum = 0;
  for (const unsigned char byte : bytes) sum += byte;
  put(header.checksum, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  tar.append(reinterpret_cast<const char*>(&header), kBlock);
  tar.append(data);
  tar.append((kBlock - data.size() % kBlock) % kBlock, '\0');
}

void finish(std::string& tar) { tar.append(2 * kBlock, '\0'); }

std::string digest_of(std::string_view data) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), hash.data());
  std::string text = "sha256:";
  for (const unsigned char byte : hash) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

std::string image_archive(std::string_view reference, std::string_view path,
                          std::span<const std::byte> program) {
  using nlohmann::json;
  constexpr unsigned kExecutable = 0755;
  constexpr unsigned kReadable = 0644;
  std::string layer;
  add(layer, path.substr(1), {reinterpret_cast<const char*>(program.data()), program.size()}, kExecutable);
  finish(layer);
#if defined(__aarch64__)
  const char* architecture = "arm64";
#else
  const char* architecture = "amd64";
#endif
  const json config = {{"architecture", architecture},
                       {"os", "linux"},
                       {"config", {{"Entrypoint", {path}}, {"Env", {"PATH=/"}}}},
                       {"rootfs", {{"type", "layers"}, {"diff_ids", {digest_of(layer)}}}}};
  const json manifest = {{{"Config", "config.json"}, {"RepoTags", {reference}}, {"Layers", {"layer.tar"}}}};
  std::string archive;
  add(archive, "config.json", config.dump(), kReadable);
  add(archive, "layer.tar", layer, kReadable);
  add(archive, "manifest.json", manifest.dump(), kReadable);
  finish(archive);
  return archive;
}

}  // namespace faastax::manager
