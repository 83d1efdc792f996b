#include "avow/capability/sturdy_reference.hpp"

#include <algorithm>
#include <utility>

#include "avow/capability/keyed_digest.hpp"
#include "avow/model/builder.hpp"

namespace avow {
namespace {

// f(k, d) of the protocol.
Signature sign(ByteView key, ByteView data) {
  const KeyedDigest digest = keyed_digest(key, data);
  Signature signature;
  std::copy_n(digest.begin(), signature.size(), signature.begin());
  return signature;
}

Error invalid(std::string detail) { return {"invalid", std::move(detail)}; }

}  // namespace

SturdyReference SturdyReference::mint(ByteView key, Value oid) {
  const Signature signature = sign(key, oid.bytes());
  return {
      .oid = std::move(oid), .signature = Bytes(signature.begin(), signature.end()), .caveats = {}};
}

Result<SturdyReference> SturdyReference::parse(ValueView wire) {
  const std::optional<ValueView> parameters = wire.element(0);
  if (!wire.is_record("ref") || !parameters || parameters->kind() != Kind::dictionary) {
    return invalid("A sturdy reference is a record <ref {oid: … sig: …}>.");
  }
  const std::optional<ValueView> oid = parameters->entry("oid");
  const std::optional<ValueView> signature = parameters->entry("sig");
  if (!oid || !signature || signature->kind() != Kind::bytes) {
    return invalid("A sturdy reference needs an oid, and a byte string as sig.");
  }
  const ByteView signature_bytes = *signature->as_bytes();
  SturdyReference reference{.oid = Value(*oid),
                            .signature = Bytes(signature_bytes.begin(), signature_bytes.end()),
                            .caveats = {}};
  if (const std::optional<ValueView> caveats = parameters->entry("caveats")) {
    if (caveats->kind() != Kind::sequence) {
      return Error{"invalid-caveats", "The caveats of a sturdy reference are a sequence."};
    }
    for (const ValueView caveat : caveats->elements()) reference.caveats.emplace_back(caveat);
  }
  return reference;
}

SturdyReference SturdyReference::attenuate(const Value& caveat) const {
  SturdyReference attenuated = *this;
  const Signature narrowed = sign(signature, caveat.bytes());
  attenuated.signature.assign(narrowed.begin(), narrowed.end());
  attenuated.caveats.push_back(caveat);
  return attenuated;
}

bool SturdyReference::verify(ByteView key) const {
  Signature expected = sign(key, oid.bytes());
  for (const Value& caveat : caveats) expected = sign(expected, caveat.bytes());
  return are_equal_secrets(signature, expected);
}

Value SturdyReference::to_value() const {
  Builder builder;
  builder.begin_record("ref").begin_dictionary();
  builder.symbol("oid").value(oid).symbol("sig").bytes(signature);
  if (!caveats.empty()) {
    builder.symbol("caveats").begin_sequence();
    for (const Value& caveat : caveats) builder.value(caveat);
    builder.end();
  }
  return builder.end().end().finish().value();
}

SturdyReference development_reference() {
  return SturdyReference::mint({}, Value::string("syndicate"));
}

}  // namespace avow
