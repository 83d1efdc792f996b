#include "avow/capability/keyed_digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "avow/base/check.hpp"

namespace avow {

KeyedDigest keyed_digest(ByteView key, ByteView data) {
  // An empty key must not be a null pointer: that means "the key of before" to OpenSSL.
  static constexpr std::uint8_t no_key = 0;
  const void* const key_data = key.empty() ? &no_key : key.data();
  KeyedDigest digest{};
  unsigned size = 0;
  const bool done = HMAC(EVP_blake2s256(), key_data, static_cast<int>(key.size()), data.data(),
                         data.size(), digest.data(), &size) != nullptr;
  AVOW_CHECK(done && size == digest.size());
  return digest;
}

bool are_equal_secrets(ByteView one, ByteView other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace avow
