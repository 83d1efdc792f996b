#include <memory>
#include <utility>

#include "avow/client/commit_words.hpp"
#include "avow/client/core.hpp"
#include "avow/client/last_turn_state.hpp"

// Last turns: what the server keeps to be done when it loses this client. They are asserted at the
// keeper, by every session anew.

namespace avow {
namespace {

namespace keeper = wire::keeper;

const Error taken_over{"withdrawn",
                       "The last turn was taken over, or made impossible, by its turn id."};

}  // namespace

std::uint64_t Core::last_turn(Commit commit, LastTurnOptions options, OnKept then) {
  const ClientId id = fresh_id();
  post([self = this, id, commit = std::move(commit), options = std::move(options),
        then = std::move(then)]() mutable {
    self->do_last_turn(id, std::move(commit), std::move(options), std::move(then));
  });
  return id;
}

void Core::do_last_turn(ClientId id, Commit commit, LastTurnOptions options, OnKept then) {
  Commit::Words& words = *commit.words_;
  auto owned = std::make_unique<LastTurnState>();
  LastTurnState& state = *owned;
  state.has_own_name = !words.options.turn_id.has_value();
  state.on_done = std::move(options.on_done);
  state.on_over = std::move(options.on_over);
  state.then = std::move(then);
  state.operations = words.operations.finish();
  state.what = std::move(words.options);
  if (options.delay.count() > 0) {
    state.what.delay_ms = static_cast<std::uint64_t>(options.delay.count());
  }
  const std::optional<Error> wrong = words.error;
  last_turns_.emplace(id, std::move(owned));
  if (wrong) return end_last_turn(id, *wrong);
  say_last_turn(id);
}

// Its name is what a session that comes after this one takes it over by.
void Core::say_last_turn(ClientId id) {
  LastTurnState& last = *last_turns_.at(id);
  if (last.has_own_name) last.what.turn_id = fresh_turn_id();
  KeeperRequest request{.label = "last-turn",
                        .fields = {last.operations, keeper::to_value(last.what)},
                        .after_loss = KeeperRequest::AfterLoss::say_again,
                        .stays = true};
  last.request = fresh_id();
  ask_keeper_as(last.request, std::move(request), [self = this, id](const Result<Value>& answer) {
    self->last_turn_answered(id, answer);
  });
}

void Core::last_turn_answered(ClientId id, const Result<Value>& answer) {
  const auto found = last_turns_.find(id);
  if (found == last_turns_.end()) return;
  if (!answer.has_value()) return end_last_turn(id, answer.error());
  if (keeper::read_withdrawn(*answer)) return end_last_turn(id, taken_over);
  LastTurnState& last = *found->second;
  const Result<keeper::Done> kept = keeper::read_done(*answer);
  if (kept.has_value()) {
    const OnKept then = std::exchange(last.then, {});
    return call_back(*this, then, Result<void>());
  }
  // Whoever was never told that it stands may have given it the name of another turn.
  const bool is_done = kept.error().code == "already-done" && (last.has_own_name || !last.then);
  if (!is_done) return end_last_turn(id, kept.error());
  const std::function<void()> on_done = last.on_done;
  if (last.has_own_name) {
    say_last_turn(id);
  } else {
    last_turns_.erase(found);
  }
  call_back(*this, on_done);
}

void Core::end_last_turn(ClientId id, const Error& why) {
  const auto ended = last_turns_.extract(id);
  if (ended.empty()) return;
  const LastTurnState& last = *ended.mapped();
  if (last.then) return call_back(*this, last.then, Result<void>(why));
  if (why.code == "closed") return;  // By the program itself, which knows.
  if (last.on_over) return call_back(*this, last.on_over, why);
  report(why);
}

void Core::forget_last_turn(ClientId id) {
  post([self = this, id] {
    const auto ended = self->last_turns_.extract(id);
    if (ended.empty()) return;
    self->kept_.erase(ended.mapped()->request);
    self->relay_.cancel_request(ended.mapped()->request);
    self->flush_soon();
  });
}

}  // namespace avow
