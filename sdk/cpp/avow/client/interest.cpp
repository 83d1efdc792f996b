#include "avow/client/interest.hpp"

#include "avow/model/builder.hpp"

namespace avow {

NamedPattern asked_pattern(const Query& query) {
  return query.want == Want::whole_facts ? capturing_whole(query.pattern) : query.pattern;
}

Value interest_options(const Query& query) {
  const NamedPattern asked = asked_pattern(query);
  Builder builder;
  builder.begin_dictionary();
  if (!asked.same.empty()) {
    builder.symbol("same").begin_sequence();
    for (const auto& [first, second] : asked.same) {
      builder.begin_sequence().integer(std::uint64_t{first}).integer(std::uint64_t{second}).end();
    }
    builder.end();
  }
  return builder.end().finish().value();
}

Value observe_assertion(const Query& query, const Value& observer) {
  return record("Observe", asked_pattern(query).pattern.to_value(), observer,
                interest_options(query));
}

Matched matched(const Query& query, const Value& told) {
  if (query.want == Want::captures || told.view().kind() != Kind::sequence) return {{}, told};
  Matched result;
  Builder captures;
  captures.begin_sequence();
  bool is_first = true;
  for (const ValueView element : told.view().elements()) {
    if (std::exchange(is_first, false)) {
      result.fact = Value(element);
    } else {
      captures.value(element);
    }
  }
  result.captures = captures.end().finish().value();
  return result;
}

}  // namespace avow
