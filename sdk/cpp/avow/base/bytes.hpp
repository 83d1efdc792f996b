#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace avow {

using Bytes = std::vector<std::uint8_t>;
/// Borrowed bytes. Never outlives the statement, or the call, that made it.
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// The order of unsigned bytes, a prefix before what it begins.
[[nodiscard]] inline int compare(ByteView a, ByteView b) {
  const std::size_t common = a.size() < b.size() ? a.size() : b.size();
  const int first = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (first != 0) return first;
  return a.size() < b.size() ? -1 : (a.size() > b.size() ? 1 : 0);
}

/// `compare` for ordered tables. (gcc 12 finds fault with the `operator<` of vectors of bytes.)
struct BytesLess {
  bool operator()(const Bytes& a, const Bytes& b) const { return compare(a, b) < 0; }
};

/// Adds `element` as `push_back` does, but a field at a time. What is made on the spot for
/// `push_back` is written to the stack in fields and read again in pieces that span several of
/// them; then a processor waits until all that was written before has reached its cache.
template <class T>
T& push_fields(std::vector<T>& to, const T& element) {
  return to.emplace_back() = element;
}

inline void append(Bytes& to, ByteView from) { to.insert(to.end(), from.begin(), from.end()); }

}  // namespace avow
