#include "server/engine/output_gate.hpp"

#include <utility>

namespace avow::server {

void OutputGate::pass(ClientSession& to, const OutboundTurn& turn) {
  if (to.port != nullptr) to.port->turn(turn);
}

void OutputGate::pass(ClientSession& to, const QueryAnswer& answer) {
  if (to.port != nullptr) to.port->answer(answer);
}

void OutputGate::pass_end(ClientSession& to, const Error& why) {
  SessionPort* const port = std::exchange(to.port, nullptr);
  if (port != nullptr) port->ended(why);
}

}  // namespace avow::server
