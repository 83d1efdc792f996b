#include "avow/wire/json_event.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"

namespace avow::wire {
namespace {

struct Capture {
  std::string name;
  ValueView value;
};

}  // namespace

void append_json_captures(std::string& to, ValueView captures, std::size_t skip,
                          const std::vector<std::string>& names, JsonAuthor author) {
  std::vector<Capture> sorted;
  std::size_t at = 0;
  for (const ValueView value : captures.elements()) {
    if (at++ < skip) continue;
    const std::size_t place = at - 1 - skip;
    const bool is_named = place < names.size() && !names[place].empty();
    sorted.push_back({is_named ? names[place] : std::to_string(place), value});
  }
  // Patterns capture in an order of their own, which says nothing to whoever reads names.
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Capture& a, const Capture& b) { return a.name < b.name; });
  to += R"("captures":{)";
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i].name == sorted[i - 1].name) continue;
    if (i > 0) to += ',';
    append_json_string(to, sorted[i].name);
    to += ':';
    append_json(to, sorted[i].value, author);
  }
  to += '}';
}

void append_json_match(std::string& to, ValueView whole_and_captures,
                       const std::vector<std::string>& names, JsonAuthor author) {
  const Elements all = whole_and_captures.elements();
  AVOW_CHECK(!all.empty());
  to += R"("fact":)";
  append_json(to, *all.begin(), author);
  to += ',';
  append_json_captures(to, whole_and_captures, 1, names, author);
}

void append_json_error(std::string& to, const std::optional<std::uint64_t>& id,
                       const Error& error) {
  to += R"("op":"error",)";
  if (id) {
    to += R"("id":)";
    append_json_number(to, *id);
    to += ',';
  }
  to += R"("code":)";
  append_json_string(to, error.code);
  to += R"(,"message":)";
  append_json_string(to, error.detail);
}

}  // namespace avow::wire
