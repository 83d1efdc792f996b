#include "server/secrets.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <sys/random.h>
#include <sys/stat.h>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

constexpr std::size_t key_bytes = 32;

Error bad_key(const std::filesystem::path& file, const std::string& what) {
  return {"bad-key", "The key file " + file.string() + " " + what};
}

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

// A line break at the end is what editors leave there.
std::optional<Bytes> from_hex(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.size() != 2 * key_bytes) return std::nullopt;
  Bytes key;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::optional<std::uint8_t> high = hex_digit(text[i]);
    const std::optional<std::uint8_t> low = hex_digit(text[i + 1]);
    if (!high || !low) return std::nullopt;
    key.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
  }
  return key;
}

}  // namespace

Result<Bytes> read_key(const std::filesystem::path& file) {
  struct stat status = {};
  if (stat(file.c_str(), &status) != 0) return bad_key(file, "cannot be found.");
  if ((status.st_mode & 077) != 0) {
    return bad_key(file, "can be read by others: give it the mode 0600 (chmod 600).");
  }
  if (!S_ISREG(status.st_mode)) return bad_key(file, "is no file.");
  std::ifstream stream(file, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (content.empty()) return bad_key(file, "cannot be read, or is empty.");
  if (content.size() == key_bytes) return Bytes(content.begin(), content.end());
  if (std::optional<Bytes> key = from_hex(content)) return std::move(*key);
  return bad_key(file, "does not hold a key: 32 bytes, or 64 hex digits.");
}

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  AVOW_CHECK(getrandom(&bits, sizeof bits, 0) == sizeof bits);
  return bits;
}

HashKey random_hash_key() { return {.k0 = random_bits(), .k1 = random_bits()}; }

}  // namespace avow::server
