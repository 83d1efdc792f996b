#include "avow/wire/json_event.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"

namespace avow::wire {
namespace {

bool stands_before(const std::vector<std::string>& names, std::size_t at) {
  const auto here = names.begin() + static_cast<std::ptrdiff_t>(at);
  return std::find(names.begin(), here, *here) != here;
}

}  // namespace

void append_json_captures(std::string& to, ValueView captures, std::size_t skip,
                          const std::vector<std::string>& names, JsonAuthor author) {
  to += R"("captures":{)";
  std::size_t at = 0;
  bool first = true;
  for (const ValueView capture : captures.elements()) {
    if (at++ < skip) continue;
    const std::size_t place = at - 1 - skip;
    const bool is_named = place < names.size() && !names[place].empty();
    if (is_named && stands_before(names, place)) continue;
    if (!std::exchange(first, false)) to += ',';
    append_json_string(to, is_named ? names[place] : std::to_string(place));
    to += ':';
    append_json(to, capture, author);
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
