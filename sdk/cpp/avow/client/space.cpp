#include "avow/client/space.hpp"

#include <utility>

#include "avow/client/client.hpp"
#include "avow/client/core.hpp"
#include "avow/wire/base64.hpp"

namespace avow {
namespace {

const Error client_gone{"closed", "The client is gone."};

}  // namespace

Publication Space::publish(Value fact) {
  const std::shared_ptr<Core> core = core_.lock();
  if (core == nullptr) return {};
  const ClientId id = core->fresh_id();
  core->submit({Part::Publish{id, std::move(fact)}});
  return Publication(core, id);
}

void Space::send(Value message, OnReceipt then) {
  const std::shared_ptr<Core> core = core_.lock();
  if (core == nullptr) {
    if (then) then(client_gone);
    return;
  }
  Core::Gathering turn(*core);
  core->submit({Part::Send{std::move(message)}});
  if (then) turn.add_ticket(core->ticket(std::move(then)));
}

void Space::turn(const std::function<void(Turn&)>& edit, OnReceipt then) {
  const std::shared_ptr<Core> core = core_.lock();
  if (core == nullptr) {
    if (then) then(client_gone);
    return;
  }
  Core::Gathering gathering(*core);
  gathering.keep_whole();
  Turn turn(*core);
  edit(turn);
  if (then) gathering.add_ticket(core->ticket(std::move(then)));
}

Subscription Space::subscribe(Query query, OnChange on_change) {
  const std::shared_ptr<Core> core = core_.lock();
  if (core == nullptr) return {};
  return Subscription(core->listen(std::move(query), std::move(on_change)));
}

void Space::commit(Commit commit, OnCommitted then) {
  if (const std::shared_ptr<Core> core = core_.lock()) {
    core->commit(std::move(commit), std::move(then));
  } else if (then) {
    then(client_gone);
  }
}

void Space::put(Value fact, OnCommitted then) { commit(Commit().put(fact), std::move(then)); }
void Space::drop(Value fact, OnCommitted then) { commit(Commit().drop(fact), std::move(then)); }
void Space::slot(Value key, Value fact, OnCommitted then) {
  commit(Commit().slot(key, fact), std::move(then));
}

void Space::take(const Query& query, Milliseconds wait, OnItem then) {
  commit(Commit().take(query).wait(wait), [then = std::move(then)](Result<Committed> done) {
    if (done.has_value() && !done->items.empty()) return then(std::optional(done->items.front()));
    if (done.has_value() || done.error().code == "empty") return then(std::optional<Item>());
    then(done.error());
  });
}

void Space::lease(Milliseconds ttl, OnLease then, OnExpired expired) {
  if (const std::shared_ptr<Core> core = core_.lock()) {
    core->lease(ttl, std::move(then), std::move(expired));
  } else if (then) {
    then(client_gone);
  }
}

LastTurn Space::last_turn(Commit commit, LastTurnOptions options, OnKept then) {
  const std::shared_ptr<Core> core = core_.lock();
  if (core == nullptr) {
    if (then) then(client_gone);
    return {};
  }
  return LastTurn(core, core->last_turn(std::move(commit), std::move(options), std::move(then)));
}

void LastTurn::forget() noexcept {
  const std::uint64_t id = std::exchange(id_, 0);
  if (id == 0) return;
  if (const std::shared_ptr<Core> core = core_.lock()) core->forget_last_turn(id);
}

void Space::query(Query query, OnRows then) {
  if (const std::shared_ptr<Core> core = core_.lock()) {
    core->query(std::move(query), std::move(then));
  } else {
    then(client_gone);
  }
}

void Space::sync(std::function<void(const Result<std::uint64_t>&)> then) {
  if (const std::shared_ptr<Core> core = core_.lock()) {
    core->sync(std::move(then));
  } else {
    then(client_gone);
  }
}

LinkState Space::link() const {
  if (const std::shared_ptr<Core> core = core_.lock()) return core->link();
  return {.phase = LinkState::Phase::ended, .why = client_gone};
}

Subscription Space::on_link(OnLink on_link) {
  const std::shared_ptr<Core> core = core_.lock();
  if (core == nullptr) return {};
  return Subscription(core->listen_to_link(std::move(on_link)));
}

ServerInfo Space::server() const {
  const std::shared_ptr<Core> core = core_.lock();
  return core == nullptr ? ServerInfo() : core->server();
}

std::string Space::resume_token() const {
  const std::shared_ptr<Core> core = core_.lock();
  std::string text;
  if (core != nullptr) wire::append_base64(text, core->resume_token());
  return text;
}

Publication Turn::publish(Value fact) {
  const ClientId id = core_.fresh_id();
  core_.submit({Part::Publish{id, std::move(fact)}});
  return Publication(core_.weak_from_this(), id);
}

Turn& Turn::retract(Publication& publication) {
  publication.retract();
  return *this;
}

Turn& Turn::send(Value message) {
  core_.submit({Part::Send{std::move(message)}});
  return *this;
}

void Publication::retract() noexcept {
  const ClientId id = std::exchange(id_, 0);
  if (id == 0) return;
  if (const std::shared_ptr<Core> core = core_.lock()) core->submit({Part::Retract{id}});
}

void Publication::accepted(OnReceipt then) const {
  const std::shared_ptr<Core> core = core_.lock();
  if (core == nullptr || id_ == 0) {
    then(client_gone);
  } else {
    core->accepted(id_, std::move(then));
  }
}

void Subscription::stop() noexcept {
  if (const std::shared_ptr<Listening> listening = std::exchange(listening_, nullptr)) {
    listening->stop();
  }
}

bool Subscription::is_synced() const { return listening_ != nullptr && listening_->is_synced(); }

void Subscription::synced(std::function<void(const Result<std::uint64_t>&)> then) const {
  if (listening_ == nullptr) {
    then(client_gone);
  } else {
    listening_->synced(std::move(then));
  }
}

void Client::close(std::function<void()> then) noexcept {
  if (core_ != nullptr) {
    core_->close(std::move(then));
  } else if (then) {
    then();
  }
}

}  // namespace avow
