#include <iterator>

#include "avow/model/builder.hpp"
#include "avow/wire/packet.hpp"

namespace avow::wire {
namespace {

constexpr std::int64_t of_sender = 0;
constexpr std::int64_t of_receiver = 1;

Error bad_reference() {
  return {"bad-reference",
          "An embedded value is no reference: those are [0 oid] and [1 oid caveat …]."};
}

void append_to(Builder& builder, const Number& number) { builder.value(number.to_value()); }

}  // namespace

Result<WireReference> parse_wire_reference(ValueView embedded) {
  const std::optional<ValueView> payload = embedded.embedded_payload();
  if (!payload || payload->kind() != Kind::sequence) return bad_reference();
  const Elements parts = payload->elements();
  auto part = parts.begin();
  if (part == parts.end()) return bad_reference();
  const std::optional<std::int64_t> owner = (*part++).as_int64();
  if ((owner != of_sender && owner != of_receiver) || part == parts.end()) return bad_reference();
  const ValueView oid = *part++;
  if (oid.kind() != Kind::integer) return bad_reference();

  WireReference reference{.owner = WireReference::Owner::sender, .oid = Number(oid), .caveats = {}};
  if (owner == of_sender) return reference;  // Anything more is ignored.
  reference.owner = WireReference::Owner::receiver;
  for (; part != parts.end(); ++part) reference.caveats.emplace_back(*part);
  return reference;
}

Value wire_reference_to_value(const WireReference& reference) {
  const bool is_senders = reference.owner == WireReference::Owner::sender;
  AVOW_CHECK(!is_senders || reference.caveats.empty());
  Builder builder;
  builder.begin_embedded().begin_sequence();
  builder.integer(is_senders ? of_sender : of_receiver);
  append_to(builder, reference.oid);
  for (const Value& caveat : reference.caveats) builder.value(caveat);
  return builder.end().finish().value();
}

}  // namespace avow::wire
