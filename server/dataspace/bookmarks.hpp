#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

// Where each of several readers stands in a list that they read a part at a time: behind the last
// element that they have read. That element may go meanwhile: then they stand behind the one before
// it. Numbers name readers and elements; 0 is the beginning of the list.

namespace avow::server {

class Bookmarks {
 public:
  /// The reader stands behind `place` now.
  void put(std::uint32_t reader, std::uint32_t place);
  /// Where it stands. Nothing, if it does not read.
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t reader) const;
  /// The same, and that is forgotten.
  std::optional<std::uint32_t> take(std::uint32_t reader);

  /// `place` is about to go: all who stand behind it stand behind `before(reader)` from now on.
  template <class Before>
  void pass(std::uint32_t place, const Before& before) {
    if (readers_by_place_.empty()) return;
    const auto found = readers_by_place_.extract(place);
    if (found.empty()) return;
    for (const std::uint32_t reader : found.mapped()) put(reader, before(reader));
  }

 private:
  std::map<std::uint32_t, std::uint32_t> places_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> readers_by_place_;  // But for the beginning.
};

}  // namespace avow::server
