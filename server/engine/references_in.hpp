#pragma once

#include <cstddef>
#include <cstdint>

#include "avow/base/bytes.hpp"
#include "avow/model/encoding.hpp"
#include "avow/model/value.hpp"

// The references that stand in a value, in memory form.

namespace avow::server {

/// Calls `visit` with the id of each embedded reference in trusted canonical bytes, a reference as
/// often as it stands there.
template <class Visit>
void for_each_reference(ByteView canonical, Visit&& visit) {
  const std::uint8_t* at = canonical.data();
  const std::uint8_t* const end = at + canonical.size();
  while (at != end) {
    if (*at >= tag::integer && *at < tag::record && at[1] < 0x80) {
      at += 2 + std::size_t{at[1]};  // Of most atoms one byte says how long they are.
      continue;
    }
    if (*at == tag::end || *at >= tag::record) {
      ++at;  // A walk over all that stands in the compound, without regard to its shape.
      continue;
    }
    const std::uint8_t* const next = skip_value(at);
    if (*at == tag::embedded) {
      if (const auto id = ValueView({at, next}).as_reference()) visit(*id);
    }
    at = next;
  }
}

}  // namespace avow::server
