#include <algorithm>
#include <iterator>
#include <utility>

#include "avow/capability/caveat.hpp"

namespace avow {
namespace {

using Form = CaveatPattern::Form;

std::optional<Kind> kind_named(std::string_view name) {
  constexpr std::pair<std::string_view, Kind> kinds[] = {
      {"Boolean", Kind::boolean},  {"Double", Kind::double_},   {"SignedInteger", Kind::integer},
      {"String", Kind::string},    {"ByteString", Kind::bytes}, {"Symbol", Kind::symbol},
      {"Embedded", Kind::embedded}};
  for (const auto& [known, kind] : kinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

std::optional<CaveatPattern> parse_list(Form form, std::optional<ValueView> sequence) {
  CaveatPattern pattern;
  pattern.form = form;
  if (!sequence || !parse_each(*sequence, pattern.parts)) return std::nullopt;
  return pattern;
}

std::optional<CaveatPattern> parse_one(Form form, std::optional<ValueView> inner) {
  CaveatPattern pattern;
  pattern.form = form;
  std::optional<CaveatPattern> part = inner ? CaveatPattern::parse(*inner) : std::nullopt;
  if (!part) return std::nullopt;
  pattern.parts.push_back(std::move(*part));
  return pattern;
}

std::optional<CaveatPattern> parse_dictionary(std::optional<ValueView> dictionary) {
  if (!dictionary || dictionary->kind() != Kind::dictionary) return std::nullopt;
  CaveatPattern pattern;
  pattern.form = Form::dictionary;
  for (const auto& [key, wire] : entries_in_total_order(*dictionary)) {
    std::optional<CaveatPattern> part = CaveatPattern::parse(wire);
    if (!part) return std::nullopt;
    pattern.keys.emplace_back(key);
    pattern.parts.push_back(std::move(*part));
  }
  return pattern;
}

bool match_elements(const std::vector<CaveatPattern>& parts, ValueView subject,
                    std::vector<ValueView>& bindings, Fuel& fuel) {
  const Elements elements = subject.elements();
  auto at = elements.begin();
  for (const CaveatPattern& part : parts) {
    if (at == elements.end()) return false;
    const ValueView element = *at;
    const ByteView bytes = element.bytes();
    if (!fuel.spend(bytes.size()) || !part.match(element, bindings, fuel)) return false;
    // Not `++at`, which would walk through the element once more.
    at = Elements::Iterator(bytes.data() + bytes.size());
  }
  return at == elements.end();
}

bool match_entries(const CaveatPattern& pattern, ValueView subject,
                   std::vector<ValueView>& bindings, Fuel& fuel) {
  if (subject.kind() != Kind::dictionary) return false;
  for (std::size_t i = 0; i < pattern.keys.size(); ++i) {
    // Each key is looked for from the beginning.
    if (!fuel.spend(subject.bytes().size())) return false;
    const std::optional<ValueView> found = subject.entry(pattern.keys[i]);
    if (!found || !pattern.parts[i].match(*found, bindings, fuel)) return false;
  }
  return true;
}

}  // namespace

std::optional<ValueView> sequence_field(ValueView record, std::size_t index) {
  const std::optional<ValueView> field = record.element(index);
  return field && field->kind() == Kind::sequence ? field : std::nullopt;
}

std::vector<std::pair<ValueView, ValueView>> entries_in_total_order(ValueView dictionary) {
  std::vector<std::pair<ValueView, ValueView>> entries;
  const Elements all = dictionary.elements();
  for (auto at = all.begin(); at != all.end();) {
    const ValueView key = *at++;
    entries.emplace_back(key, *at++);
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return compare_total(a.first, b.first) < 0; });
  return entries;
}

std::optional<CaveatPattern> CaveatPattern::parse(ValueView wire) {
  if (const std::optional<std::string_view> name = wire.as_symbol()) {
    const std::optional<Kind> named = kind_named(*name);
    if (!named) return std::nullopt;
    CaveatPattern pattern;
    pattern.form = Form::of_kind;
    pattern.kind = *named;
    return pattern;
  }
  if (wire.is_record("_")) return CaveatPattern();
  if (wire.is_record("bind")) return parse_one(Form::bind, wire.element(0));
  if (wire.is_record("not")) return parse_one(Form::none_of, wire.element(0));
  if (wire.is_record("and")) return parse_list(Form::all_of, sequence_field(wire, 0));
  if (wire.is_record("arr")) return parse_list(Form::sequence, sequence_field(wire, 0));
  if (wire.is_record("dict")) return parse_dictionary(wire.element(0));
  const bool is_record = wire.is_record("rec");
  const std::optional<ValueView> first = wire.element(0);
  if ((!is_record && !wire.is_record("lit")) || !first) return std::nullopt;
  std::optional<CaveatPattern> pattern = CaveatPattern();
  if (is_record) pattern = parse_list(Form::record, sequence_field(wire, 1));
  if (!pattern) return std::nullopt;
  if (!is_record) pattern->form = Form::literal;
  pattern->value = Value(*first);
  return pattern;
}

std::optional<std::size_t> CaveatPattern::count_bindings() const {
  std::size_t count = form == Form::bind ? 1 : 0;
  for (const CaveatPattern& part : parts) {
    const std::optional<std::size_t> inside = part.count_bindings();
    if (!inside) return std::nullopt;
    count += *inside;
  }
  if (form == Form::none_of && count > 0) return std::nullopt;
  return count;
}

bool CaveatPattern::match(ValueView subject, std::vector<ValueView>& bindings, Fuel& fuel) const {
  if (!fuel.spend()) return false;
  switch (form) {
    case Form::any:
      return true;
    case Form::of_kind:
      return subject.kind() == kind;
    case Form::bind:
      bindings.push_back(subject);
      return parts.front().match(subject, bindings, fuel);
    case Form::all_of:
      return std::all_of(parts.begin(), parts.end(), [&](const CaveatPattern& part) {
        return part.match(subject, bindings, fuel);
      });
    case Form::none_of:
      return !parts.front().match(subject, bindings, fuel);
    case Form::literal:
      return subject == value;
    case Form::record:
      return subject.kind() == Kind::record && subject.label() == value &&
             match_elements(parts, subject, bindings, fuel);
    case Form::sequence:
      return subject.kind() == Kind::sequence && match_elements(parts, subject, bindings, fuel);
    case Form::dictionary:
      return match_entries(*this, subject, bindings, fuel);
  }
  return false;
}

}  // namespace avow
