#include "avow/capability/sturdy_reference.hpp"

#include "avow/model/builder.hpp"
#include "avow/wire/preserves.hpp"

// Sturdy references from anybody: `<ref …>` as Preserves binary.

namespace avow {
namespace {

void run(ByteView binary) {
  const Result<Value> wire = wire::decode_value(binary);
  if (!wire.has_value()) return;
  const Result<SturdyReference> reference = SturdyReference::parse(*wire);
  if (!reference.has_value()) return;

  const Result<SturdyReference> again = SturdyReference::parse(reference->to_value());
  AVOW_CHECK(again.has_value() && again->to_value() == reference->to_value());

  // Whoever holds a valid reference can narrow it, and nobody can make an invalid one valid so.
  const bool valid = reference->verify({});
  const SturdyReference narrowed = reference->attenuate(record("reject", 1));
  AVOW_CHECK(narrowed.verify({}) == valid);

  SturdyReference forged = *reference;
  if (forged.signature.empty()) forged.signature.push_back(0);
  forged.signature.back() ^= 1U;
  AVOW_CHECK(!valid || !forged.verify({}));
}

}  // namespace
}  // namespace avow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avow::run({data, size});
  return 0;
}
