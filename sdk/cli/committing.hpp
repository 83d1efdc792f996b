#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/options.hpp"
#include "cli/session.hpp"

// What the verbs that change durable state have in common: a turn id, patience with a lost link,
// and what to say when the outcome stays unknown.

namespace avow::cli {

/// Calls `give_up` once a link has been lost for ten seconds: a script is not to hang for ever.
class LinkPatience {
 public:
  LinkPatience(Session& session, std::function<void()> give_up);
  LinkPatience(const LinkPatience&) = delete;
  LinkPatience& operator=(const LinkPatience&) = delete;

 private:
  Session& session_;
  std::function<void()> give_up_;
  Subscription links_;
  std::uint64_t losses_ = 0;
  bool lost_ = false;
};

/// A random client's first turn.
[[nodiscard]] TurnId fresh_turn_id();

/// Sees commits of one command through, one at a time. Must live as long as the session.
class Committing {
 public:
  /// `hint` is said where the outcome is unknown: what to do then. It follows the turn id.
  Committing(Session& session, std::string hint);
  Committing(const Committing&) = delete;
  Committing& operator=(const Committing&) = delete;

  /// `then` is told what was done. A refusal ends the command, or is told to `refused`.
  void run(Commit commit, const TurnId& id, std::function<void(Committed)> then,
           std::function<void(const Error&)> refused = {});
  /// Says the turn id, if there is a commit whose outcome is unknown.
  void tell_unknown();

 private:
  void give_up();

  Session& session_;
  std::string hint_;
  std::optional<TurnId> unanswered_;
  LinkPatience patience_;
};

/// What the words of a command demand, in a commit. Nothing if they are wrong, which was said.
[[nodiscard]] std::optional<Commit> commit_of(const CommitWords& words);
/// The turn id of the words, or a new one. Nothing if it is none, which was said.
[[nodiscard]] std::optional<TurnId> turn_id_of(const CommitWords& words);

}  // namespace avow::cli
