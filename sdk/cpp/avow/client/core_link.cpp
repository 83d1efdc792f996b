#include <algorithm>
#include <utility>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/client/core.hpp"
#include "avow/model/builder.hpp"
#include "avow/model/text.hpp"

// How a client comes by its link, keeps it, and ends it.

namespace avow {
namespace {

constexpr Milliseconds closing_within{2'000};
// A link that stood for so long was a good one: the next loss is not the fault of the last attempt.
constexpr Milliseconds good_after{10'000};

}  // namespace

void Core::start(OnOpened then) {
  host_->post([self = shared_from_this(), then = std::move(then)]() mutable {
    self->on_opened_ = std::move(then);
    Result<Url> url = Url::parse(self->options_.url);
    if (!url.has_value()) return self->end(url.error());
    self->url_ = *std::move(url);
    if (self->phase_ == Phase::idle) self->attempt();
  });
}

// The reference to be opened. A token may come from a function, so it is asked anew every time.
Result<Value> Core::reference() const {
  if (!options_.token.given()) {
    if (options_.space.empty() || options_.space == "main") {
      return development_reference().to_value();
    }
    if (!is_utf8(bytes_of(options_.space))) return Error{"bad-options", "The space is not UTF-8."};
    return SturdyReference::mint({}, record("space", options_.space)).to_value();
  }
  if (!options_.space.empty()) {
    return Error{"bad-options",
                 "A token says which space it opens; leave out either the token or the space."};
  }
  std::string text;
  try {
    text = options_.token.text();
  } catch (const std::exception& thrown) {
    return Error{"token-failed", std::string("There is no token: ") + thrown.what()};
  } catch (...) {
    return Error{"token-failed", "There is no token."};
  }
  Result<Value> value = parse_text(text);
  if (!value.has_value() || !SturdyReference::parse(*value).has_value()) {
    return Error{"bad-options", "The token is no sturdy reference, <ref {oid: … sig: …}>."};
  }
  return value;
}

void Core::attempt() {
  timer_.reset();
  phase_ = Phase::connecting;
  if (!first_attempt_) first_attempt_ = host_->now();
  Result<Value> reference = this->reference();
  if (!reference.has_value()) {
    return lose(reference.error(), reference.error().code == "bad-options");
  }
  reference_ = *std::move(reference);
  ended_by_server_ = {};
  transport_ = host_->connect(url_, *this);
  timer_ = host_->after(options_.attempt_within, [weak = weak_from_this()] {
    const std::shared_ptr<Core> self = weak.lock();
    if (self == nullptr) return;
    self->lose({"no-server", "No answer from " + self->options_.url + " in time."}, false);
  });
}

void Core::connected() {
  transport_up_ = true;
  relay_.connected(reference_);
}

void Core::received(ByteView frame) {
  const std::shared_ptr<Core> keep = shared_from_this();
  Result<std::vector<Notices>> turns = relay_.receive(frame);
  if (!turns.has_value()) return lose(turns.error(), false);
  for (Notices& turn : *turns) take(std::move(turn));
  mind_owners();
  flush_soon();
}

void Core::writable() {
  sending_ = false;
  flush();
}

void Core::gone(Error why) {
  const std::shared_ptr<Core> keep = shared_from_this();
  if (phase_ == Phase::closing) return finish_closing();
  // Whoever has the session now shall keep it.
  const bool is_final = ended_by_server_.code == "taken-over";
  lose(ended_by_server_.code.empty() ? std::move(why) : ended_by_server_, is_final);
}

void Core::opened(ServerInfo info, bool resumed) {
  {
    const std::lock_guard guard(mutex_);
    server_ = std::move(info);
    resume_token_ = relay_.resume_token();
  }
  timer_.reset();
  grace_timer_.reset();
  grace_ends_.reset();
  if (phase_ != Phase::connecting) return;
  phase_ = Phase::up;
  up_since_ = host_->now();
  if (!resumed) renew_all();
  set_link({.phase = LinkState::Phase::up, .why = {}, .resumed = resumed});
  if (OnOpened then = std::exchange(on_opened_, {})) call_back(*this, then, Result<void>());
}

// The link is lost, or did not come to be.
void Core::lose(Error why, bool is_final) {
  if (phase_ == Phase::ended || phase_ == Phase::waiting) return;
  const bool was_up = phase_ == Phase::up;
  const bool never_up = static_cast<bool>(on_opened_);
  if (was_up && host_->now() - up_since_ >= good_after) backoff_.reset();
  drop_transport();
  take(relay_.disconnected());
  if (phase_ == Phase::closing) return finish_closing();
  const Moment now = host_->now();
  const bool too_late = never_up && now - *first_attempt_ >= options_.connect_within;
  const bool given_up = !never_up && options_.when_lost == WhenLost::give_up;
  if (is_final || too_late || given_up) return end(std::move(why));
  mind_grace();
  Milliseconds wait = backoff_.next(host_->random());
  if (never_up) {
    const auto left = *first_attempt_ + options_.connect_within - now;
    wait = std::min(wait, std::chrono::ceil<Milliseconds>(left));
  }
  retry_after(wait, std::move(why));
}

// The session waits for us as long as was agreed, counted from its first loss.
void Core::mind_grace() {
  if (!relay_.waits()) return;
  if (!grace_ends_) grace_ends_ = host_->now() + relay_.grace();
  const auto left = std::max(Moment::duration::zero(), *grace_ends_ - host_->now());
  grace_timer_ = host_->after(std::chrono::ceil<Milliseconds>(left), [weak = weak_from_this()] {
    const std::shared_ptr<Core> self = weak.lock();
    if (self != nullptr && self->relay_.waits()) self->take(self->relay_.give_up_session());
  });
}

// After a restart of the server its clients come back one by one.
void Core::mind_owners() {
  if (owners_timer_ != nullptr || !relay_.awaits_owners()) return;
  owners_timer_ = host_->after(relay_.owners_grace(), [weak = weak_from_this()] {
    const std::shared_ptr<Core> self = weak.lock();
    if (self == nullptr) return;
    self->owners_timer_.reset();
    self->take(self->relay_.stop_awaiting_owners());
  });
}

void Core::drop_transport() {
  timer_.reset();
  transport_.reset();
  transport_up_ = false;
  sending_ = false;
}

void Core::retry_after(Milliseconds wait, Error why) {
  phase_ = Phase::waiting;
  timer_ = host_->after(wait, [weak = weak_from_this()] {
    if (const std::shared_ptr<Core> self = weak.lock()) self->attempt();
  });
  set_link({.phase = on_opened_ ? LinkState::Phase::connecting : LinkState::Phase::lost,
            .why = std::move(why),
            .retry_in = wait});
}

void Core::end(Error why) {
  drop_transport();
  grace_timer_.reset();
  owners_timer_.reset();
  take(relay_.give_up_session());
  phase_ = Phase::ended;
  ended_why_ = why;
  fail_all(why);
  set_link({.phase = LinkState::Phase::ended, .why = why});
  if (OnOpened then = std::exchange(on_opened_, {})) call_back(*this, then, Result<void>(why));
  for (const std::function<void()>& then : std::exchange(on_closed_, {})) call_back(*this, then);
}

void Core::set_link(LinkState state) {
  {
    const std::lock_guard guard(mutex_);
    link_ = state;
  }
  for (const std::shared_ptr<Listening>& listening : all_listenings()) listening->tell(state);
}

void Core::close(std::function<void()> then) noexcept {
  std::map<ClientId, std::shared_ptr<Listening>> all;
  {
    const std::lock_guard guard(mutex_);
    is_closed_ = true;
    all.swap(listenings_);
  }
  {
    // All that facets hold goes in one turn; the end of the link would take it back in any case.
    const Gathering last(*this);
    for (const auto& [id, listening] : all) listening->stop();
  }
  host_->post([self = shared_from_this(), then = std::move(then)]() mutable {
    self->begin_closing(std::move(then));
  });
}

void Core::begin_closing(std::function<void()> then) {
  if (then) on_closed_.push_back(std::move(then));
  if (phase_ == Phase::closing) return;
  if (phase_ == Phase::ended) {
    for (const std::function<void()>& one : std::exchange(on_closed_, {})) call_back(*this, one);
    return;
  }
  ended_why_ = {"closed", "The client was closed."};
  if (phase_ != Phase::up) return finish_closing();
  phase_ = Phase::closing;
  fail_all(ended_why_);
  // Nobody else may hold the client any more; the timer does until it is closed.
  timer_ = host_->after(closing_within, [self = shared_from_this()] { self->finish_closing(); });
  flush();
}

void Core::finish_closing() {
  if (phase_ == Phase::ended) return;
  const std::shared_ptr<Core> keep = shared_from_this();
  end(ended_why_);
}

void Core::flush_soon() {
  if (std::exchange(flush_posted_, true)) return;
  host_->post([self = shared_from_this()] {
    self->flush_posted_ = false;
    self->flush();
  });
}

void Core::flush() {
  if (!transport_up_ || sending_) return;
  if (std::optional<Bytes> frame = relay_.next_frame()) {
    sending_ = true;
    transport_->send(*std::move(frame));
  } else if (phase_ == Phase::closing) {
    sending_ = true;
    transport_->close();
  }
}

}  // namespace avow
