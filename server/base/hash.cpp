#include "server/base/hash.hpp"

#include "avow/base/check.hpp"

// Compiled into this unit: most of what is hashed is short, and a call costs as much as its hash.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace avow::server {

static_assert(sizeof(KeyedHash) >= XXH3_SECRET_SIZE_MIN);

KeyedHash::KeyedHash(const HashKey& key) {
  AVOW_CHECK(XXH3_generateSecret(secret_.data(), secret_.size(), &key, sizeof key) == XXH_OK);
}

std::uint64_t KeyedHash::operator()(ByteView bytes) const {
  return XXH3_64bits_withSecret(bytes.data(), bytes.size(), secret_.data(), secret_.size());
}

}  // namespace avow::server
