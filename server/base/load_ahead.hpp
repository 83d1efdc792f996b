#pragma once

namespace avow::server {

/// Begins to load the cache line at `address` into the processor's cache. Changes nothing.
///
/// gcc (12 at least) takes a function that does only this for one without any effect, and leaves
/// out calls of it. It does not where a volatile statement, even an empty one, stands in it.
inline void load_ahead(const void* address) {
  __builtin_prefetch(address);
  __asm__ volatile("");
}

}  // namespace avow::server
