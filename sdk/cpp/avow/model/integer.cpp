#include "avow/model/integer.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <iterator>

namespace avow {
namespace {

using boost::multiprecision::cpp_int;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_negative(ByteView number) { return !number.empty() && (number.front() & 0x80U) != 0; }

Error too_long(const ValueLimits& limits) {
  return {"limit", "An integer takes more than " + std::to_string(limits.integer_bits_max) +
                       " bits, which is the limit."};
}

// A number below 2^bits has at most bits * log10(2) + 1 digits; log10(2) is a little below 0.30103.
std::size_t digits_max(const ValueLimits& limits) {
  return limits.integer_bits_max * 30'103 / 100'000 + 1;
}

// Two's complement of `number` in so many bytes that the sign bit fits too, shortest or not.
Bytes to_bytes(const cpp_int& number) {
  const cpp_int magnitude = number < 0 ? cpp_int(-number) : number;
  const std::size_t size = msb(magnitude) / 8 + 2;
  const cpp_int unsigned_form = number < 0 ? cpp_int((cpp_int(1) << (8 * size)) + number) : number;
  Bytes bytes;
  export_bits(unsigned_form, std::back_inserter(bytes), 8);
  // Leading zeros are not exported; a positive number's sign bit stands in one.
  bytes.insert(bytes.begin(), size - bytes.size(), 0);
  return bytes;
}

cpp_int from_bytes(ByteView bytes) {
  cpp_int number;
  if (bytes.empty()) return number;  // Zero; import_bits cannot take nothing.
  import_bits(number, bytes.begin(), bytes.end(), 8);
  if (is_negative(bytes)) number -= cpp_int(1) << (8 * bytes.size());
  return number;
}

}  // namespace

Result<Bytes> integer_from_decimal(std::string_view digits, const ValueLimits& limits) {
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    return Error{"bad-text", "An integer is decimal digits with an optional sign."};
  }
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return Bytes();
  if (digits.size() > digits_max(limits)) return too_long(limits);

  const cpp_int magnitude(digits);
  const Bytes bytes = to_bytes(negative ? cpp_int(-magnitude) : magnitude);
  const ByteView shortest = shortest_integer(bytes);
  if (shortest.size() * 8 > limits.integer_bits_max) return too_long(limits);
  return Bytes(shortest.begin(), shortest.end());
}

std::string integer_to_decimal(ByteView big_endian) { return from_bytes(big_endian).str(); }

int compare_integers(ByteView a, ByteView b) {
  const bool negative = is_negative(a);
  if (negative != is_negative(b)) return negative ? -1 : 1;
  if (a.size() != b.size()) return (a.size() < b.size()) != negative ? -1 : 1;
  return compare(a, b);
}

ByteView shortest_integer(ByteView big_endian) {
  // A leading byte says nothing if the next one's highest bit repeats it.
  const auto is_needless = [](std::uint8_t first, std::uint8_t second) {
    return (first == 0x00 && second < 0x80) || (first == 0xFF && second >= 0x80);
  };
  while (big_endian.size() > 1 && is_needless(big_endian[0], big_endian[1])) {
    big_endian = big_endian.subspan(1);
  }
  if (big_endian.size() == 1 && big_endian[0] == 0) return big_endian.subspan(1);
  return big_endian;
}

}  // namespace avow
