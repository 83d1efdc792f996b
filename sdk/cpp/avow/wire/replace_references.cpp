#include <utility>

#include "avow/model/builder.hpp"
#include "avow/wire/packet.hpp"

namespace avow::wire {
namespace {

void begin_like(Builder& builder, std::uint8_t kind) {
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
    default:
      builder.begin_dictionary();
      break;
  }
}

}  // namespace

Result<Value> replace_references(const Value& value,
                                 const std::function<Result<Value>(ValueView embedded)>& replace) {
  if (!value.holds_references()) return value;
  Builder builder;
  const std::uint8_t* at = value.bytes().data();
  const std::uint8_t* const end = at + value.bytes().size();
  while (at != end) {
    if (*at == tag::end) {
      builder.end();
      ++at;
      continue;
    }
    if (*at >= tag::record) {
      begin_like(builder, *at);
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

}  // namespace avow::wire
