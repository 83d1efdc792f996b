#include "avow/client/core.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "avow/client/last_turn_state.hpp"

namespace avow {
namespace {

// No server allows more, by far.
constexpr Milliseconds grace_max = std::chrono::hours(24);
// A reaction larger than this becomes several turns, so that it meets no limit of the server.
constexpr std::size_t split_parts = 4'096;
constexpr std::size_t split_bytes = 256 << 10;

std::size_t bytes_of(const Part& part) {
  if (const auto* publish = std::get_if<Part::Publish>(&part.what)) {
    return publish->fact.bytes().size();
  }
  const auto* send = std::get_if<Part::Send>(&part.what);
  return send == nullptr ? 0 : send->message.bytes().size();
}

}  // namespace

// Which turn this thread is gathering, if any. A thread that is inside a callback, or inside the
// stop of a facet, says so here: there is no other way to tell its calls from those of others.
thread_local Core::Gathering* Core::gathering_ = nullptr;

Core::Gathering::Gathering(Core& core)
    : core_(core),
      outer_(gathering_),
      outermost_(core.gathering_here() == nullptr ? this : core.gathering_here()) {
  gathering_ = this;
}

Core::Gathering::~Gathering() {
  gathering_ = outer_;
  if (outermost_ != this) return;
  if (!request_.parts.empty() || !request_.tickets.empty()) core_.enqueue(std::move(request_));
  for (std::function<void()>& job : after_) core_.post(std::move(job));
}

Core::Gathering* Core::gathering_here() const {
  for (Gathering* at = gathering_; at != nullptr; at = at->outer_) {
    if (&at->core_ == this) return at->outermost_;
  }
  return nullptr;
}

Core::Core(Options options, std::unique_ptr<Host> host)
    : options_(std::move(options)),
      host_(std::move(host)),
      relay_("avow-cpp", std::clamp(options_.grace, Milliseconds{0}, grace_max)) {}

Core::~Core() = default;

void Core::post(std::function<void()> job) {
  if (Gathering* gathering = gathering_here()) {
    gathering->after_.push_back(std::move(job));
  } else {
    host_->post([self = shared_from_this(), job = std::move(job)] { job(); });
  }
}

void Core::submit(Part part) {
  if (Gathering* gathering = gathering_here()) {
    gathering->request_.parts.push_back(std::move(part));
  } else {
    TurnRequest request;
    request.parts.push_back(std::move(part));
    enqueue(std::move(request));
  }
}

void Core::enqueue(TurnRequest request) {
  host_->post([self = shared_from_this(), request = std::move(request)]() mutable {
    self->do_turn(std::move(request));
  });
}

void Core::do_turn(TurnRequest request) {
  if (phase_ == Phase::closing || phase_ == Phase::ended) return refuse(request);
  if (!request.may_split) return do_part_of_turn(std::move(request));
  TurnRequest piece;
  std::size_t bytes = 0;
  for (Part& part : request.parts) {
    bytes += bytes_of(part);
    piece.parts.push_back(std::move(part));
    if (piece.parts.size() < split_parts && bytes < split_bytes) continue;
    do_part_of_turn(std::exchange(piece, {}));
    bytes = 0;
  }
  piece.tickets = std::move(request.tickets);
  if (!piece.parts.empty() || !piece.tickets.empty()) do_part_of_turn(std::move(piece));
}

void Core::do_part_of_turn(TurnRequest request) {
  for (const Part& part : request.parts) {
    if (const auto* publish = std::get_if<Part::Publish>(&part.what)) {
      publications_.emplace(publish->id, PublicationState{});
    } else if (const auto* retract = std::get_if<Part::Retract>(&part.what)) {
      const auto found = publications_.find(retract->id);
      if (found == publications_.end()) continue;
      settle(retract->id, Error{"retracted", "It was retracted before the server had taken it."});
      publications_.erase(retract->id);
    }
  }
  take(relay_.submit(std::move(request)));
  flush_soon();
}

// The link has ended for good.
void Core::refuse(const TurnRequest& request) {
  for (const Part& part : request.parts) {
    if (const auto* publish = std::get_if<Part::Publish>(&part.what)) {
      publications_[publish->id].outcome = ended_why_;
    } else if (const auto* observe = std::get_if<Part::Observe>(&part.what)) {
      Change change;
      change.kind = Change::Kind::refused;
      change.error = ended_why_;
      tell(observe->id, change);
    } else if (std::holds_alternative<Part::Send>(part.what) && request.tickets.empty() &&
               ended_why_.code != "closed") {
      report(ended_why_);
    }
  }
  for (const ClientId ticket : request.tickets) {
    take(Notices{{Notice::Answered{ticket, ended_why_}}});
  }
}

ClientId Core::ticket(OnReceipt then) {
  const ClientId id = fresh_id();
  host_->post([self = shared_from_this(), id, then = std::move(then)]() mutable {
    self->tickets_.emplace(id, std::move(then));
  });
  return id;
}

void Core::accepted(ClientId publication, OnReceipt then) {
  post([self = this, publication, then = std::move(then)] {
    const auto found = self->publications_.find(publication);
    if (found == self->publications_.end()) {
      call_back(*self, then, Error{"retracted", "The publication has ended."});
    } else if (found->second.outcome) {
      call_back(*self, then, *found->second.outcome);
    } else {
      found->second.waiting.push_back(then);
    }
  });
}

std::shared_ptr<Listening> Core::listen(Query query, OnChange on_change) {
  const ClientId id = fresh_id();
  auto listening = std::make_shared<Listening>(weak_from_this(), id, std::move(on_change));
  {
    const std::lock_guard guard(mutex_);
    if (!is_closed_) listenings_.emplace(id, listening);
  }
  if (!this->listening(id)) {
    listening->stop();
  } else {
    submit({Part::Observe{id, std::move(query)}});
  }
  return listening;
}

std::shared_ptr<Listening> Core::listen_to_link(OnLink on_link) {
  const ClientId id = fresh_id();
  auto listening =
      std::make_shared<Listening>(weak_from_this(), id, OnChange(), std::move(on_link));
  post([self = this, listening] {
    listening->tell(self->link());
    const std::lock_guard guard(self->mutex_);
    if (!self->is_closed_) self->listenings_.emplace(listening->id(), listening);
  });
  return listening;
}

void Core::forget(ClientId id) {
  {
    const std::lock_guard guard(mutex_);
    listenings_.erase(id);
  }
  submit({Part::Unobserve{id}});
}

void Core::query(Query query, OnRows then) {
  post([self = this, query = std::move(query), then = std::move(then)]() mutable {
    if (self->phase_ == Phase::closing || self->phase_ == Phase::ended) {
      return call_back(*self, then, Result<Rows>(self->ended_why_));
    }
    const ClientId id = self->fresh_id();
    self->queries_.emplace(id, std::move(then));
    self->take(self->relay_.query(id, std::move(query)));
    self->flush_soon();
  });
}

void Core::sync(std::function<void(const Result<std::uint64_t>&)> then) {
  post([self = this, then = std::move(then)]() mutable {
    if (self->phase_ == Phase::closing || self->phase_ == Phase::ended) {
      return call_back(*self, then, Result<std::uint64_t>(self->ended_why_));
    }
    const ClientId id = self->fresh_id();
    self->syncs_.emplace(id, std::move(then));
    self->relay_.sync(id);
    self->flush_soon();
  });
}

LinkState Core::link() const {
  const std::lock_guard guard(mutex_);
  return link_;
}

ServerInfo Core::server() const {
  const std::lock_guard guard(mutex_);
  return server_;
}

Bytes Core::resume_token() const {
  const std::lock_guard guard(mutex_);
  return resume_token_;
}

std::shared_ptr<Listening> Core::listening(ClientId id) const {
  const std::lock_guard guard(mutex_);
  const auto found = listenings_.find(id);
  return found == listenings_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Listening>> Core::all_listenings() const {
  const std::lock_guard guard(mutex_);
  std::vector<std::shared_ptr<Listening>> all;
  for (const auto& [id, listening] : listenings_) all.push_back(listening);
  return all;
}

void Core::report(const Error& error) noexcept {
  if (!options_.on_error) {
    (void)std::fprintf(stderr, "avow: %s: %s\n", error.code.c_str(), error.detail.c_str());
    return;
  }
  try {
    options_.on_error(error);
  } catch (...) {
    (void)std::fputs("avow: on_error threw\n", stderr);
  }
}

void Core::take(Notices notices) {
  if (notices.empty()) return;
  const Gathering reaction(*this);
  for (Notice& notice : notices) take(notice);
}

void Core::take(Notice& notice) {
  if (auto* told = std::get_if<Notice::Told>(&notice.what)) {
    tell(told->subscription, told->change);
  } else if (auto* settled = std::get_if<Notice::Settled>(&notice.what)) {
    settle(settled->publication, settled->outcome);
  } else if (auto* answered = std::get_if<Notice::Answered>(&notice.what)) {
    if (auto ticket = tickets_.extract(answered->ticket); !ticket.empty()) {
      call_back(*this, ticket.mapped(), answered->outcome);
    }
  } else if (auto* found = std::get_if<Notice::Found>(&notice.what)) {
    if (auto query = queries_.extract(found->query); !query.empty()) {
      call_back(*this, query.mapped(), std::move(found->outcome));
    }
  } else if (auto* synced = std::get_if<Notice::Synced>(&notice.what)) {
    if (auto sync = syncs_.extract(synced->sync); !sync.empty()) {
      call_back(*this, sync.mapped(), Result<std::uint64_t>(synced->revision));
    }
  } else if (auto* kept = std::get_if<Notice::Kept>(&notice.what)) {
    answer_kept(*kept);
  } else if (auto* info = std::get_if<Notice::Opened>(&notice.what)) {
    opened(std::move(info->info), info->resumed);
  } else if (auto* refused = std::get_if<Notice::NotOpened>(&notice.what)) {
    lose({"refused", "The server does not open the space: " + refused->why.detail + " (" +
                         refused->why.code + ")"},
         refused->is_final);
  } else if (auto* over = std::get_if<Notice::Ended>(&notice.what)) {
    ended_by_server_ = std::move(over->why);
  } else if (auto* problem = std::get_if<Notice::Problem>(&notice.what)) {
    report(problem->error);
  }
}

void Core::tell(ClientId id, const Change& change) {
  const std::shared_ptr<Listening> listener = listening(id);
  if (listener != nullptr) listener->tell(change);
}

void Core::settle(ClientId publication, const Result<Receipt>& outcome) {
  const auto found = publications_.find(publication);
  if (found == publications_.end()) return;
  const bool refused = !outcome.has_value();
  if (refused && found->second.waiting.empty() && outcome.error().code != "retracted") {
    report(outcome.error());
  }
  if (!found->second.outcome || refused) found->second.outcome = outcome;
  for (const OnReceipt& then : std::exchange(found->second.waiting, {})) {
    call_back(*this, then, outcome);
  }
}

void Core::fail_all(const Error& why) {
  for (auto& [id, state] : publications_) {
    if (!state.outcome) state.outcome = why;
    for (const OnReceipt& then : std::exchange(state.waiting, {})) call_back(*this, then, why);
  }
  for (const std::shared_ptr<Listening>& listening : all_listenings()) listening->fail(why);
  for (auto& [id, then] : std::exchange(tickets_, {})) {
    call_back(*this, then, Result<Receipt>(why));
  }
  for (auto& [id, then] : std::exchange(queries_, {})) call_back(*this, then, Result<Rows>(why));
  for (auto& [id, then] : std::exchange(syncs_, {})) {
    call_back(*this, then, Result<std::uint64_t>(why));
  }
  fail_kept(why);
}

}  // namespace avow
