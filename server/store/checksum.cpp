#include "server/store/checksum.hpp"

#include <bit>
#include <cstring>
#include <openssl/evp.h>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

static_assert(std::endian::native == std::endian::little, "words are taken in as they lie");

constexpr std::uint32_t polynomial = 0x82F63B78;  // 0x1EDC6F41, reflected.

// Eight bytes at a time: table k tells what a byte does that lies k bytes before the end.
// (Kounavis and Berry, "A systematic approach to building high performance software-based CRC
// generators", 2005.)
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables tables = make_tables();

constexpr std::uint32_t eight_bytes(std::uint64_t word) {
  std::uint32_t crc = 0;
  for (std::size_t k = 0; k < 8; ++k) crc ^= tables[7 - k][(word >> (8 * k)) & 0xFF];
  return crc;
}

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t crc) {
  crc = ~crc;
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    crc = eight_bytes(word ^ crc);
    bytes = bytes.subspan(8);
  }
  for (const std::uint8_t byte : bytes) crc = (crc >> 8) ^ tables[0][(crc ^ byte) & 0xFF];
  return ~crc;
}

std::array<std::uint8_t, 8> big_endian(std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes{};
  const std::uint64_t swapped = __builtin_bswap64(number);
  std::memcpy(bytes.data(), &swapped, sizeof swapped);
  return bytes;
}

RowCrc& RowCrc::number(std::uint64_t number) {
  crc_ = crc32c(big_endian(number), crc_);
  return *this;
}

RowCrc& RowCrc::bytes(ByteView bytes) {
  number(bytes.size());
  crc_ = crc32c(bytes, crc_);
  return *this;
}

struct Hasher::State {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "BLAKE2S-256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(algorithm);
  }
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  AVOW_CHECK(state_->algorithm != nullptr && state_->context != nullptr);
  start();
}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::start() {
  const int done = EVP_DigestInit_ex2(state_->context, state_->algorithm, nullptr);
  AVOW_CHECK(done == 1);
}

void Hasher::add(ByteView bytes) {
  const int done = EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
  AVOW_CHECK(done == 1);
}

ChainHash Hasher::finish() {
  ChainHash hash{};
  unsigned size = 0;
  const int done = EVP_DigestFinal_ex(state_->context, hash.data(), &size);
  AVOW_CHECK(done == 1 && size == hash.size());
  return hash;
}

ChainHash Hasher::link(const ChainHash& before, std::uint64_t seq, ByteView record) {
  start();
  add(before);
  add(big_endian(seq));
  add(record);
  return finish();
}

}  // namespace avow::server
