#include "server/session/session_tie.hpp"

#include <memory>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

std::vector<Block> blocks_of(Bytes packet) {
  std::vector<Block> blocks;
  blocks.push_back(std::make_shared<const Bytes>(std::move(packet)));
  return blocks;
}

}  // namespace

SessionTie::SessionTie(Engine& engine, SessionPort& port, Shell& shell, Outbox::Framing framing,
                       const Peer& peer, Moment now, const ConversationLimits& limits)
    : engine_(engine),
      shell_(shell),
      limits_(limits),
      outbox_(framing, limits.outbox_bytes_max),
      session_(engine.open_session(port)),
      first_packet_due_(
          now + (peer.local ? limits.first_packet_time_max_local : limits.first_packet_time_max)) {}

SessionTie::~SessionTie() { AVOW_CHECK(!session_is_open_); }

bool SessionTie::wants_input() const {
  return !is_over() && outbox_.waiting_bytes() < limits_.outbox_bytes_to_pause_reading;
}

void SessionTie::push(FrameType type, std::vector<Block> packet) {
  if (is_over()) return;
  if (!outbox_.push(type, std::move(packet))) return too_slow();
  shell_.output_ready();
}

void SessionTie::push(FrameType type, Bytes packet) { push(type, blocks_of(std::move(packet))); }

void SessionTie::push_group(FrameType type, std::vector<std::vector<Block>> packets) {
  if (is_over()) return;
  if (!outbox_.push_group(type, std::move(packets))) return too_slow();
  shell_.output_ready();
}

void SessionTie::push_farewell(FrameType type, Bytes packet) {
  if (is_over()) return;
  outbox_.push_farewell(type, blocks_of(std::move(packet)));
}

void SessionTie::end(CloseCode code, std::string reason, Cause cause) {
  if (!is_over()) {
    ending_ = Ending{code, std::move(reason)};
    shell_.output_ready();
  }
  close_session(cause);
}

void SessionTie::departed(Departure how) {
  if (!is_over()) ending_ = Ending{};
  close_session(how == Departure::closed ? Cause::closed : Cause::session_lost);
}

void SessionTie::too_slow() {
  end(CloseCode::slow_consumer,
      "The client reads too slowly: more than " + std::to_string(limits_.outbox_bytes_max) +
          " bytes wait for it.",
      Cause::session_lost);
}

void SessionTie::close_session(Cause cause) {
  if (std::exchange(session_is_open_, false)) engine_.close_session(session_, cause);
}

}  // namespace avow::server
