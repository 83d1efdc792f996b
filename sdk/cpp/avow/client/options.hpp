#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"

namespace avow {

/// The right to a space: a sturdy reference as text (`<ref {oid: … sig: …}>`), or a function that
/// gives one. The function is called before every connection, so that a right which ends can be
/// had anew after the laptop slept; what it throws ends the attempt, not the program.
class Token {
 public:
  /// None: the well-known reference that development servers accept.
  Token() = default;
  Token(std::string text)  // NOLINT: a token is its text
      : get_([text = std::move(text)] { return text; }) {}
  Token(const char* text) : Token(std::string(text)) {}              // NOLINT
  Token(std::function<std::string()> get) : get_(std::move(get)) {}  // NOLINT
  template <class Get>
  requires std::is_invocable_r_v<std::string, Get&> Token(Get get)  // NOLINT
      : get_(std::move(get)) {}

  [[nodiscard]] bool given() const { return static_cast<bool>(get_); }
  /// The reference as text; "" if none was given.
  [[nodiscard]] std::string text() const { return get_ ? get_() : std::string(); }

 private:
  std::function<std::string()> get_;
};

/// What to do when the link is lost.
enum class WhenLost : unsigned char { reconnect, give_up };

/// How to connect, and what to do when things go wrong.
struct Options {
  std::string url = "ws://127.0.0.1:7370";  ///< `ws://HOST:PORT[/PATH]`
  Token token;
  /// The space to open where no token is given, through a reference signed by the empty key that
  /// development servers accept: "" is `main`. With a token it must be empty: a reference says
  /// which space it is for.
  std::string space;
  /// For how long to try again if nobody answers the first time. Zero: one attempt.
  Milliseconds connect_within{0};
  /// After the first connection stood. Attempts come after a random time of up to 0.5 s, 1 s, 2 s …
  /// 30 s, so that many clients do not come back at once.
  WhenLost when_lost = WhenLost::reconnect;
  /// For how long the server is to keep the session when the link is lost; it may allow less, and
  /// at most 60 s. Whoever is back in time goes on: others have seen nothing, nothing is published
  /// again, and what happened meanwhile is told once. Zero: the session ends with its link.
  Milliseconds grace{0};
  /// How long one attempt may take, until the space is open.
  Milliseconds attempt_within{10'000};
  /// How long a blocking call waits before it throws `timeout`. Awaitables wait until cancelled.
  Milliseconds patience{30'000};
  /// Told what nobody else is told: a refused subscription without a handler of its own, a fact
  /// that the server did not take. The default writes one line to stderr: a refusal must be loud.
  std::function<void(const Error&)> on_error;
};

}  // namespace avow
