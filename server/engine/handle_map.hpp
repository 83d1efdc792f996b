#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/base/hash.hpp"

// What an observer was told under which handle. A hash table that doubles at a million entries
// stops its thread for some ten milliseconds, so many entries are spread over tables that each
// double on their own.

namespace avow::server {

class HandleMap {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Answers the handle that is kept: the one that was there before, if there was one.
  std::uint64_t add(std::uint64_t told, std::uint64_t handle) {
    if (parts_.size() == 1 && size_ == together_max) spread();
    const auto [at, is_new] = part_of(told).emplace(told, handle);
    size_ += is_new ? 1 : 0;
    return at->second;
  }
  /// Takes out the handle of what was told, if it was.
  std::optional<std::uint64_t> take(std::uint64_t told) {
    Part& part = part_of(told);
    const auto at = part.find(told);
    if (at == part.end()) return std::nullopt;
    const std::uint64_t handle = at->second;
    part.erase(at);
    --size_;
    return handle;
  }
  /// All handles, the smallest first.
  [[nodiscard]] std::vector<std::uint64_t> handles() const;

 private:
  using Part = boost::unordered_flat_map<std::uint64_t, std::uint64_t>;
  static constexpr std::size_t together_max = 4'096;
  static constexpr std::size_t parts_max = 256;

  [[nodiscard]] Part& part_of(std::uint64_t told) {
    return parts_[scatter(told) & (parts_.size() - 1)];
  }
  void spread();

  std::vector<Part> parts_ = std::vector<Part>(1);
  std::size_t size_ = 0;
};

}  // namespace avow::server
