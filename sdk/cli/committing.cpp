#include "cli/committing.hpp"

#include <random>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/facts.hpp"

namespace avow::cli {
namespace {

constexpr Milliseconds patience{10'000};

}  // namespace

LinkPatience::LinkPatience(Session& session, std::function<void()> give_up)
    : session_(session), give_up_(std::move(give_up)) {
  links_ = session.client().on_link([this](const LinkState& state) {
    const bool is_lost = state.phase == LinkState::Phase::lost;
    if (std::exchange(lost_, is_lost) || !is_lost) return;
    session_.loop().after(patience, [this, loss = ++losses_] {
      if (lost_ && loss == losses_ && !session_.finishing()) give_up_();
    });
  });
}

TurnId fresh_turn_id() {
  std::random_device random;
  TurnId id;
  for (std::uint8_t& byte : id.client) byte = static_cast<std::uint8_t>(random());
  id.number = 1;
  return id;
}

Committing::Committing(Session& session, std::string hint)
    : session_(session), hint_(std::move(hint)), patience_(session, [this] { give_up(); }) {
  session.on_interrupt([this](int signal) {
    tell_unknown();
    session_.finish(status_interrupted + signal);
  });
}

void Committing::run(Commit commit, const TurnId& id, std::function<void(Committed)> then,
                     std::function<void(const Error&)> refused) {
  unanswered_ = id;
  commit.turn_id(id);
  auto answered = [this, then = std::move(then),
                   refused = std::move(refused)](Result<Committed> outcome) {
    if (session_.finishing()) return;
    const bool is_refused = !outcome.has_value();
    if (is_refused && outcome.error().code == "outcome-unknown") return give_up();
    unanswered_.reset();
    if (!is_refused) return then(*std::move(outcome));
    refused ? refused(outcome.error()) : session_.fail(outcome.error());
  };
  session_.client().commit(std::move(commit), std::move(answered));
}

void Committing::tell_unknown() {
  if (!unanswered_) return;
  session_.print("= unknown turn-id " + to_text(*unanswered_));
  complain("the outcome is unknown: the server has not answered; " + hint_);
  unanswered_.reset();
}

void Committing::give_up() {
  if (!unanswered_) return session_.fail({"no-server", "the link is lost, and does not come back"});
  tell_unknown();
  session_.finish(status_unknown_outcome);
}

std::optional<Commit> commit_of(const CommitWords& words) {
  Commit commit;
  for (const std::string& text : words.require) {
    std::optional<NamedPattern> pattern = accept_pattern(text);
    if (!pattern) return std::nullopt;
    commit.require(*std::move(pattern));
  }
  for (const std::string& text : words.absent) {
    std::optional<NamedPattern> pattern = accept_pattern(text);
    if (!pattern) return std::nullopt;
    commit.absent(*std::move(pattern));
  }
  if (words.timeout) commit.wait(*words.timeout);
  if (words.accepted) commit.level(Level::accepted);
  return commit;
}

std::optional<TurnId> turn_id_of(const CommitWords& words) {
  if (words.turn_id.empty()) return fresh_turn_id();
  Result<TurnId> id = parse_turn_id(words.turn_id);
  if (id.has_value()) return *id;
  complain(id.error().detail);
  return std::nullopt;
}

}  // namespace avow::cli
