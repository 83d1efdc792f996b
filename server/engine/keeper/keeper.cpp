#include "server/engine/keeper/keeper.hpp"

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "avow/base/check.hpp"
#include "avow/model/builder.hpp"
#include "server/engine/keeper/keepers.hpp"
#include "server/engine/turn_journal.hpp"

namespace avow::server {
namespace {

// Rows are asserted in records of about this size, so that each fits into a frame of any encoding.
constexpr std::size_t rows_bytes_of_chunk = 256 << 10;

/// The reference to which a request is to be answered: the last of its fields.
std::optional<ReferenceId> reply_of(ValueView request) {
  if (request.kind() != Kind::record) return std::nullopt;
  const Elements fields = request.elements();
  if (fields.empty()) return std::nullopt;
  auto last = fields.begin();
  for (auto next = std::next(last); next != fields.end(); ++next) last = next;
  return (*last).as_reference();
}

Result<std::vector<Interest>> read_query(ValueView request, const EngineLimits& limits) {
  const std::optional<ValueView> patterns = request.element(0);
  const std::optional<ValueView> options = request.element(1);
  if (request.element_count() != 3 || patterns->kind() != Kind::sequence ||
      options->kind() != Kind::dictionary) {
    return bad_request("A query is <query [pattern …] {options} #:reply>.");
  }
  const std::optional<ValueView> whole_option = options->entry("whole");
  const bool whole = whole_option && whole_option->as_boolean().value_or(false);
  if (options->element_count() != (whole_option ? 2U : 0U)) {
    return Error{"unsupported", "The only option of a query is `whole`, which is true or false."};
  }
  std::vector<Interest> all;
  for (const ValueView wire : patterns->elements()) {
    if (all.size() == limits.query_patterns_max) {
      return Error{"limit", "A query has at most " + std::to_string(limits.query_patterns_max) +
                                " patterns."};
    }
    Interest interest;
    AVOW_TRY(interest.pattern, Pattern::parse(wire, limits.pattern));
    if (whole) interest.pattern = capturing_whole(interest.pattern);
    all.push_back(std::move(interest));
  }
  return all;
}

}  // namespace

Keeper::Keeper(Keepers& all, ReferenceTable& references, Space& space, Reference& space_reference)
    : all_(all),
      references_(references),
      space_(space),
      space_reference_(space_reference),
      kept_(space) {
  references_.retain(space_reference_);
}

Keeper::~Keeper() {
  if (references_.is_closing()) return;
  space_.set_keeper(nullptr);
  all_.ended(space_.id());
  references_.release(space_reference_);
}

void Keeper::hold_itself() {
  const bool keeps = !kept_.empty();
  if (keeps == std::exchange(holds_itself_, keeps)) return;
  if (keeps) {
    references_.retain(*self_);
  } else {
    references_.release(*self_);
  }
}

FactId Keeper::advertise(TurnRun& run) {
  references_.retain(*self_);
  return space_.keep(run, record("avow-service", Value::symbol("keeper"), self_->id));
}

void Keeper::withdraw(TurnRun& run, FactId advert) {
  space_.let_go(run, advert, Cause::retracted);
  references_.release(*self_);
}

// ---- requests -------------------------------------------------------------------------------

AssertionToken Keeper::publish(TurnRun& run, const Admitted& assertion) {
  const ValueView request = assertion.body();
  const std::optional<ReferenceId> reply = reply_of(request);
  if (!reply) return {};
  Request asked;
  asked.reply = &references_.at(*reply);
  const ClientSession* const by = asker(run);
  if (by != nullptr) asked.by = by->id;
  const std::uint32_t place = requests_.add(std::move(asked));
  run.wait_for(space_.durable_seq());  // Every answer tells something of how things are.
  if (by == nullptr) {
    refuse(run, place,
           {"stopped",
            "Only a session that holds the space itself, without caveats, may ask its "
            "keeper."});
  } else {
    ask(run, place, request);
  }
  return AssertionToken{std::uint64_t{place} + 1};
}

// Whoever sees the fact that tells of the keeper may hold no more than a part of the space; and
// what an observer of somebody sets off is not asked for by whoever set it off.
const ClientSession* Keeper::asker(const TurnRun& run) const {
  const ClientSession* const by = run.hops() == 0 ? run.by() : nullptr;
  return by != nullptr && by->membrane.exports(space_reference_) ? by : nullptr;
}

void Keeper::ask(TurnRun& run, std::uint32_t place, ValueView request) {
  if (request.is_record("commit")) return ask_commit(run, place, request);
  if (request.is_record("lease")) return ask_lease(run, place, request);
  if (request.is_record("query")) return ask_query(run, place, request);
  if (request.is_record("last-turn")) return ask_last_turn(run, place, request);
  refuse(run, place,
         {"unsupported", "A keeper knows <commit …>, <lease …>, <query …> and <last-turn …>."});
}

void Keeper::retract(TurnRun& run, AssertionToken token, Cause cause) {
  if (token == AssertionToken{}) return;
  const auto place = static_cast<std::uint32_t>(static_cast<std::uint64_t>(token) - 1);
  leave_line(requests_[place]);
  for (Unanswered& of : unanswered_) {
    if (of.place == place) of.place.reset();
  }
  const Request request = requests_.take(place);
  if (request.lease != 0) lease_requests_.erase(request.lease);
  if (request.last_turn != 0) let_last_turn_go(run, request.last_turn, cause);
  for (const EchoId echo : request.answers) run.parts().echoes.retract(run, echo, cause);
}

void Keeper::ask_lease(TurnRun& run, std::uint32_t place, ValueView request) {
  const EngineLimits& limits = all_.limits();
  const std::optional<ValueView> options = request.element(0);
  const std::optional<ValueView> ttl =
      options->kind() == Kind::dictionary ? options->entry("ttl") : std::nullopt;
  if (request.element_count() != 2 || !ttl) {
    return refuse(run, place, bad_request("A lease is <lease {ttl: milliseconds} #:reply>."));
  }
  if (options->element_count() != 2) {
    return refuse(run, place, {"unsupported", "The only option of a lease is `ttl`."});
  }
  const Result<Milliseconds> read =
      read_milliseconds(*ttl, "The ttl", limits.lease_ttl_min, limits.lease_ttl_max);
  if (!read) return refuse(run, place, read.error());
  if (const Result<void> good = all_.check_writable(); !good) {
    return refuse(run, place, good.error());
  }
  if (kept_.bytes() + Kept::lease_bytes > limits.space_durable_bytes_max) {
    return refuse(run, place, {"quota", "The space keeps too much already; drop some first."});
  }
  begin_lease(run, place, *read);
}

void Keeper::begin_lease(TurnRun& run, std::uint32_t place, Milliseconds ttl) {
  const std::uint64_t id = all_.next_id();
  kept_.add_lease(run, id, ttl, ttl);
  begin_lease_clock(id, ttl);
  hold_itself();
  requests_[place].lease = id;
  lease_requests_.emplace(id, place);
  const Level level = all_.level_in(space_, Level::durable);
  if (level == Level::durable) run.parts().journal.promise();
  answer(run, place, lease_answer(id, done_at(run, level)));
}

void Keeper::ask_query(TurnRun& run, std::uint32_t place, ValueView request) {
  Result<std::vector<Interest>> patterns = read_query(request, all_.limits());
  if (!patterns) return refuse(run, place, patterns.error());
  Unanswered query;
  query.kind = Unanswered::Kind::query;
  query.place = place;
  query.patterns = std::move(patterns).value();
  answer_later(run, std::move(query));
}

// ---- answers --------------------------------------------------------------------------------

void Keeper::answer(TurnRun& run, std::uint32_t place, Value body) {
  Request& request = requests_[place];
  request.answers.push_back(run.parts().echoes.publish(run, *request.reply, std::move(body)));
}

void Keeper::refuse(TurnRun& run, std::uint32_t place, const Error& error) {
  answer(run, place, error_answer(error));
}

DoneAt Keeper::done_at(TurnRun& run, Level level) const {
  return {space_.revision(), run.turn().seq(), all_.epoch(), level};
}

void Keeper::answer_later(TurnRun& run, Unanswered what) {
  unanswered_.push_back(std::move(what));
  run.when_settled(*this);
}

// Called once for each that is to be answered, in the order in which they were asked.
void Keeper::settled(TurnRun& run) {
  Unanswered of = std::move(unanswered_.front());
  unanswered_.pop_front();
  switch (of.kind) {
    case Unanswered::Kind::commit:
      return answer_commit(run, std::move(of));
    case Unanswered::Kind::replay:
      return answer_replay(run, of);
    case Unanswered::Kind::query:
      return answer_query(run, of);
  }
}

void Keeper::answer_commit(TurnRun& run, Unanswered of) {
  for (OpResult& result : of.results) {
    if (result.kind == OpResult::Kind::sent) {
      result.number = space_.reached(static_cast<std::uint32_t>(result.number));
    }
  }
  const DoneAt at = done_at(run, of.level);
  Value told = commit_answer(at, of.results);
  if (of.identity) {
    all_.outcomes().set_answer(*of.identity, told, at.revision);
    const ByteView bytes = told.bytes();
    run.parts().journal.add_outcome({StoredOutcome::Kind::committed,
                                     *of.identity,
                                     at.seq,
                                     all_.wall_ms(),
                                     {bytes.begin(), bytes.end()}});
  }
  if (of.place) answer(run, *of.place, std::move(told));
}

void Keeper::answer_replay(TurnRun& run, const Unanswered& of) {
  if (!of.place) return;
  const Outcome& known = *all_.outcomes().find(*of.identity);
  std::vector<std::uint64_t> not_held;
  for (const std::uint64_t id : items_taken(known.answer)) {
    const Items::Item* const item = kept_.items().find(id);
    if (item == nullptr || item->holder != requests_[*of.place].by) not_held.push_back(id);
  }
  answer(run, *of.place, replayed_answer(known.answer, not_held));
}

void Keeper::answer_query(TurnRun& run, const Unanswered& of) {
  if (!of.place) return;
  std::size_t bytes = 0;
  Builder rows;
  std::size_t bytes_of_chunk = 0;
  const auto end_chunk = [&] {
    if (std::exchange(bytes_of_chunk, 0) == 0) return;
    answer(run, *of.place, rows.end().end().finish().value());
  };
  for (std::size_t i = 0; i < of.patterns.size(); ++i) {
    space_.dataspace().query(of.patterns[i], [&](ByteView captures) {
      if (bytes_of_chunk >= rows_bytes_of_chunk) end_chunk();
      if (bytes_of_chunk == 0) rows.begin_record("rows").begin_sequence();
      rows.begin_sequence().integer(std::uint64_t{i}).value(ValueView(captures)).end();
      bytes_of_chunk += captures.size() + 1;
      bytes += captures.size();
      return bytes <= all_.limits().query_bytes_max;
    });
  }
  end_chunk();
  if (bytes > all_.limits().query_bytes_max) {
    return refuse(
        run, *of.place,
        {"limit", "The rows would be larger than " + std::to_string(all_.limits().query_bytes_max) +
                      " bytes, and those that came are not all; ask for less at a time."});
  }
  const Level level = all_.level_in(space_, Level::durable);
  if (level == Level::durable) run.wait_for(space_.written_seq());
  answer(run, *of.place, done_answer(done_at(run, level)));
}

}  // namespace avow::server
