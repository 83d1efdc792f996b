#include "tests/bench/sockets/request_frame.hpp"

#include <algorithm>
#include <array>

#include "avow/wire/native.hpp"
#include "tests/bench/sockets/server.hpp"

namespace avow::bench {
namespace {

namespace native = wire::native;

// Cap'n Proto writes numbers with all of their bytes, the lowest first, so each of these is found
// where it was written.
constexpr std::uint64_t turn_mark = 0xA1B2'C3D4'E5F6'0718;
constexpr std::uint64_t last_handle_mark = 0xA1B2'C3D4'E5F6'0729;
constexpr std::uint64_t handle_mark = 0xA1B2'C3D4'E5F6'073A;

std::array<std::uint8_t, 8> bytes_of_number(std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(number);
    number >>= 8;
  }
  return bytes;
}

std::size_t place_of(ByteView part, ByteView all) {
  const auto found = std::search(all.begin(), all.end(), part.begin(), part.end());
  if (found == all.end()) fail("a frame is not what was written into it");
  return static_cast<std::size_t>(found - all.begin());
}

Bytes framed_request(std::uint64_t keeper, const Value& request) {
  const std::array events{
      native::Event{.target = keeper, .handle = last_handle_mark, .kind = wire::EventKind::retract},
      native::Event{.target = keeper,
                    .handle = handle_mark,
                    .body = request.bytes(),
                    .kind = wire::EventKind::publish}};
  Bytes frame;
  native::append_turn(frame, {.number = turn_mark, .events = events});
  Bytes framed;
  append_websocket_frame(framed, frame);
  return framed;
}

}  // namespace

RequestFrame::RequestFrame(std::uint64_t keeper, const Value& request)
    : bytes_(framed_request(keeper, request)),
      turn_at_(place_of(bytes_of_number(turn_mark), bytes_)),
      last_handle_at_(place_of(bytes_of_number(last_handle_mark), bytes_)),
      handle_at_(place_of(bytes_of_number(handle_mark), bytes_)) {}

ByteView RequestFrame::numbered(std::uint64_t turn, std::uint64_t last_handle) {
  write_number(turn_at_, turn);
  write_number(last_handle_at_, last_handle);
  write_number(handle_at_, last_handle + 1);
  return bytes_;
}

void RequestFrame::write_over(std::size_t at, std::string_view text) {
  std::ranges::copy(text, bytes_.begin() + static_cast<std::ptrdiff_t>(at));
}

std::size_t RequestFrame::find(std::string_view text) const {
  return place_of(bytes_of(text), bytes_);
}

void RequestFrame::write_number(std::size_t at, std::uint64_t number) {
  std::ranges::copy(bytes_of_number(number), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace avow::bench
