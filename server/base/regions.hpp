#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

// Memory for things that grow beside each other and end together. They take it piece by piece as
// they grow, out of regions that they share: so what lies unused at the end of the last large page
// does so once, not once for each of them.

namespace avow::server {

class Regions {
 public:
  /// What is expected to be taken in all: of much large pages are made from the first on.
  explicit Regions(std::size_t expected_bytes = 0) : expected_bytes_(expected_bytes) {}
  ~Regions();
  Regions(const Regions&) = delete;
  Regions& operator=(const Regions&) = delete;

  /// At least `size` bytes, aligned to a cache line. They stay until all ends: there is no way to
  /// give them back.
  [[nodiscard]] void* take(std::size_t size);

 private:
  struct Region {
    void* memory;
    std::size_t size;
  };
  // What nobody has taken yet of a region.
  struct Rest {
    std::uint8_t* at = nullptr;
    std::size_t size = 0;
  };

  void add_region(std::size_t size_min);

  std::size_t expected_bytes_;
  std::vector<Region> regions_;
  std::vector<Rest> rests_;  // The last one is of the last region.
};

}  // namespace avow::server
