#pragma once

#include <cstdint>

#include "avow/model/builder.hpp"
#include "avow/model/encoding.hpp"

namespace avow::wire {

/// Begins the compound (or embedded value) that `kind`, its tag, stands for.
inline void begin_compound(Builder& builder, std::uint8_t kind) {
  switch (kind) {
    case tag::record:
      builder.begin_record();
      break;
    case tag::sequence:
      builder.begin_sequence();
      break;
    case tag::set:
      builder.begin_set();
      break;
    case tag::dictionary:
      builder.begin_dictionary();
      break;
    default:
      builder.begin_embedded();
      break;
  }
}

}  // namespace avow::wire
