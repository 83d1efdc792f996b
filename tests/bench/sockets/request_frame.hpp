#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "avow/model/value.hpp"

// The frame of a request at a keeper, made once. What differs from one request to the next is
// written over, so that who loads a server spends its time on neither values nor envelopes.

namespace avow::bench {

class RequestFrame {
 public:
  /// Of a turn that retracts the last request there and publishes `request`.
  RequestFrame(std::uint64_t keeper, const Value& request);

  /// The same with these numbers; the handle of the request is the one after `last_handle`.
  [[nodiscard]] ByteView numbered(std::uint64_t turn, std::uint64_t last_handle);
  /// Writes over the text of the request which has stood there from the start.
  void write_over(std::size_t at, std::string_view text);
  /// Where that text stands first. Without it the program stops.
  [[nodiscard]] std::size_t find(std::string_view text) const;

 private:
  void write_number(std::size_t at, std::uint64_t number);

  Bytes bytes_;
  std::size_t turn_at_;
  std::size_t last_handle_at_;
  std::size_t handle_at_;
};

}  // namespace avow::bench
