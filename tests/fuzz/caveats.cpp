#include "avow/capability/attenuation.hpp"
#include "avow/model/builder.hpp"
#include "avow/wire/packet.hpp"
#include "avow/wire/preserves.hpp"

// Caveats and a value from anybody: a sequence of caveats, then a value.

namespace avow {
namespace {

std::optional<Value> attenuate(ValueView embedded, const std::vector<Value>& caveats) {
  Result<wire::WireReference> reference = wire::parse_wire_reference(embedded);
  if (!reference.has_value() || reference->owner == wire::WireReference::Owner::sender) {
    return std::nullopt;
  }
  reference->caveats.insert(reference->caveats.end(), caveats.begin(), caveats.end());
  return wire::wire_reference_to_value(*reference);
}

void check_narrowing(std::vector<Value> caveats, const Value& value,
                     const std::optional<Value>& passed) {
  // A newer caveat that lets all pass changes nothing; one that nobody knows stops all.
  caveats.push_back(record("reject", record("not", record("_"))));
  const Result<Attenuation> with_harmless = Attenuation::parse(caveats);
  if (with_harmless.has_value()) {
    const std::optional<Value> then = with_harmless->apply(value, attenuate);
    AVOW_CHECK(then == passed || !then);  // It takes some fuel, so there may be too little.
  }
  caveats.back() = record("nobody-knows-this");
  const Result<Attenuation> with_unknown = Attenuation::parse(caveats);
  AVOW_CHECK(!with_unknown.has_value() || !with_unknown->apply(value, attenuate));
}

void run(ByteView input) {
  const auto caveats = wire::decode_value_prefix(input);
  if (!caveats.has_value() || !caveats->has_value()) return;
  const auto value = wire::decode_value_prefix(input.subspan((**caveats).consumed));
  if (!value.has_value() || !value->has_value()) return;

  std::vector<Value> list;
  for (const ValueView caveat : (**caveats).value.view().elements()) list.emplace_back(caveat);
  const Result<Attenuation> attenuation = Attenuation::parse(list);
  if (!attenuation.has_value()) return;
  const std::optional<Value> passed = attenuation->apply((**value).value, attenuate);
  AVOW_CHECK(!passed || wire::decode_value(passed->bytes()).has_value() ||
             passed->bytes().size() > ValueLimits{}.nodes_max);
  AVOW_CHECK(!passed || attenuation->unknown_count() == 0);
  check_narrowing(std::move(list), (**value).value, passed);
}

}  // namespace
}  // namespace avow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  avow::run({data, size});
  return 0;
}
