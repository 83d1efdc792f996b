#include "avow/client/interest.hpp"

#include "avow/model/builder.hpp"

namespace avow {

Value interest_options(const Query& query, const DeliveryOptions& delivery) {
  return interest_options(query.pattern.same, query.want == Want::whole_facts, delivery,
                          {.counts = query.counts, .others = query.others});
}

Value observe_assertion(const Query& query, const Value& observer,
                        const DeliveryOptions& delivery) {
  DeliveryOptions wanted = delivery;
  wanted.policy = query.policy;
  wanted.conflation = query.conflation;
  return record("Observe", query.pattern.pattern.to_value(), observer,
                interest_options(query, wanted));
}

namespace {

// The number stands behind the captures.
Matched counted_match(const Value& told) {
  Matched result;
  Builder captures;
  captures.begin_sequence();
  std::size_t left = told.view().element_count();
  for (const ValueView element : told.view().elements()) {
    if (--left == 0) {
      result.count = element.as_uint64().value_or(0);
    } else {
      captures.value(element);
    }
  }
  result.captures = captures.end().finish().value();
  return result;
}

}  // namespace

Matched matched(const Query& query, const Value& told) {
  if (query.counts && told.view().kind() == Kind::sequence) return counted_match(told);
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

Change change_of(const Query& query, Change::Kind kind, const Value& told) {
  // Messages are not counted: each is told.
  const bool is_plain = query.counts && kind == Change::Kind::message;
  Matched match = is_plain ? Matched{{}, told} : matched(query, told);
  Change change;
  change.kind = kind;
  change.captures = std::move(match.captures);
  change.fact = std::move(match.fact);
  change.count = match.count;
  return change;
}

}  // namespace avow
