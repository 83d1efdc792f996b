#include "server/session/line.hpp"

#include <memory>
#include <utility>

namespace avow::server {

Line::Line(Outbox::Framing framing, const Peer& peer, Shell& shell, Moment now,
           const ConversationLimits& limits)
    : shell_(shell),
      peer_(peer.description),
      limits_(limits),
      outbox_(framing, limits.outbox_bytes_max, limits.outboxes, limits.outbox_run_bytes_max),
      first_packet_due_(
          now + (peer.local ? limits.first_packet_time_max_local : limits.first_packet_time_max)) {}

bool Line::wants_input() const {
  return !is_over() && outbox_.waiting_bytes() < limits_.outbox_bytes_to_pause_reading;
}

std::optional<Moment> Line::deadline() const {
  if (is_over()) return std::nullopt;
  return first_packet_due_;
}

bool Line::push(FrameType type, std::vector<std::vector<Block>> packets) {
  if (is_over()) return true;
  if (!outbox_.push_group(type, std::move(packets))) return false;
  shell_.output_ready();
  return true;
}

bool Line::push_copy(FrameType type, ByteView packet) {
  if (is_over()) return true;
  if (!outbox_.push_copy(type, packet)) return false;
  shell_.output_ready();
  return true;
}

void Line::push_again(FrameType type, std::vector<std::vector<Block>> packets) {
  if (is_over()) return;
  outbox_.push_again(type, std::move(packets));
  shell_.output_ready();
}

void Line::push_copy_again(FrameType type, ByteView packet) {
  if (is_over()) return;
  outbox_.push_copy_again(type, packet);
  shell_.output_ready();
}

void Line::push_farewell(FrameType type, Bytes packet) {
  if (is_over()) return;
  outbox_.push_again(type, packets_of(std::move(packet)));
}

void Line::end(CloseCode code, std::string reason) {
  if (is_over()) return;
  ending_ = Ending{code, std::move(reason)};
  shell_.output_ready();
}

std::vector<std::vector<Block>> packets_of(Block packet) {
  std::vector<std::vector<Block>> packets(1);
  packets.front().push_back(std::move(packet));
  return packets;
}

std::vector<std::vector<Block>> packets_of(Bytes packet) {
  return packets_of(std::make_shared<const Bytes>(std::move(packet)));
}

}  // namespace avow::server
