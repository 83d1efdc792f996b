#include <algorithm>
#include <bit>
#include <vector>

#include "avow/model/integer.hpp"
#include "avow/model/value.hpp"

// The total order of values. Depth of recursion: that of the values, which every decoder limits.

namespace avow {
namespace {

using std::strong_ordering;

// IEEE 754 totalOrder: negative numbers in reverse, then the positive ones, by their bits.
std::uint64_t total_order_key(double number) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(number);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

using Views = std::vector<ValueView>;

strong_ordering compare_each(const Views& a, const Views& b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(),
                                                compare_total);
}

bool is_before(ValueView a, ValueView b) { return compare_total(a, b) < 0; }

Views sorted_set(ValueView set) {
  const Elements all = set.elements();
  Views elements(all.begin(), all.end());
  std::sort(elements.begin(), elements.end(), is_before);
  return elements;
}

Views sorted_dictionary(ValueView dictionary) {
  const Elements all = dictionary.elements();
  std::vector<std::pair<ValueView, ValueView>> entries;
  for (auto at = all.begin(); at != all.end();) {
    const ValueView key = *at++;
    entries.emplace_back(key, *at++);
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return is_before(a.first, b.first); });
  Views flat;
  flat.reserve(2 * entries.size());
  for (const auto& [key, value] : entries) flat.insert(flat.end(), {key, value});
  return flat;
}

strong_ordering compare_sequences(ValueView a, ValueView b) {
  const Elements first = a.elements();
  const Elements second = b.elements();
  return std::lexicographical_compare_three_way(first.begin(), first.end(), second.begin(),
                                                second.end(), compare_total);
}

strong_ordering compare_records(ValueView a, ValueView b) {
  const strong_ordering labels = compare_total(a.label(), b.label());
  return labels != 0 ? labels : compare_sequences(a, b);
}

}  // namespace

std::vector<ValueView> in_total_order(ValueView set_or_dictionary) {
  if (set_or_dictionary.kind() == Kind::set) return sorted_set(set_or_dictionary);
  AVOW_CHECK(set_or_dictionary.kind() == Kind::dictionary);
  return sorted_dictionary(set_or_dictionary);
}

strong_ordering compare_total(ValueView a, ValueView b) {
  if (a == b) return strong_ordering::equal;
  const Kind kind = a.kind();
  if (kind != b.kind()) return kind <=> b.kind();
  switch (kind) {
    case Kind::boolean:
      return *a.as_boolean() <=> *b.as_boolean();
    case Kind::double_:
      return total_order_key(*a.as_double()) <=> total_order_key(*b.as_double());
    case Kind::integer:
      return compare_integers(*a.integer_bytes(), *b.integer_bytes()) <=> 0;
    case Kind::string:
      // The bytes of UTF-8 stand in the order of the code points.
      return compare(bytes_of(*a.as_string()), bytes_of(*b.as_string())) <=> 0;
    case Kind::bytes:
      return compare(*a.as_bytes(), *b.as_bytes()) <=> 0;
    case Kind::symbol:
      return compare(bytes_of(*a.as_symbol()), bytes_of(*b.as_symbol())) <=> 0;
    case Kind::record:
      return compare_records(a, b);
    case Kind::sequence:
      return compare_sequences(a, b);
    case Kind::set:
    case Kind::dictionary:
      return compare_each(in_total_order(a), in_total_order(b));
    case Kind::embedded:
      return compare_total(*a.embedded_payload(), *b.embedded_payload());
  }
  AVOW_CHECK(false);
}

}  // namespace avow
