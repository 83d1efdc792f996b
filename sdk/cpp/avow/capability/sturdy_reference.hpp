#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/capability/attenuation.hpp"
#include "avow/model/value.hpp"

// Sturdy references: signed tokens `<ref {oid: … sig: … caveats: […]}>` that the gatekeeper turns
// into live references. f(k, d) = the first 16 bytes of HMAC-BLAKE2s-256 with key k over d;
// sig = f(… f(f(key, canon(oid)), canon(caveat 1)) …, canon(caveat n)). Anyone can add a caveat,
// nobody can remove one. Source: the Syndicate protocol's sturdy references.

namespace avow {

using Signature = std::array<std::uint8_t, 16>;

struct SturdyReference {
  Value oid;
  Bytes signature;  ///< As received; only 16 bytes can be right.
  std::vector<Value> caveats;

  /// Signs a reference to `oid` with `key` (any length; the empty key is the development key).
  [[nodiscard]] static SturdyReference mint(ByteView key, Value oid);
  /// Reads the whole `<ref …>` record. Errors: `invalid` (not of the form), `invalid-caveats`
  /// (caveats are no sequence).
  [[nodiscard]] static Result<SturdyReference> parse(ValueView wire);
  /// The reference with `caveat` added as its newest.
  [[nodiscard]] SturdyReference attenuate(const Value& caveat) const;
  /// Whether the signature is right under `key`; compared in constant time.
  [[nodiscard]] bool verify(ByteView key) const;
  /// The whole `<ref …>` record.
  [[nodiscard]] Value to_value() const;
};

/// The well-known reference that development servers accept: oid "syndicate", the empty key.
[[nodiscard]] SturdyReference development_reference();

}  // namespace avow
