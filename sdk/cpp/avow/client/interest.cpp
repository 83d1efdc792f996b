#include "avow/client/interest.hpp"

#include "avow/model/builder.hpp"

namespace avow {

Value interest_options(const Query& query, const DeliveryOptions& delivery) {
  return interest_options(query.pattern.same, query.want == Want::whole_facts, delivery);
}

Value observe_assertion(const Query& query, const Value& observer,
                        const DeliveryOptions& delivery) {
  return record("Observe", query.pattern.pattern.to_value(), observer,
                interest_options(query, delivery));
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
