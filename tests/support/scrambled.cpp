#include "tests/support/scrambled.hpp"

#include <utility>
#include <vector>

#include "tests/support/random_values.hpp"

namespace avow::test {
namespace {

void append_long_varint(Bytes& to, Random& random, std::size_t length) {
  append_varint(to, length);
  if (!random.chance(1, 4)) return;
  for (std::size_t more = 1 + random.below(2); more > 0; --more) {
    to.back() |= 0x80U;
    to.push_back(0);
  }
}

void append_long_integer(Bytes& to, Random& random, ByteView shortest) {
  const bool negative = !shortest.empty() && (shortest[0] & 0x80U) != 0;
  Bytes content(random.chance(1, 4) ? random.below(4) : 0, negative ? 0xFF : 0x00);
  append(content, shortest);
  to.push_back(tag::integer);
  append_long_varint(to, random, content.size());
  append(to, content);
}

class Scrambler {
 public:
  explicit Scrambler(Random& random) : random_(random) {}

  void write(ValueView value) {
    if (random_.chance(1, 12)) {
      out_.push_back(tag::annotation);
      append(out_, random_value(random_, {.depth_max = 1}).bytes());
    }
    if (value.is_compound()) {
      write_compound(value);
    } else if (value.kind() == Kind::embedded) {
      out_.push_back(tag::embedded);
      write(*value.embedded_payload());
    } else {
      write_atom(value);
    }
  }
  Bytes take() { return std::move(out_); }

 private:
  void write_atom(ValueView value) {
    if (value.kind() == Kind::boolean) {
      append(out_, value.bytes());
    } else if (value.kind() == Kind::integer) {
      append_long_integer(out_, random_, *value.integer_bytes());
    } else {
      const std::uint8_t* content = value.bytes().data() + 1;
      const std::size_t size = read_varint(content);
      out_.push_back(value.bytes()[0]);
      append_long_varint(out_, random_, size);
      append(out_, {content, size});
    }
  }

  void write_compound(ValueView value) {
    out_.push_back(value.bytes()[0]);
    if (value.kind() == Kind::record) write(value.label());
    const Elements elements = value.elements();
    std::vector<ValueView> parts(elements.begin(), elements.end());
    if (value.kind() == Kind::set) shuffle(parts, 1);
    if (value.kind() == Kind::dictionary) shuffle(parts, 2);
    for (const ValueView part : parts) write(part);
    out_.push_back(tag::end);
  }

  // Moves groups of `group` neighbours together.
  void shuffle(std::vector<ValueView>& parts, std::size_t group) {
    for (std::size_t left = parts.size() / group; left > 1; --left) {
      const std::size_t other = random_.below(left);
      for (std::size_t i = 0; i < group; ++i) {
        std::swap(parts[(left - 1) * group + i], parts[other * group + i]);
      }
    }
  }

  Random& random_;
  Bytes out_;
};

}  // namespace

Bytes scrambled(Random& random, ValueView value) {
  Scrambler scrambler(random);
  scrambler.write(value);
  return scrambler.take();
}

}  // namespace avow::test
