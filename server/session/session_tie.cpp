#include "server/session/session_tie.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"

namespace avow::server {
namespace {

// So much of what a client has sent it may have to keep, in case the connection is lost.
constexpr std::size_t unacknowledged_messages_max = 32;
constexpr std::size_t unacknowledged_bytes_max = 64 << 10;

bool is_copied(ByteView packet) { return packet.size() <= Outbox::copied_packet_bytes_max; }

}  // namespace

SessionTie::SessionTie(Engine& engine, SessionPort& port, Line& line)
    : engine_(engine),
      line_(&line),
      limits_(line.limits()),
      can_fall_behind_(port.tells_what_went()),
      session_(engine.open_session(port)) {}

SessionTie::~SessionTie() { AVOW_CHECK(!session_is_open_); }

void SessionTie::push(FrameType type, std::vector<std::vector<Block>> packets) {
  if (is_over_) return;
  const bool is_whole = !kept_ || kept_->add(type, packets);
  if (!kept_) ++told_;
  if (!offer(type, std::move(packets), is_whole)) return end_as_too_slow();
  if (!is_behind_ && is_crowded() && can_fall_behind_) fall_behind();
}

// Small packets are most of what clients are told.
void SessionTie::push(FrameType type, Bytes packet) {
  if (kept_ || !is_copied(packet)) return push(type, packets_of(std::move(packet)));
  push_copy(type, packet);
}

void SessionTie::push_copy(FrameType type, ByteView packet) {
  if (kept_ || !is_copied(packet)) {
    return push(type, packets_of(Bytes(packet.begin(), packet.end())));
  }
  if (is_over_) return;
  ++told_;
  if (!offer_copy(type, packet)) return end_as_too_slow();
  if (can_fall_behind_ && !is_behind_ && is_crowded()) fall_behind();
}

void SessionTie::push_on(FrameType type, std::vector<std::vector<Block>> pieces) {
  AVOW_CHECK(!kept_ && !can_fall_behind_);
  if (line_ != nullptr) line_->push_again(type, std::move(pieces));
}

// Whoever can fall behind is told whole what makes it do so, of whatever size that is. While it is
// behind it is told of gaps, answers and what others do at its entities, up to a limit of their
// own.
bool SessionTie::offer(FrameType type, std::vector<std::vector<Block>> packets, bool is_kept) {
  if (line_ == nullptr) return is_kept;
  if (!can_fall_behind_) return line_->push(type, std::move(packets));
  if (is_behind_ && !has_room_behind(size_of(packets))) return false;
  line_->push_again(type, std::move(packets));
  return true;
}

bool SessionTie::offer_copy(FrameType type, ByteView packet) {
  if (line_ == nullptr) return true;
  if (!can_fall_behind_) return line_->push_copy(type, packet);
  if (is_behind_ && !has_room_behind(packet.size())) return false;
  line_->push_copy_again(type, packet);
  return true;
}

// A little of it there is room for whatever waits for others.
bool SessionTie::has_room_behind(std::size_t bytes) {
  told_behind_ += bytes;
  const OutboxBudget* const all = limits_.outboxes;
  const bool is_little = told_behind_ <= OutboxBudget::assured_bytes;
  return told_behind_ <= limits_.outbox_bytes_max &&
         (is_little || all == nullptr || all->has_room(bytes));
}

bool SessionTie::is_crowded() const {
  const std::size_t bytes_max =
      std::min(limits_.outbox_bytes_to_fall_behind, limits_.outbox_bytes_max);
  if (line_ != nullptr) return line_->outbox().is_crowded(bytes_max);
  return kept_ && kept_->bytes() > bytes_max;
}

void SessionTie::fall_behind() {
  is_behind_ = true;
  told_behind_ = 0;
  engine_.fall_behind(session_);
}

void SessionTie::settle_room() {
  if (is_over_ || line_ == nullptr) return;
  const bool has_room =
      is_behind_ ? line_->outbox().is_idle() : awaits_room_ && has_little_waiting();
  if (!has_room) return;
  is_behind_ = false;
  awaits_room_ = false;
  engine_.has_room(session_);
}

bool SessionTie::has_little_waiting() const {
  const Outbox& outbox = line_->outbox();
  std::size_t little = limits_.outbox_bytes_to_pause_snapshots;
  if (limits_.outboxes != nullptr) little = std::min(little, limits_.outboxes->share());
  return outbox.waiting_bytes() + outbox.taken_bytes() < little;
}

bool SessionTie::has_room() {
  awaits_room_ = line_ == nullptr || !has_little_waiting();
  return !awaits_room_;
}

void SessionTie::end_as_too_slow() {
  end(CloseCode::slow_consumer,
      "The client reads too slowly: more than " + std::to_string(limits_.outbox_bytes_max) +
          " bytes wait for it.",
      Cause::session_lost);
}

void SessionTie::note_received() {
  ++received_;
  ++unacknowledged_.messages;
}

bool SessionTie::owes_acknowledgement() const {
  return agreed_ && (unacknowledged_.messages >= unacknowledged_messages_max ||
                     unacknowledged_.bytes >= unacknowledged_bytes_max);
}

void SessionTie::agree(GraceAgreed agreed, KeptBudget& budget) {
  agreed_ = std::move(agreed);
  engine_.set_grace(session_, agreed_->grace);
  kept_.emplace(told_, limits_.outbox_bytes_max, budget);
}

Result<void> SessionTie::acknowledge(std::uint64_t number) {
  return kept_ ? kept_->acknowledge(number) : Result<void>();
}

Result<void> SessionTie::check_reach(std::uint64_t number) const {
  AVOW_CHECK(kept_.has_value());
  return kept_->check_reach(number);
}

void SessionTie::end_if_lost_after(std::uint64_t number) {
  if (kept_ && kept_->has_lost_after(number)) end_as_too_slow();
}

void SessionTie::tell_again_after(std::uint64_t number) {
  AVOW_CHECK(kept_.has_value() && line_ != nullptr);
  const Result<void> known = kept_->acknowledge(number);
  AVOW_CHECK(known.has_value());
  for (const KeptOutput::Told& told : kept_->unacknowledged()) {
    line_->push_again(told.type, told.packets);
  }
  settle_room();
}

void SessionTie::end(CloseCode code, std::string reason, Cause cause) {
  is_over_ = true;
  if (line_ != nullptr) line_->end(code, std::move(reason));
  close_session(cause);
}

void SessionTie::fail(FrameType type, Bytes farewell, CloseCode code, std::string reason) {
  if (line_ != nullptr) line_->push_farewell(type, std::move(farewell));
  end(code, std::move(reason),
      code == CloseCode::going_away ? Cause::server_restart : Cause::session_lost);
}

void SessionTie::left_by_server() {
  detach();
  end(CloseCode::going_away, {}, Cause::server_restart);
}

void SessionTie::departed(Departure how) {
  detach();
  end(CloseCode::normal, {}, how == Departure::closed ? Cause::closed : Cause::session_lost);
}

PortStatus SessionTie::status(std::string_view protocol) const {
  if (line_ != nullptr) {
    const Outbox& outbox = line_->outbox();
    return {protocol, line_->peer(), outbox.waiting_bytes(), outbox.waiting_packets()};
  }
  if (!kept_) return {protocol, "", 0, 0};
  return {protocol, "", kept_->bytes(), kept_->unacknowledged().size()};
}

void SessionTie::close_session(Cause cause) {
  kept_.reset();
  if (std::exchange(session_is_open_, false)) engine_.close_session(session_, cause);
}

}  // namespace avow::server
