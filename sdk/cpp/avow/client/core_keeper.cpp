#include <algorithm>
#include <utility>

#include "avow/base/epoch.hpp"
#include "avow/client/commit_words.hpp"
#include "avow/client/core.hpp"

// What a client asks of the keeper of its space: commits, items that are held, leases.

namespace avow {
namespace {

namespace keeper = wire::keeper;
using AfterLoss = KeeperRequest::AfterLoss;

KeeperRequest commit_request(Value operations, const keeper::CommitOptions& options,
                             AfterLoss after_loss) {
  return {.label = "commit",
          .fields = {std::move(operations), keeper::to_value(options)},
          .after_loss = after_loss};
}

Error with_turn_id(Error error, const std::optional<TurnId>& id) {
  if (error.code == "outcome-unknown" && id)
    error.detail += " Its turn id is " + to_text(*id) + ".";
  return error;
}

}  // namespace

// On the host's thread. `then` is called for every answer of a request that stays, and once for any
// other.
ClientId Core::ask_keeper(KeeperRequest request, OnKeeperAnswer then) {
  const ClientId id = fresh_id();
  ask_keeper_as(id, std::move(request), std::move(then));
  return id;
}

void Core::ask_keeper_as(ClientId id, KeeperRequest request, OnKeeperAnswer then) {
  if (phase_ == Phase::closing || phase_ == Phase::ended) {
    return then(ended_why_);
  }
  kept_.emplace(id, Kept{std::move(then), request.stays});
  take(relay_.ask_keeper(id, std::move(request)));
  flush_soon();
}

void Core::answer_kept(const Notice::Kept& notice) {
  const auto found = kept_.find(notice.request);
  if (found == kept_.end()) return;
  const bool goes_on =
      found->second.stays && notice.answer && notice.answer->view().is_record("ok");
  const OnKeeperAnswer then = found->second.then;
  if (!goes_on) kept_.erase(found);
  then(notice.answer);
}

// ---- commits --------------------------------------------------------------------------------

TurnId Core::fresh_turn_id() {
  if (last_turn_number_ == 0) {
    for (const std::size_t half : {0U, 8U}) {
      const std::uint64_t random = host_->random();
      for (std::size_t byte = 0; byte < 8; ++byte) {
        own_id_[half + byte] = static_cast<std::uint8_t>(random >> (8 * byte));
      }
    }
  }
  return {own_id_, ++last_turn_number_};
}

void Core::commit(Commit commit, OnCommitted then) {
  post([self = this, commit = std::move(commit), then = std::move(then)]() mutable {
    self->do_commit(std::move(commit), std::move(then));
  });
}

void Core::do_commit(Commit commit, OnCommitted then) {
  Commit::Words& words = *commit.words_;
  if (words.error) return answer_commit(then, *words.error);
  keeper::CommitOptions& options = words.options;
  // What only takes changes nothing that lasts: the session's end undoes it.
  const bool has_name = options.turn_id || !words.only_takes;
  if (has_name && !options.turn_id) options.turn_id = fresh_turn_id();
  KeeperRequest request = commit_request(words.operations.finish(), options,
                                         has_name ? AfterLoss::ask_by_name : AfterLoss::ask_again);
  for (const std::shared_ptr<HeldItem>& item : words.acknowledged) {
    // Two connections cannot hold at once, so the request cannot be made: it is refused below.
    const bool differs = request.connection && *request.connection != item->connection();
    request.connection = differs ? 0 : item->connection();
  }
  auto answered = [self = this, then = std::move(then), turn_id = options.turn_id,
                   consumes = options.ack,
                   acknowledged = std::move(words.acknowledged)](const Result<Value>& answer) {
    Result<Committed> committed = self->read_committed(answer, consumes);
    if (!committed.has_value()) {
      return self->answer_commit(then, with_turn_id(committed.error(), turn_id));
    }
    for (const std::shared_ptr<HeldItem>& item : acknowledged) item->settle();
    committed->turn_id = turn_id;
    self->answer_commit(then, std::move(committed));
  };
  (void)ask_keeper(std::move(request), std::move(answered));
}

Result<Committed> Core::read_committed(const Result<Value>& answer, bool consumes) {
  if (!answer.has_value()) return answer.error();
  AVOW_TRY(keeper::Committed told, keeper::read_committed(*answer));
  Committed committed;
  committed.revision = told.revision;
  committed.sequence = told.seq;
  committed.epoch = epoch_text(told.epoch);
  committed.level = told.level;
  committed.replayed = told.replayed;
  for (const Value& result : told.results) {
    const std::optional<keeper::TakenItem> taken = keeper::read_taken(result);
    if (!taken) continue;
    const bool is_held =
        !consumes && !taken->acked &&
        std::find(told.not_held.begin(), told.not_held.end(), taken->id) == told.not_held.end();
    committed.items.emplace_back(std::make_shared<HeldItem>(
        weak_from_this(), taken->id, Value(taken->value), is_held ? relay_.session() : 0));
  }
  committed.results = std::move(told.results);
  return committed;
}

void Core::answer_commit(const OnCommitted& then, Result<Committed> outcome) {
  if (then) {
    call_back(*this, then, std::move(outcome));
  } else if (!outcome.has_value() && outcome.error().code != "closed") {
    report(outcome.error());
  }
}

// The keeper has no word for giving back: the item ends, and an equal one comes, in one turn.
void Core::give_back(const HeldItem& item) {
  keeper::Operations operations;
  operations.ack(item.id());
  operations.item(item.value());
  KeeperRequest request = commit_request(operations.finish(), {}, AfterLoss::forget);
  request.connection = item.connection();
  post([self = this, request = std::move(request)]() mutable {
    // Whatever goes wrong, it is not held any more: the link is gone.
    (void)self->ask_keeper(std::move(request), [](const Result<Value>&) {});
  });
}

// ---- leases ---------------------------------------------------------------------------------

void Core::lease(Milliseconds ttl, OnLease then, OnExpired expired) {
  post([self = this, ttl, then = std::move(then), expired = std::move(expired)]() mutable {
    self->do_lease(ttl, std::move(then), std::move(expired));
  });
}

void Core::do_lease(Milliseconds ttl, OnLease then, OnExpired expired) {
  Builder detail;
  detail.begin_dictionary().symbol("ttl").integer(static_cast<std::int64_t>(ttl.count())).end();
  KeeperRequest request{.label = "lease",
                        .fields = {detail.finish().value()},
                        .after_loss = AfterLoss::ask_again,
                        .stays = true};
  // The id is only known once it has been asked for, and an answer may come at once.
  auto id = std::make_shared<ClientId>(0);
  auto answered = [self = this, id, ttl, then = std::move(then),
                   expired = std::move(expired)](const Result<Value>& answer) {
    if (self->leases_.contains(*id)) {
      const auto end = answer ? keeper::read_lease_end(*answer) : std::nullopt;
      if (end) self->expire(*id, end->revision);
      return;
    }
    const Result<keeper::Leased> begun =
        answer ? keeper::read_leased(*answer) : Result<keeper::Leased>(answer.error());
    if (!begun.has_value()) return call_back(*self, then, Result<Lease>(begun.error()));
    self->leases_.emplace(*id, Leased{.number = begun->id, .ttl = ttl, .expired = expired});
    self->renew_later(*id);
    call_back(*self, then, Result<Lease>(Lease(self->weak_from_this(), *id, begun->id)));
  };
  *id = ask_keeper(std::move(request), std::move(answered));
}

void Core::renew_later(ClientId id) {
  Leased& lease = leases_.at(id);
  lease.timer =
      host_->after(std::max(lease.ttl / 3, Milliseconds(1)), [weak = weak_from_this(), id] {
        const std::shared_ptr<Core> self = weak.lock();
        if (self == nullptr || !self->leases_.contains(id)) return;
        self->renew(id);
        self->renew_later(id);
      });
}

void Core::renew(ClientId id) {
  Leased& lease = leases_.at(id);
  if (phase_ != Phase::up || std::exchange(lease.renewing, true)) return;
  keeper::Operations operations;
  operations.renew(lease.number);
  auto answered = [self = this, id](const Result<Value>& answer) {
    const auto found = self->leases_.find(id);
    if (found == self->leases_.end()) return;
    found->second.renewing = false;
    const Result<keeper::Committed> renewed =
        answer ? keeper::read_committed(*answer) : Result<keeper::Committed>(answer.error());
    if (renewed) return;
    if (renewed.error().code == "unknown-lease") return self->expire(id, 0);
    // A lost link is tried again as soon as there is another.
    if (renewed.error().code != "link-lost") self->report(renewed.error());
  };
  (void)ask_keeper(commit_request(operations.finish(), {}, AfterLoss::forget), std::move(answered));
}

void Core::renew_all() {
  std::vector<ClientId> all;
  for (const auto& [id, lease] : leases_) all.push_back(id);
  for (const ClientId id : all) renew(id);
}

void Core::expire(ClientId id, std::uint64_t revision) {
  const auto lease = leases_.extract(id);
  if (lease.empty()) return;
  kept_.erase(id);
  relay_.cancel_request(id);
  call_back(*this, lease.mapped().expired, revision);
}

void Core::end_lease(ClientId id, std::uint64_t number) {
  forget_lease(id);
  post([self = this, number] {
    keeper::Operations operations;
    operations.end(number);
    auto answered = [self](const Result<Value>& answer) {
      const auto ended =
          answer ? keeper::read_committed(*answer) : Result<keeper::Committed>(answer.error());
      // It may have expired before; and without a link it does so.
      if (ended || ended.error().code == "unknown-lease" || ended.error().code == "closed") return;
      self->report(ended.error());
    };
    (void)self->ask_keeper(commit_request(operations.finish(), {}, AfterLoss::ask_again),
                           std::move(answered));
  });
}

void Core::forget_lease(ClientId id) {
  post([self = this, id] {
    self->leases_.erase(id);
    self->kept_.erase(id);
    self->relay_.cancel_request(id);
    self->flush_soon();
  });
}

void Core::fail_kept(const Error& why) {
  leases_.clear();
  take(relay_.abandon_requests(why));
}

}  // namespace avow
