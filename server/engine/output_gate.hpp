#pragma once

#include "avow/base/result.hpp"
#include "server/engine/client_session.hpp"

// Whatever the engine tells anybody passes here, in order. An outbound turn may leave when every
// durable turn up to and including its cause, in the spaces that it touches and of the session that
// caused it, is committed; a session's turns never overtake one another. So nobody sees what could
// still be lost, and spaces do not wait for each other.
//
// No turn is durable as long as there is no store: nothing ever waits here, and what passes is told
// within the call.

namespace avow::server {

class OutputGate {
 public:
  void pass(ClientSession& to, const OutboundTurn& turn);
  void pass(ClientSession& to, const QueryAnswer& answer);
  /// The session is over: the last that is told it.
  void pass_end(ClientSession& to, const Error& why);
};

}  // namespace avow::server
