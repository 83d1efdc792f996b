#include "avow/wire/preserves_scanner.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "avow/model/encoding.hpp"
#include "avow/wire/preserves_binary.hpp"

namespace avow::wire {
namespace {

Error too_long(std::size_t bytes_max) {
  return {"limit",
          "More than " + std::to_string(bytes_max) + " bytes are announced, which is the limit."};
}
Error too_deep(const ValueLimits& limits) {
  return {"limit", "A value is nested deeper than " + std::to_string(limits.depth_max) +
                       ", which is the limit."};
}

}  // namespace

Result<std::optional<std::size_t>> PreservesScanner::feed(ByteView more) {
  std::size_t at = 0;
  while (at < more.size()) {
    if (in_ == In::content) {
      const std::size_t step = std::min<std::uint64_t>(length_, more.size() - at);
      at += step;
      seen_ += step;
      length_ -= step;
      if (length_ == 0) end_value();
    } else {
      if (++seen_ > bytes_max_) return too_long(bytes_max_);
      const std::uint8_t byte = more[at++];
      if (!(in_ == In::tag ? begin(byte) : add_to_length(byte))) return *error_;
    }
    if (outermost_ == 0) {
      *this = PreservesScanner(limits_, bytes_max_);
      return std::optional(at);
    }
  }
  return std::optional<std::size_t>();
}

bool PreservesScanner::begin(std::uint8_t kind) {
  if (kind == tag::false_ || kind == tag::true_) {
    end_value();
  } else if (kind == tag::double_ || (kind >= tag::integer && kind <= tag::symbol)) {
    kind_ = kind;
    in_ = In::length;
    length_ = 0;
    length_shift_ = 0;
  } else if (kind >= tag::record && kind <= tag::dictionary) {
    if (++open_ > limits_.depth_max) return fail(too_deep(limits_));
  } else if (kind == tag::end) {
    if (open_ == 0) return fail(bad_binary("An end stands where nothing has begun."));
    --open_;
    end_value();
  } else if (kind == tag::annotation) {
    // Inside of a compound one value more makes no difference to where the compound ends.
    if (open_ == 0 && ++outermost_ > limits_.depth_max) return fail(too_deep(limits_));
  } else if (kind != tag::embedded) {
    return fail(bad_binary("No value begins with the byte " + std::to_string(kind) + "."));
  }
  return true;
}

bool PreservesScanner::add_to_length(std::uint8_t byte) {
  const std::uint64_t bits = byte & 0x7FU;
  if (length_shift_ > 63 || (length_shift_ == 63 && bits > 1)) return fail(too_long(bytes_max_));
  length_ |= bits << length_shift_;
  length_shift_ += 7;
  if ((byte & 0x80U) == 0) return begin_content();
  return true;
}

bool PreservesScanner::begin_content() {
  if (kind_ == tag::double_ && length_ != double_bytes) {
    return fail(bad_binary("A double does not take eight bytes."));
  }
  const std::size_t limit =
      kind_ == tag::integer ? limits_.integer_bits_max / 8 : limits_.string_bytes_max;
  if (kind_ != tag::double_ && length_ > limit) return fail(too_long(limit));
  if (length_ > bytes_max_ - seen_) return fail(too_long(bytes_max_));
  in_ = In::content;
  if (length_ == 0) end_value();
  return true;
}

void PreservesScanner::end_value() {
  in_ = In::tag;
  if (open_ == 0) --outermost_;
}

bool PreservesScanner::fail(Error error) {
  error_ = std::move(error);
  return false;
}

}  // namespace avow::wire
