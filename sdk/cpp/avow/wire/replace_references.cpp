#include <boost/container/small_vector.hpp>
#include <utility>

#include "avow/wire/building.hpp"
#include "avow/wire/packet.hpp"

namespace avow::wire {
namespace {

using Replace = std::function<Result<Value>(ValueView embedded)>;

// Where the embedded values of a value stand.
struct References {
  boost::container::small_vector<ByteView, 4> places;
  bool in_sorted = false;  // One of them inside a set or dictionary, whose order may then change.
};

References find_references(ByteView canonical) {
  References found;
  std::size_t open = 0;
  std::size_t open_at_sorted = 0;  // With the outermost set or dictionary; 0 outside of them.
  const std::uint8_t* at = canonical.data();
  const std::uint8_t* const end = at + canonical.size();
  while (at != end) {
    if (*at >= tag::integer && *at < tag::record && at[1] < 0x80) {
      at += 2 + std::size_t{at[1]};  // Of most atoms one byte says how long they are.
      continue;
    }
    if (*at >= tag::record) {
      ++open;
      if (*at >= tag::set && open_at_sorted == 0) open_at_sorted = open;
      ++at;
    } else if (*at == tag::end) {
      if (open_at_sorted == open) open_at_sorted = 0;
      --open;
      ++at;
    } else {
      const std::uint8_t* const next = skip_value(at);
      if (*at == tag::embedded) {
        found.places.emplace_back(at, next);
        found.in_sorted = found.in_sorted || open_at_sorted > 0;
      }
      at = next;
    }
  }
  return found;
}

// Everything stays where it is: what stands between the references is copied as it is.
Result<Value> splice(ByteView canonical, const References& references, const Replace& replace) {
  Bytes out;
  out.reserve(canonical.size() + 16 * references.places.size());
  bool holds_references = false;
  const std::uint8_t* copied = canonical.data();
  for (const ByteView place : references.places) {
    AVOW_TRY(const Value replacement, replace(ValueView(place)));
    append(out, {copied, place.data()});
    append(out, replacement.bytes());
    holds_references = holds_references || replacement.holds_references();
    copied = place.data() + place.size();
  }
  append(out, {copied, canonical.data() + canonical.size()});
  return Value::from_canonical(out, holds_references);
}

// Sets and dictionaries are sorted anew.
Result<Value> rebuild(ByteView canonical, const Replace& replace) {
  Builder builder;
  const std::uint8_t* at = canonical.data();
  const std::uint8_t* const end = at + canonical.size();
  while (at != end) {
    if (*at == tag::end) {
      builder.end();
      ++at;
      continue;
    }
    if (*at >= tag::record) {
      begin_compound(builder, *at);
      ++at;
      continue;
    }
    const std::uint8_t* const next = skip_value(at);
    const ValueView part({at, next});
    if (*at == tag::embedded) {
      AVOW_TRY(const Value replacement, replace(part));
      builder.value(replacement);
    } else {
      builder.value(part);
    }
    at = next;
  }
  return builder.finish();
}

}  // namespace

Result<Value> replace_references(const Value& value, const Replace& replace) {
  if (!value.holds_references()) return value;
  const References references = find_references(value.bytes());
  return references.in_sorted ? rebuild(value.bytes(), replace)
                              : splice(value.bytes(), references, replace);
}

}  // namespace avow::wire
