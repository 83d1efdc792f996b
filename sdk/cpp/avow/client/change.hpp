#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"
#include "avow/model/value.hpp"

// What a client is told.

namespace avow {

/// One change told to one subscription.
struct Change {
  enum class Kind : std::uint8_t {
    add,      ///< The first fact with these captures is there.
    remove,   ///< The last fact with these captures is gone.
    message,  ///< A message with these captures was sent.
    synced,   ///< All that was there at `revision` has been told. Once in a subscription's life.
    missed,   ///< This program reads too slowly: `missed` messages were sent that it is not told.
    refused,  ///< The server does not take the subscription, or has ended it since this program
              ///< reads too slowly (`slow-consumer`): `error` says why. Nothing follows.
  };

  Kind kind = Kind::add;
  Value captures;  ///< A sequence, in pattern order.
  Value fact;      ///< The whole fact, where whole facts were asked for.
  /// Of a removal: `retracted`, `closed`, `session-lost`, … (docs/PROTOCOL.md); `server-restart` if
  /// the server was restarted while the link was down, and nobody said it again in time; `unseen`
  /// if it went while the link was down, too long ago for the server to say why.
  std::string cause;
  std::string by;  ///< Who caused it, where somebody did and may be told.
  std::uint64_t revision = 0;
  std::uint64_t count = 0;  ///< Where facts are counted: those with these captures.
  std::uint64_t missed = 0;
  Error error;
};
using OnChange = std::function<void(const Change&)>;

/// What the server answered to a turn.
struct Receipt {
  struct At {
    std::string space;
    std::uint64_t revision = 0;
  };
  std::uint64_t sequence = 0;  ///< The server's number of the turn.
  std::vector<At> spaces;      ///< Every space that it changed.

  /// The revision of the first space named; 0 if the turn changed none.
  [[nodiscard]] std::uint64_t revision() const {
    return spaces.empty() ? 0 : spaces.front().revision;
  }
};
using OnReceipt = std::function<void(const Result<Receipt>&)>;

/// One fact that a query found.
struct Row {
  Value fact;      ///< Where whole facts were asked for.
  Value captures;  ///< A sequence, in pattern order.
};
/// What a query found at one revision.
struct Rows {
  std::vector<Row> rows;
  std::uint64_t revision = 0;
};
using OnRows = std::function<void(Result<Rows>)>;

/// What the server said of itself and of the space when it was opened.
struct ServerInfo {
  std::string server;   ///< `avowd`
  std::string version;  ///< `0.1.0`
  std::vector<std::string> features;
  std::vector<std::pair<std::string, std::uint64_t>> limits;
  std::string space;  ///< `main`
  std::string epoch;  ///< Of the history: another one after a restart in memory, restore or wipe.
  std::uint64_t revision = 0;  ///< Of the space when it was opened.
};

/// Whether there is a link to the server just now. While it is lost, all that was told still
/// stands; once it is back, what changed meanwhile is told as changes.
struct LinkState {
  enum class Phase : std::uint8_t {
    connecting,  ///< For the first time.
    up,
    lost,   ///< And being tried again.
    ended,  ///< By `close`, by a refusal, or because it was not to be tried again.
  };
  Phase phase = Phase::connecting;
  Error why;                 ///< Of `lost` and `ended`.
  Milliseconds retry_in{0};  ///< Of `lost`: when the next attempt begins.
  /// Of `up`: the session before goes on (see `Options::grace`), so nothing was lost and nothing
  /// changed for anybody. Otherwise it began anew.
  bool resumed = false;
};
using OnLink = std::function<void(const LinkState&)>;

}  // namespace avow
