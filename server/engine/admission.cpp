#include "server/engine/admission.hpp"

namespace avow::server {

std::optional<Admitted> admit(ReferenceTable& references, Reference& by, Value body) {
  if (by.is_plain()) return Admitted(*by.entity, std::move(body));
  const AttenuateReference attenuate =
      [&](ValueView reference, const std::vector<Value>& caveats) -> std::optional<Value> {
    const auto id = reference.as_reference();
    if (!id) return std::nullopt;
    const auto narrower = references.attenuate(references.at(*id), caveats);
    if (!narrower) return std::nullopt;
    return Value::reference((*narrower)->id);
  };
  std::optional<Value> passed = by.attenuation()->apply(body, attenuate);
  if (!passed) return std::nullopt;
  return Admitted(*by.entity, *std::move(passed));
}

}  // namespace avow::server
