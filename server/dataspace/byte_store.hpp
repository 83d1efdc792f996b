#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "avow/base/bytes.hpp"
#include "avow/model/value.hpp"
#include "server/base/load_ahead.hpp"
#include "server/base/regions.hpp"

// Where a dataspace keeps the bytes of its facts: close together, in large pages, and found again
// without the help of a general allocator. A fact lives long and is reached at random, a value that
// passes through is neither: so what is kept is copied here.

namespace avow::server {

/// Canonical bytes of one value, shared by the fact and by captures that outlive it.
class StoredBytes {
 public:
  [[nodiscard]] ByteView view() const { return {content(), size_}; }
  [[nodiscard]] ValueView value() const { return ValueView(view()); }
  [[nodiscard]] bool holds_references() const { return holds_references_ != 0; }
  /// Begins to load what releasing it will need, without a look at it.
  void prefetch() const { load_ahead(this); }

 private:
  friend class ByteStore;
  StoredBytes(std::uint32_t size, bool holds_references)
      : size_(size & size_max), holds_references_(holds_references ? 1 : 0) {}

  [[nodiscard]] const std::uint8_t* content() const {
    return reinterpret_cast<const std::uint8_t*>(this + 1);
  }
  [[nodiscard]] std::uint8_t* content() { return reinterpret_cast<std::uint8_t*>(this + 1); }

  static constexpr std::uint32_t size_max = 0x7FFF'FFFF;

  std::uint32_t uses_ = 1;
  std::uint32_t size_ : 31;
  std::uint32_t holds_references_ : 1;
};

class ByteStore {
 public:
  /// `memory` must outlive the store.
  explicit ByteStore(Regions& memory) : memory_(memory) {}
  ~ByteStore();
  ByteStore(const ByteStore&) = delete;
  ByteStore& operator=(const ByteStore&) = delete;

  /// A copy of `bytes`, with one use.
  [[nodiscard]] StoredBytes* add(ByteView bytes, bool holds_references);
  static void retain(StoredBytes* stored) { ++stored->uses_; }
  /// The last release frees it; so does the end of the store.
  void release(StoredBytes* stored) {
    if (--stored->uses_ == 0) free(stored);
  }

 private:
  struct Free {
    Free* next;
  };
  // Stands before what is too big for a region.
  struct Large {
    Large* next;
    Large* previous;
  };
  static constexpr std::size_t grain = 8;
  static constexpr std::size_t small_max = 2'048;

  [[nodiscard]] void* allocate(std::size_t size);
  void free(StoredBytes* stored);
  void take_more();
  [[nodiscard]] void* allocate_large(std::size_t size);
  void free_large(void* memory);

  Regions& memory_;
  std::array<Free*, small_max / grain + 1> free_{};
  Large* large_ = nullptr;
  std::uint8_t* at_ = nullptr;
  std::size_t left_ = 0;
  std::size_t last_taken_ = 0;
};

}  // namespace avow::server
