#include "server/engine/queries.hpp"

#include <optional>
#include <string>
#include <utility>

#include "avow/model/builder.hpp"
#include "server/engine/admission.hpp"
#include "server/engine/space.hpp"
#include "server/engine/tally.hpp"

namespace avow::server {
namespace {

// Places in an answer are 32-bit numbers.
constexpr std::size_t answer_bytes_max = std::size_t{2} << 30;

// Why a record that says Observe asks for nothing.
Result<void> why_no_interest(ValueView observe, const PatternLimits& limits) {
  const Result<Pattern> pattern = Pattern::parse(*observe.element(0), limits);
  if (!pattern) return pattern.error();
  return Error{"bad-pattern", "The query's options are no dictionary."};
}

}  // namespace

Space* Queries::space_of(ClientSession& session, const Query& query) {
  const Export* const target = session.membrane.find_export(query.target);
  return target == nullptr ? nullptr : target->reference->entity->as_space();
}

QueryAnswer Queries::answer(ClientSession& session, const Query& query, std::uint64_t seq) {
  QueryAnswer answer;
  answer.ticket = query.ticket;
  answer.seq = seq;
  const Space* const space = space_of(session, query);
  if (space == nullptr) {
    answer.error = Error{"unknown-reference", "Only a reference to a space can be asked."};
    return answer;
  }
  answer.at = {space->id(), space->revision()};
  if (query.told_through > space->revision()) {
    answer.error = space->not_reached(query.told_through);
    return answer;
  }
  Reference& by = *session.membrane.find_export(query.target)->reference;
  Pins pins;
  Result<void> done = check(query);
  for (std::uint32_t at = 0; done && at < query.patterns.size(); ++at) {
    done = answer_pattern(session, by, query, at, answer, pins);
  }
  if (!done) {
    session.membrane.unpin(pins);
    answer.rows.clear();
    answer.bytes.clear();
    answer.error = std::move(done).error();
  } else if (!pins.empty()) {
    Pins& kept = session.row_pins[static_cast<std::uint64_t>(query.ticket)];
    kept.insert(kept.end(), pins.begin(), pins.end());
  }
  return answer;
}

Result<void> Queries::check(const Query& query) const {
  if (query.patterns.size() > limits_.query_patterns_max) {
    return Error{"limit", "A query has at most " + std::to_string(limits_.query_patterns_max) +
                              " patterns."};
  }
  AVOW_CHECK(query.options.empty() || query.options.size() == query.patterns.size());
  return {};
}

Result<void> Queries::answer_pattern(ClientSession& session, Reference& by, const Query& query,
                                     std::uint32_t pattern, QueryAnswer& answer, Pins& pins) {
  AVOW_TRY(Value asked, observe(session, query, pattern));
  const std::optional<Admitted> admitted = admit(references_, by, std::move(asked));
  if (!admitted) return {};
  const ParsedInterest parsed = parse_interest(admitted->body(), limits_.pattern);
  if (parsed.interest && parsed.interest->tally) {
    return Error{"unsupported", "A query does not know `count` and `others`: observe instead."};
  }
  if (!parsed.interest) {
    if (parsed.failure) return parsed.failure->error;
    // What the caveats have made of it is nobody's business.
    if (!by.is_plain()) return {};
    return why_no_interest(admitted->body(), limits_.pattern);
  }
  Result<void> done;
  admitted->target().as_space()->dataspace().query(*parsed.interest, [&](ByteView captures) {
    done = add_row(session, pattern, captures, answer, pins);
    return done.has_value();
  });
  return done;
}

// The request in the form that passes caveats: as an Observe. Nobody is told of it.
Result<Value> Queries::observe(ClientSession& session, const Query& query,
                               std::uint32_t pattern) const {
  AVOW_TRY(const Value asked, session.membrane.read_message(query.patterns[pattern]));
  if (query.options.empty() || !query.options[pattern]) {
    return record("Observe", asked, nobody_.id);
  }
  AVOW_TRY(const Value options, session.membrane.read_message(*query.options[pattern]));
  return record("Observe", asked, nobody_.id, options);
}

Result<void> Queries::add_row(ClientSession& session, std::uint32_t pattern, ByteView captures,
                              QueryAnswer& answer, Pins& pins) {
  std::optional<Value> rewritten;
  if (contains_embedded(captures)) {
    rewritten = session.membrane.write_assertion(Value::from_canonical(captures, true), pins);
    captures = rewritten->bytes();
    if (session.membrane.is_full()) {
      return Error{"quota", "The session would hold too many references; release some first."};
    }
  }
  if (answer.bytes.size() + captures.size() > answer_bytes_max) {
    return Error{"limit", "The answer would be larger than 2 GiB; ask for less at a time."};
  }
  answer.rows.push_back({pattern, static_cast<std::uint32_t>(answer.bytes.size()),
                         static_cast<std::uint32_t>(captures.size())});
  append(answer.bytes, captures);
  return {};
}

}  // namespace avow::server
