#include <algorithm>
#include <utility>

#include "avow/capability/caveat.hpp"
#include "avow/model/builder.hpp"

namespace avow {
namespace {

using Form = CaveatTemplate::Form;

CaveatTemplate of_form(Form form) {
  CaveatTemplate made;
  made.form = form;
  return made;
}

std::optional<CaveatTemplate> parse_binding(ValueView wire) {
  const std::optional<ValueView> number = wire.element(0);
  if (!number || number->kind() != Kind::integer) return std::nullopt;
  CaveatTemplate made = of_form(Form::binding);
  made.binding = number->as_uint64().value_or(CaveatTemplate::no_binding);
  return made;
}

std::optional<CaveatTemplate> parse_literal(ValueView wire) {
  const std::optional<ValueView> literal = wire.element(0);
  if (!literal) return std::nullopt;
  CaveatTemplate made = of_form(Form::literal);
  made.value = Value(*literal);
  return made;
}

std::optional<CaveatTemplate> parse_sequence(ValueView wire) {
  CaveatTemplate made = of_form(Form::sequence);
  const std::optional<ValueView> elements = sequence_field(wire, 0);
  if (!elements || !parse_each(*elements, made.parts)) return std::nullopt;
  return made;
}

std::optional<CaveatTemplate> parse_record(ValueView wire) {
  CaveatTemplate made = of_form(Form::record);
  const std::optional<ValueView> fields = sequence_field(wire, 1);
  if (!fields || !parse_each(*fields, made.parts)) return std::nullopt;
  made.value = Value(*wire.element(0));
  return made;
}

std::optional<CaveatTemplate> parse_dictionary(ValueView wire) {
  const std::optional<ValueView> dictionary = wire.element(0);
  if (!dictionary || dictionary->kind() != Kind::dictionary) return std::nullopt;
  CaveatTemplate made = of_form(Form::dictionary);
  for (const auto& [key, value] : entries_in_total_order(*dictionary)) {
    std::optional<CaveatTemplate> part = CaveatTemplate::parse(value);
    if (!part) return std::nullopt;
    made.values.emplace_back(key);
    made.parts.push_back(std::move(*part));
  }
  return made;
}

std::optional<CaveatTemplate> parse_attenuated(ValueView wire) {
  CaveatTemplate made = of_form(Form::attenuated);
  const std::optional<ValueView> inner = wire.element(0);
  const std::optional<ValueView> caveats = sequence_field(wire, 1);
  std::optional<CaveatTemplate> part = inner ? CaveatTemplate::parse(*inner) : std::nullopt;
  if (!part || !caveats) return std::nullopt;
  made.parts.push_back(std::move(*part));
  for (const ValueView caveat : caveats->elements()) made.values.emplace_back(caveat);
  return made;
}

/// Fills in one template, part by part.
class Instance {
 public:
  Instance(const std::vector<ValueView>& bindings, const AttenuateReference& attenuate, Fuel& fuel)
      : bindings_(bindings), attenuate_(attenuate), fuel_(fuel) {}

  // Appends one value; false if it comes to none.
  bool append(Builder& to, const CaveatTemplate& part) {
    switch (part.form) {
      case Form::binding:
        return append_copy(to, bindings_[part.binding]);
      case Form::literal:
        return append_copy(to, part.value);
      case Form::record:
        to.begin_record().value(part.value);
        return append_parts(to, part);
      case Form::sequence:
        to.begin_sequence();
        return append_parts(to, part);
      case Form::dictionary:
        to.begin_dictionary();
        return append_parts(to, part);
      case Form::attenuated:
        return append_attenuated(to, part);
    }
    return false;
  }

 private:
  bool append_copy(Builder& to, ValueView value) {
    if (!fuel_.spend(value.bytes().size())) return false;
    to.value(value);
    return true;
  }

  bool append_parts(Builder& to, const CaveatTemplate& whole) {
    if (!fuel_.spend(whole.value.bytes().size())) return false;
    for (std::size_t i = 0; i < whole.parts.size(); ++i) {
      if (whole.form == Form::dictionary) to.value(whole.values[i]);
      if (!append(to, whole.parts[i])) return false;
    }
    to.end();
    return true;
  }

  bool append_attenuated(Builder& to, const CaveatTemplate& part) {
    Builder inner;
    if (!fuel_.spend() || !append(inner, part.parts.front())) return false;
    const Result<Value> reference = inner.finish();
    if (!reference.has_value() || reference->view().kind() != Kind::embedded) return false;
    const std::optional<Value> attenuated = attenuate_(reference.value(), part.values);
    if (attenuated) to.value(*attenuated);
    return attenuated.has_value();
  }

  const std::vector<ValueView>& bindings_;
  const AttenuateReference& attenuate_;
  Fuel& fuel_;
};

}  // namespace

std::optional<CaveatTemplate> CaveatTemplate::parse(ValueView wire) {
  if (wire.is_record("ref")) return parse_binding(wire);
  if (wire.is_record("lit")) return parse_literal(wire);
  if (wire.is_record("rec")) return parse_record(wire);
  if (wire.is_record("arr")) return parse_sequence(wire);
  if (wire.is_record("dict")) return parse_dictionary(wire);
  if (wire.is_record("attenuate")) return parse_attenuated(wire);
  return std::nullopt;
}

bool CaveatTemplate::is_sound(std::size_t bindings) const {
  if (form == Form::binding) return binding < bindings;
  if (form == Form::attenuated) {
    for (const Value& caveat : values) {
      if (!Attenuation::Caveat::parse(caveat).has_value()) return false;
    }
  }
  return std::all_of(parts.begin(), parts.end(),
                     [&](const CaveatTemplate& part) { return part.is_sound(bindings); });
}

std::optional<Value> CaveatTemplate::instantiate(const std::vector<ValueView>& bindings,
                                                 const AttenuateReference& attenuate,
                                                 Fuel& fuel) const {
  Builder builder;
  if (!Instance(bindings, attenuate, fuel).append(builder, *this)) return std::nullopt;
  Result<Value> made = builder.finish();
  if (!made.has_value()) return std::nullopt;
  return std::move(made).value();
}

}  // namespace avow
