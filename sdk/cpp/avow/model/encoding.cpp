#include "avow/model/encoding.hpp"

#include <array>
#include <bit>
#include <boost/endian/conversion.hpp>
#include <boost/nowide/utf/utf.hpp>

namespace avow {
namespace {

constexpr std::size_t double_bytes = 8;

// Where the first byte that is not ASCII stands, or the end.
const std::uint8_t* skip_ascii(const std::uint8_t* at, const std::uint8_t* end) {
  constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
  for (; end - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    if ((word & high_bits) != 0) break;
  }
  while (at != end && *at < 0x80) ++at;
  return at;
}

}  // namespace

std::uint8_t* write_integer(std::uint8_t* to, std::int64_t number) {
  const auto magnitude = static_cast<std::uint64_t>(number < 0 ? ~number : number);
  // The shortest two's complement; zero takes no bytes.
  const unsigned size = number == 0 ? 0 : static_cast<unsigned>(std::bit_width(magnitude)) / 8 + 1;
  // All eight bytes are written: those that count first.
  const std::uint64_t bits = static_cast<std::uint64_t>(number) << (64 - 8 * size) % 64;
  // Most are in the first of two stores: who copies them soon need not wait for several.
  const std::uint64_t head = std::uint64_t{tag::integer} << 8 | size;
  boost::endian::store_big_u64(to, head << 48 | bits >> 16);
  boost::endian::store_big_u16(to + 8, static_cast<std::uint16_t>(bits));
  return to + 2 + size;
}

void append_big_endian(Bytes& to, std::uint64_t bits, std::size_t size) {
  for (std::size_t left = size; left > 0; --left) {
    to.push_back(static_cast<std::uint8_t>(bits >> (8 * (left - 1))));
  }
}
void append_varint(Bytes& to, std::uint64_t length) {
  for (; length >= 0x80; length >>= 7) {
    to.push_back(static_cast<std::uint8_t>(length | 0x80U));
  }
  to.push_back(static_cast<std::uint8_t>(length));
}

void append_integer(Bytes& to, std::int64_t number) {
  std::array<std::uint8_t, integer_bytes_max> encoded;
  append(to, {encoded.data(), write_integer(encoded.data(), number)});
}

void append_integer(Bytes& to, std::uint64_t number) {
  if (std::bit_width(number) < 64) return append_integer(to, static_cast<std::int64_t>(number));
  // The highest bit is set: a zero in front keeps the number positive.
  to.insert(to.end(), {tag::integer, 9, 0});
  append_big_endian(to, number, 8);
}

void append_double(Bytes& to, double number) {
  to.insert(to.end(), {tag::double_, double_bytes});
  append_big_endian(to, std::bit_cast<std::uint64_t>(number), double_bytes);
}

void append_atom(Bytes& to, std::uint8_t tag, ByteView content) {
  if (content.size() < 0x80) {
    to.insert(to.end(), {tag, static_cast<std::uint8_t>(content.size())});
    return append(to, content);
  }
  to.push_back(tag);
  append_varint(to, content.size());
  append(to, content);
}

const std::uint8_t* skip_any_value(const std::uint8_t* at) {
  // What is embedded stands in the place of its tag, so only compounds need to be counted.
  std::size_t open = 0;
  for (;;) {
    const std::uint8_t first = *at++;
    const bool is_atom_with_length = first >= tag::integer && first <= tag::symbol;
    if (is_atom_with_length) {
      // Of most atoms one byte says how long they are.
      const std::size_t length = *at < 0x80 ? *at++ : read_varint(at);
      at += length;
    } else if (first >= tag::record) {
      ++open;
      continue;
    } else if (first == tag::embedded) {
      continue;
    } else if (first == tag::double_) {
      at += 1 + double_bytes;
    } else if (first == tag::end) {
      --open;
    }
    if (open == 0) return at;
  }
}

bool is_utf8(ByteView text) {
  using Utf8 = boost::nowide::utf::utf_traits<char>;
  const std::uint8_t* at = text.data();
  const std::uint8_t* const end = at + text.size();
  for (at = skip_ascii(at, end); at != end; at = skip_ascii(at, end)) {
    // `decode` moves past what it read, and refuses overlong forms and surrogates.
    if (!boost::nowide::utf::is_valid_codepoint(Utf8::decode(at, end))) return false;
  }
  return true;
}

}  // namespace avow
