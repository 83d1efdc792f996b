#include "tests/bench/limits/turn_slicer.hpp"

#include <cstdio>
#include <cstdlib>

#include "avow/model/encoding.hpp"
#include "tests/bench/limits/quick_hash.hpp"

namespace avow::bench {

void TurnSlicer::expect(bool condition) const {
  if (condition) return;
  std::fprintf(stderr, "a packet that the limit does not read\n");
  std::exit(1);
}

void TurnSlicer::slice(ByteView packet) {
  events_.clear();
  parts_.clear();
  at_ = packet.data();
  end_ = at_ + packet.size();
  expect(*at_++ == tag::sequence);
  while (*at_ != tag::end) {
    expect(end_ - at_ > 6 && *at_++ == tag::sequence);
    (void)number();
    expect(end_ - at_ > 5 && at_[0] == tag::record && at_[1] == tag::symbol && at_[2] == 1);
    SlicedEvent event;
    event.is_assert = at_[3] == 'A';
    at_ += 4;
    if (event.is_assert) slice_record(event);
    event.handle = number();
    expect(end_ - at_ > 2 && at_[0] == tag::end && at_[1] == tag::end);
    at_ += 2;
    events_.push_back(event);
  }
}

void TurnSlicer::slice_record(SlicedEvent& event) {
  event.value = at_;
  event.first_part = static_cast<std::uint32_t>(parts_.size());
  expect(*at_++ == tag::record);
  while (at_ < end_ && *at_ != tag::end) {
    const std::uint8_t* const part = at_;
    skip_value(1);
    const auto size = static_cast<std::uint32_t>(at_ - part);
    const std::uint64_t hash = hash_bytes(part, size);
    parts_.push_back({static_cast<std::uint32_t>(part - event.value), size, hash});
    event.hash = parts_.size() - 1 == event.first_part ? hash : mix(event.hash, hash);
  }
  expect(at_++ < end_);
  event.parts = static_cast<std::uint32_t>(parts_.size()) - event.first_part;
  event.size = static_cast<std::uint32_t>(at_ - event.value);
}

std::size_t TurnSlicer::length() {
  std::size_t length = 0;
  for (unsigned shift = 0;; shift += 7) {
    expect(at_ < end_ && shift < 35);
    const std::uint8_t byte = *at_++;
    length |= static_cast<std::size_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) break;
  }
  expect(static_cast<std::size_t>(end_ - at_) >= length);
  return length;
}

std::uint64_t TurnSlicer::number() {
  expect(at_ < end_ && *at_++ == tag::integer);
  const std::size_t size = length();
  expect(size <= 9);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | *at_++;
  return number;
}

void TurnSlicer::skip_text(bool is_utf8_text) {
  const std::size_t size = length();
  expect(!is_utf8_text || is_utf8({at_, size}));
  at_ += size;
}

void TurnSlicer::skip_integer() {
  const std::size_t size = length();
  expect(size != 1 || at_[0] != 0);
  const bool is_padded = size > 1 && ((at_[0] == 0 && (at_[1] & 0x80U) == 0) ||
                                      (at_[0] == 0xFF && (at_[1] & 0x80U) != 0));
  expect(!is_padded);
  at_ += size;
}

void TurnSlicer::skip_value(int depth) {
  expect(at_ < end_ && depth < 64);
  switch (*at_++) {
    case tag::false_:
    case tag::true_:
      return;
    case tag::double_:
      expect(end_ - at_ > 8 && *at_ == 8);
      at_ += 9;
      return;
    case tag::integer:
      return skip_integer();
    case tag::string:
    case tag::symbol:
      return skip_text(true);
    case tag::bytes:
      return skip_text(false);
    case tag::record:
    case tag::sequence:
      while (at_ < end_ && *at_ != tag::end) skip_value(depth + 1);
      expect(at_++ < end_);
      return;
    default:
      expect(false);
  }
}

}  // namespace avow::bench
