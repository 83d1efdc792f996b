#include "avow/capability/attenuation.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "avow/capability/caveat.hpp"

namespace avow {
namespace {

using Caveat = Attenuation::Caveat;

std::optional<std::vector<Rewrite>> parse_alternatives(ValueView wire) {
  const std::optional<ValueView> alternatives = sequence_field(wire, 0);
  if (!alternatives) return std::nullopt;
  std::vector<Rewrite> rewrites;
  if (!parse_each(*alternatives, rewrites)) return std::nullopt;
  return rewrites;
}

Caveat parse_form(ValueView wire) {
  Caveat caveat;
  if (wire.is_record("rewrite")) {
    if (std::optional<Rewrite> rewrite = Rewrite::parse(wire)) {
      caveat.form.emplace<std::vector<Rewrite>>().push_back(std::move(*rewrite));
    }
  } else if (wire.is_record("or")) {
    if (auto alternatives = parse_alternatives(wire)) caveat.form = std::move(*alternatives);
  } else if (wire.is_record("reject")) {
    const std::optional<ValueView> pattern = wire.element(0);
    std::optional<CaveatPattern> parsed = pattern ? CaveatPattern::parse(*pattern) : std::nullopt;
    if (parsed) caveat.form = Caveat::Reject{std::move(*parsed)};
  }
  return caveat;
}

Error invalid(std::string detail) { return {"invalid-caveat", std::move(detail)}; }

Result<void> check(const CaveatPattern& pattern, const CaveatTemplate* replacement) {
  const std::optional<std::size_t> bindings = pattern.count_bindings();
  if (!bindings) return invalid("A caveat binds something under a <not …>, where nothing is.");
  if (replacement != nullptr && !replacement->is_sound(*bindings)) {
    return invalid("A caveat's template names a binding that its pattern does not make.");
  }
  return {};
}

std::optional<Value> rewrite_first_match(const std::vector<Rewrite>& rewrites, const Value& value,
                                         const AttenuateReference& attenuate, Fuel& fuel) {
  std::vector<ValueView> bindings;
  for (const Rewrite& rewrite : rewrites) {
    bindings.clear();
    if (rewrite.pattern.match(value, bindings, fuel)) {
      return rewrite.replacement.instantiate(bindings, attenuate, fuel);
    }
  }
  return std::nullopt;
}

// Whether more than `depth_max` compounds and embedded values stand inside each other.
bool is_deeper_than(std::size_t depth_max, ByteView canonical) {
  std::vector<bool> is_compound;  // Of each that is open.
  const std::uint8_t* at = canonical.data();
  const std::uint8_t* const end = at + canonical.size();
  while (at != end) {
    if (*at >= tag::record || *at == tag::embedded) {
      if (is_compound.size() == depth_max) return true;
      is_compound.push_back(*at++ != tag::embedded);
      continue;
    }
    if (*at == tag::end) {
      is_compound.pop_back();
      ++at;
    } else {
      at = skip_value(at);
    }
    while (!is_compound.empty() && !is_compound.back()) is_compound.pop_back();
  }
  return false;
}

}  // namespace

std::optional<Rewrite> Rewrite::parse(ValueView wire) {
  const std::optional<ValueView> pattern = wire.element(0);
  const std::optional<ValueView> replacement = wire.element(1);
  if (!wire.is_record("rewrite") || !pattern || !replacement) return std::nullopt;
  std::optional<CaveatPattern> parsed_pattern = CaveatPattern::parse(*pattern);
  std::optional<CaveatTemplate> parsed_template = CaveatTemplate::parse(*replacement);
  if (!parsed_pattern || !parsed_template) return std::nullopt;
  return Rewrite{std::move(*parsed_pattern), std::move(*parsed_template)};
}

Result<Caveat> Caveat::parse(ValueView wire) {
  Caveat caveat = parse_form(wire);
  if (const auto* const reject = std::get_if<Reject>(&caveat.form)) {
    AVOW_TRY_VOID(check(reject->pattern, nullptr));
  }
  if (const auto* const rewrites = std::get_if<std::vector<Rewrite>>(&caveat.form)) {
    for (const Rewrite& rewrite : *rewrites) {
      AVOW_TRY_VOID(check(rewrite.pattern, &rewrite.replacement));
    }
  }
  return caveat;
}

std::optional<Value> Caveat::apply(const Value& value, const AttenuateReference& attenuate,
                                   Fuel& fuel) const {
  std::optional<Value> passed;
  if (const auto* const rewrites = std::get_if<std::vector<Rewrite>>(&form)) {
    passed = rewrite_first_match(*rewrites, value, attenuate, fuel);
  } else if (const auto* const reject = std::get_if<Reject>(&form)) {
    std::vector<ValueView> bindings;
    if (!reject->pattern.match(value, bindings, fuel)) passed = value;
  }
  // A match that ran out of fuel says nothing, so nothing may pass because of it.
  return fuel.exhausted() ? std::nullopt : passed;
}

Result<Attenuation> Attenuation::parse(const std::vector<Value>& caveats,
                                       const AttenuationLimits& limits) {
  if (caveats.size() > limits.caveats_max) {
    return Error{"limit", "A reference has more than " + std::to_string(limits.caveats_max) +
                              " caveats, which is the limit."};
  }
  std::size_t bytes = 0;
  for (const Value& caveat : caveats) bytes += caveat.bytes().size();
  if (bytes > limits.bytes_max) {
    return Error{"limit", "The caveats of a reference take more than " +
                              std::to_string(limits.bytes_max) + " bytes, which is the limit."};
  }
  Attenuation attenuation;
  attenuation.limits_ = limits;
  for (const Value& caveat : caveats) {
    AVOW_TRY(Caveat parsed, Caveat::parse(caveat));
    attenuation.caveats_.push_back(std::make_shared<const Caveat>(std::move(parsed)));
  }
  attenuation.source_ = caveats;
  return attenuation;
}

std::size_t Attenuation::unknown_count() const {
  return static_cast<std::size_t>(std::count_if(
      caveats_.begin(), caveats_.end(), [](const auto& caveat) { return caveat->is_unknown(); }));
}

std::optional<Value> Attenuation::apply(const Value& value,
                                        const AttenuateReference& attenuate) const {
  if (empty()) return value;
  Fuel fuel(limits_.fuel_max);
  Value passing = value;
  for (auto newest = caveats_.rbegin(); newest != caveats_.rend(); ++newest) {
    std::optional<Value> passed = (*newest)->apply(passing, attenuate, fuel);
    if (!passed || passed->bytes().size() > limits_.value_bytes_max) return std::nullopt;
    passing = std::move(*passed);
  }
  const bool was_rewritten = passing.bytes().data() != value.bytes().data();
  if (was_rewritten && is_deeper_than(limits_.depth_max, passing.bytes())) return std::nullopt;
  return passing;
}

}  // namespace avow
