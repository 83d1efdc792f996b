#include "server/transport/conversation_driver.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "server/transport/burst_time.hpp"

namespace avow::server {

ConversationDriver::ConversationDriver(Shared& shared, Wire& wire)
    : shared_(shared),
      wire_(wire),
      alarm_(shared.io.get_executor(), [this](Moment now) { ring(now); }) {}

void ConversationDriver::start(Protocol protocol, Peer peer) {
  peer_ = peer.description;
  self_ = wire_.hold();
  conversation_ = shared_.open(protocol, std::move(peer), *this, std::chrono::steady_clock::now());
  output_ready();  // A conversation may have something to say before it hears anything.
}

void ConversationDriver::burst_begins(Moment now) {
  burst_began_at_ = now;
  shared_.catch_up(now);
}

std::size_t ConversationDriver::received(FrameType type, ByteView data) {
  reading_ = false;
  if (finished()) return data.size();
  const std::size_t taken = conversation_->receive(burst_began_at_, type, data);
  read_on();
  return taken;
}

bool ConversationDriver::goes_on() {
  return std::chrono::steady_clock::now() - burst_began_at_ < burst_time(shared_.writers_due);
}

void ConversationDriver::burst_ends() {
  if (!finished()) wind_alarm();
}

void ConversationDriver::written() {
  writing_ = false;
  if (finished()) return;
  conversation_->written();
  pump();
}

void ConversationDriver::input_over() {
  reading_ = false;
  input_over_ = true;
  output_ready();
}

void ConversationDriver::finish(Departure how) {
  if (finished()) return;
  alarm_.stop();
  if (std::exchange(is_held_back_, false)) std::erase(shared_.held_back, this);
  // Out of our hands first: nothing that it sets off may reach the conversation again.
  const std::unique_ptr<Conversation> ended = std::exchange(conversation_, nullptr);
  ended->departed(how);
  // Whoever calls may be part of the connection, and must still be there afterwards.
  asio::post(shared_.io.get_executor(), [self = std::move(self_)] {});
}

void ConversationDriver::cut(Cut reason) {
  if (finished()) return;
  shared_.counters.count(reason);
  shared_.options.log(Severity::info, "cut " + peer_ + ": " + std::string(name_of(reason)));
  finish(Departure::lost);
}

void ConversationDriver::shut_down() {
  if (finished()) return;
  conversation_->shut_down();
  output_ready();
}

// Not written at once: what other connections have to say to this peer in the same burst of input
// then travels in the same write, and a conversation is never entered from inside itself.
void ConversationDriver::output_ready() {
  if (std::exchange(pump_is_due_, true)) return;
  ++shared_.writers_due;
  asio::post(shared_.io.get_executor(), [this, alive = wire_.hold()] {
    pump_is_due_ = false;
    --shared_.writers_due;
    pump();
  });
}

void ConversationDriver::pump() {
  if (finished()) return;
  if (!writing_) write_on();
  if (finished()) return;
  read_on();
  wind_alarm();
}

// Most frames are out at once. Others have their turn before the next one.
void ConversationDriver::write_on() {
  std::optional<OutgoingFrame> frame =
      conversation_->outbox().take(shared_.options.limits.write_bytes_max);
  if (!frame) return take_leave();
  writing_ = !wire_.write(*std::move(frame));
  if (writing_) return;
  conversation_->written();
  const bool is_more = !conversation_->outbox().empty() || conversation_->ending() || input_over_;
  if (is_more) output_ready();
}

// All that there was to say is out.
void ConversationDriver::take_leave() {
  if (!conversation_->ending() && !input_over_) return;
  const Ending ending = conversation_->ending().value_or(Ending{});
  if (ending.code == CloseCode::slow_consumer) ++shared_.counters.slow_endings;
  finish(Departure::closed);
  wire_.close(ending);
}

std::size_t ConversationDriver::waiting_bytes() const {
  if (finished()) return 0;
  const Outbox& outbox = conversation_->outbox();
  return outbox.waiting_bytes() + outbox.taken_bytes();
}

void ConversationDriver::read_on() {
  if (reading_ || input_over_ || conversation_->ending() || !conversation_->wants_input()) return;
  if (shared_.is_behind && shared_.is_behind()) return hold_back();
  reading_ = true;
  wire_.read();
}

void ConversationDriver::hold_back() {
  if (std::exchange(is_held_back_, true)) return;
  shared_.held_back.push_back(this);
}

void ConversationDriver::resume() {
  is_held_back_ = false;
  read_on();
}

void ConversationDriver::write_begins() {
  write_began_at_ = std::chrono::steady_clock::now();
  if (!finished()) wind_alarm();
}

std::optional<Moment> ConversationDriver::stall_deadline() const {
  if (!write_began_at_) return std::nullopt;
  return *write_began_at_ + shared_.options.limits.write_stall_max;
}

void ConversationDriver::wind_alarm() {
  std::optional<Moment> due = conversation_->deadline();
  const std::optional<Moment> stall = stall_deadline();
  if (stall && (!due || *stall < *due)) due = stall;
  if (!due) return alarm_.unset();
  alarm_.set(due, wire_.hold());
}

void ConversationDriver::ring(Moment now) {
  if (finished()) return;
  const std::optional<Moment> stall = stall_deadline();
  if (stall && now >= *stall) {
    cut(Cut::slow_consumer);
    return wire_.abort();
  }
  const std::optional<Moment> deadline = conversation_->deadline();
  if (deadline && now >= *deadline) {
    conversation_->on_time(now);
    output_ready();
  }
  wind_alarm();
}

}  // namespace avow::server
