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
Error why_no_interest(ValueView observe, const PatternLimits& limits) {
  const Result<Pattern> pattern = Pattern::parse(*observe.element(0), limits);
  if (!pattern) return pattern.error();
  return Error{"bad-pattern", "The query's options are no dictionary."};
}

}  // namespace

Queries::Asked Queries::read(ClientSession& session, const Query& query) {
  Asked asked;
  const Result<void> done = read_into(asked, session, query);
  if (!done) asked.error = done.error();
  return asked;
}

Result<void> Queries::read_into(Asked& asked, ClientSession& session, const Query& query) {
  const Export* const target = session.membrane.find_export(query.target);
  if (target != nullptr) asked.space = target->reference->entity->as_space();
  if (target == nullptr || asked.space == nullptr) {
    return Error{"unknown-reference", "Only a reference to a space can be asked."};
  }
  if (query.told_through > asked.space->revision()) {
    return asked.space->not_reached(query.told_through);
  }
  if (query.patterns.size() > limits_.query_patterns_max) {
    return Error{"limit", "A query has at most " + std::to_string(limits_.query_patterns_max) +
                              " patterns."};
  }
  AVOW_CHECK(query.options.empty() || query.options.size() == query.patterns.size());
  Reference& by = *target->reference;
  for (std::uint32_t at = 0; at < query.patterns.size(); ++at) {
    AVOW_TRY(std::optional<Interest> interest, read_pattern(session, by, query, at));
    if (!interest) continue;
    asked.interests.push_back(*std::move(interest));
    asked.patterns.push_back(at);
  }
  return {};
}

Result<std::optional<Interest>> Queries::read_pattern(ClientSession& session, Reference& by,
                                                      const Query& query, std::uint32_t pattern) {
  AVOW_TRY(Value asked, observe(session, query, pattern));
  const std::optional<Admitted> admitted = admit(references_, by, std::move(asked));
  if (!admitted) return std::optional<Interest>();
  ParsedInterest parsed = parse_interest(admitted->body(), limits_.pattern);
  if (parsed.interest && parsed.interest->tally) {
    return Error{"unsupported", "A query does not know `count` and `others`: observe instead."};
  }
  if (parsed.interest) return std::move(parsed.interest);
  if (parsed.failure) return parsed.failure->error;
  // What the caveats have made of it is nobody's business.
  if (!by.is_plain()) return std::optional<Interest>();
  return why_no_interest(admitted->body(), limits_.pattern);
}

// All are asked: each of them says what directories are worth.
bool Queries::takes_long(const Asked& asked) {
  if (asked.error) return false;
  bool takes_long = false;
  for (const Interest& interest : asked.interests) {
    takes_long = asked.space->dataspace().takes_long(interest) || takes_long;
  }
  return takes_long;
}

QueryAnswer Queries::answer(ClientSession& session, Ticket ticket, const Asked& asked,
                            std::uint64_t seq) {
  QueryAnswer answer;
  answer.ticket = ticket;
  answer.seq = seq;
  if (asked.space != nullptr) answer.at = {asked.space->id(), asked.space->revision()};
  if (asked.error) {
    answer.error = asked.error;
    return answer;
  }
  Pins pins;
  Result<void> done;
  for (std::size_t i = 0; done && i < asked.interests.size(); ++i) {
    asked.space->dataspace().query(asked.interests[i], [&](ByteView captures) {
      done = add_row(session, asked.patterns[i], captures, answer, pins);
      return done.has_value();
    });
  }
  if (!done) {
    session.membrane.unpin(pins);
    answer.rows.clear();
    answer.bytes.clear();
    answer.error = std::move(done).error();
  } else if (!pins.empty()) {
    Pins& kept = session.row_pins[static_cast<std::uint64_t>(ticket)];
    kept.insert(kept.end(), pins.begin(), pins.end());
  }
  return answer;
}

// The request in the form that passes caveats: as an Observe. Nobody is told of it.
Result<Value> Queries::observe(ClientSession& session, const Query& query,
                               std::uint32_t pattern) const {
  Value asked = query.patterns[pattern];
  AVOW_TRY_VOID(session.membrane.read_message(asked));
  if (query.options.empty() || !query.options[pattern]) {
    return record("Observe", asked, nobody_.id);
  }
  Value options = *query.options[pattern];
  AVOW_TRY_VOID(session.membrane.read_message(options));
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
