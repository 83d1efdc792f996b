#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "avow/base/bytes.hpp"
#include "avow/base/check.hpp"
#include "avow/wire/native.hpp"

// How bodies are laid out behind each other in a message.

namespace avow::wire::native {

inline constexpr std::size_t bodies_bytes_max = 256 << 20;

// Views that follow each other and are the same bytes stand in the message once: the same captures
// often go to several topics.
template <class Items, class BodyOf>
class BodyLayout {
 public:
  explicit BodyLayout(Items items) : items_(items) {
    visit([&](std::size_t, std::size_t, ByteView, bool) {});
    AVOW_CHECK(size_ <= bodies_bytes_max);
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  // Calls back with the index of each item and the offset of its body in `bodies`, filled here.
  template <class Place>
  void fill(std::uint8_t* bodies, Place&& place) {
    visit([&](std::size_t index, std::size_t offset, ByteView body, bool is_new) {
      if (is_new) std::memcpy(bodies + offset, body.data(), body.size());
      place(index, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(body.size()));
    });
  }

 private:
  template <class Each>
  void visit(Each&& each) {
    size_ = 0;
    ByteView last;
    std::size_t last_offset = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const ByteView body = BodyOf()(items_[i]);
      const bool is_same = body.data() == last.data() && body.size() == last.size();
      const bool is_new = !body.empty() && !is_same;
      if (is_new) {
        last = body;
        last_offset = size_;
        size_ += body.size();
      }
      each(i, body.empty() ? 0 : last_offset, body, is_new);
    }
  }

  Items items_;
  std::size_t size_ = 0;
};

struct BodyOfEvent {
  ByteView operator()(const Event& event) const { return event.body; }
};
struct BodyOfRow {
  ByteView operator()(const Row& row) const { return row.captures; }
};
using EventBodies = BodyLayout<std::span<const Event>, BodyOfEvent>;
using RowBodies = BodyLayout<std::span<const Row>, BodyOfRow>;

}  // namespace avow::wire::native
