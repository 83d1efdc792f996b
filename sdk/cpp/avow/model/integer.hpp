#pragma once

#include <string>
#include <string_view>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"
#include "avow/model/limits.hpp"

// Integers of any size (to a limit), as the big-endian two's complement that values hold.

namespace avow {

/// Decimal digits with an optional sign to two's complement, shortest form (zero is empty).
/// Errors: `limit` if it would take more bits than `limits` allows, before any long work is done.
[[nodiscard]] Result<Bytes> integer_from_decimal(std::string_view digits,
                                                 const ValueLimits& limits = {});
/// Two's complement, any form, to decimal.
[[nodiscard]] std::string integer_to_decimal(ByteView big_endian);
/// The order of two numbers in shortest form.
[[nodiscard]] int compare_integers(ByteView a, ByteView b);
/// The shortest form of `big_endian`.
[[nodiscard]] ByteView shortest_integer(ByteView big_endian);

}  // namespace avow
