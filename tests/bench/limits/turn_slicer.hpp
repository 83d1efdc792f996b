#pragma once

#include <cstdint>
#include <vector>

#include "avow/base/bytes.hpp"

namespace avow::bench {

/// A part of a record: its label or a field.
struct Part {
  std::uint32_t offset;
  std::uint32_t size;
  std::uint64_t hash;
};

struct SlicedEvent {
  bool is_assert = false;
  std::uint64_t handle = 0;
  std::uint64_t hash = 0;  // Of the value: a combination of its parts.
  const std::uint8_t* value = nullptr;
  std::uint32_t size = 0;
  std::uint32_t first_part = 0;
  std::uint32_t parts = 0;
};

/// Reads turn packets whose events assert records or retract: validates every byte, slices and
/// hashes, copies nothing. Anything else stops the program.
class TurnSlicer {
 public:
  void slice(ByteView packet);
  [[nodiscard]] std::vector<SlicedEvent>& events() { return events_; }
  [[nodiscard]] const Part* parts(const SlicedEvent& event) const {
    return parts_.data() + event.first_part;
  }

 private:
  void slice_record(SlicedEvent& event);
  [[nodiscard]] std::size_t length();
  [[nodiscard]] std::uint64_t number();
  void skip_text(bool is_utf8_text);
  void skip_integer();
  void skip_value(int depth);
  void expect(bool condition) const;

  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  std::vector<SlicedEvent> events_;
  std::vector<Part> parts_;
};

}  // namespace avow::bench
