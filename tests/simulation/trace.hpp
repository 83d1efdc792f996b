#pragma once

#include <cstdint>
#include <cstdio>
#include <string_view>

#include "avow/base/bytes.hpp"
#include "server/base/hash.hpp"

namespace avow::simulation {

/// All that happened in a simulation, as one number: two runs of one seed must come to the same.
class Trace {
 public:
  /// `shown`: each step is printed too, for people who replay one seed.
  explicit Trace(bool shown) : shown_(shown) {}

  /// Something happened at (or to) connection `connection`; `data` is what was seen of it.
  void note(std::string_view what, std::uint64_t connection, ByteView data = {}) {
    hash_ = server::KeyedHash({hash_, connection})(bytes_of(what));
    hash_ = server::KeyedHash({hash_, data.size()})(data);
    if (shown_) print(what, connection, data);
  }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  static void print(std::string_view what, std::uint64_t connection, ByteView data) {
    std::printf("%3llu %.*s", static_cast<unsigned long long>(connection),
                static_cast<int>(what.size()), what.data());
    if (!data.empty()) std::printf(" (%zu bytes)", data.size());
    std::printf("\n");
  }

  bool shown_;
  std::uint64_t hash_ = 0;
};

}  // namespace avow::simulation
