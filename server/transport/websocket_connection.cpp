#include "server/transport/websocket_connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "server/transport/frame_writer.hpp"
#include "server/transport/lingering.hpp"

namespace avow::server {

WebSocketConnection::WebSocketConnection(Shared& shared, Socket socket, Peer peer, Place place)
    : shared_(shared),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      place_(std::move(place)),
      membership_(shared, *this),
      input_(shared, socket_),
      reader_(shared.options.limits.message_bytes_max, shared.options.limits.message_frames_max),
      driver_(shared, *this),
      heartbeat_(shared.io.get_executor(), [this](Moment now) { heartbeat(now); }),
      end_alarm_(shared.io.get_executor(), [this](Moment) { abort(); }) {
  ++shared_.counts.websocket;
}

WebSocketConnection::~WebSocketConnection() { --shared_.counts.websocket; }

void WebSocketConnection::start(Protocol protocol, Bytes early) {
  pending_ = PendingBytes(std::move(early));
  heard_at_ = pinged_at_ = std::chrono::steady_clock::now();
  wind_heartbeat();
  driver_.start(protocol, std::move(peer_));
}

// --- Reading ---

void WebSocketConnection::read() {
  wants_ = true;
  if (is_taking_) return;
  // What was paused for our sake does not count against the peer.
  heard_at_ = begun_at_ = std::chrono::steady_clock::now();
  if (!reader_.at_rest()) wind_heartbeat();
  read_on();
}

void WebSocketConnection::read_on() {
  if (pending_.empty()) return await_input();
  asio::post(shared_.io.get_executor(), [this, alive = shared_from_this()] { take_pending(); });
}

void WebSocketConnection::await_input() {
  if (peer_closed_ || std::exchange(is_waiting_, true)) return;
  input_.read(
      [this, alive = shared_from_this()](const error_code& error, std::span<std::uint8_t> bytes) {
        is_waiting_ = false;
        if (peer_closed_) return;  // What still comes is drained elsewhere.
        if (error) return abort();
        shared_.counters.bytes_received += bytes.size();
        heard_at_ = std::chrono::steady_clock::now();
        take(bytes);
      });
}

void WebSocketConnection::take(std::span<std::uint8_t> bytes) {
  take_events(bytes);
  pending_.keep(bytes);
  if (wants_ || closing_) read_on();
}

void WebSocketConnection::take_pending() {
  std::span<std::uint8_t> bytes = pending_.rest();
  take_events(bytes);
  pending_.leave(bytes.size());
  if (wants_ || closing_) read_on();
}

// Until they are used up, or the driver wants no more, or it has been enough for one time.
void WebSocketConnection::take_events(std::span<std::uint8_t>& bytes) {
  is_taking_ = true;
  driver_.burst_begins(std::chrono::steady_clock::now());
  while ((wants_ || closing_) && !peer_closed_) {
    const std::optional<ClientEvent> event = reader_.take(bytes);
    if (!event) break;
    take_event(*event);
    if (!driver_.goes_on()) break;
  }
  is_taking_ = false;
  driver_.burst_ends();
  if (peer_closed_) bytes = {};
  note_begun();
}

void WebSocketConnection::note_begun() {
  if (std::exchange(begun_seen_, reader_.begun()) == reader_.begun()) return;
  begun_at_ = heard_at_;
  if (!reader_.at_rest()) wind_heartbeat();
}

void WebSocketConnection::take_event(const ClientEvent& event) {
  if (const auto* message = std::get_if<ClientMessage>(&event)) {
    if (closing_) return;  // It came too late.
    wants_ = false;
    driver_.received(message->type, message->data);
    return;
  }
  if (const auto* ping = std::get_if<ClientPing>(&event)) {
    // Of several pings the last is answered (RFC 6455, 5.5.3): whoever sends many and reads nothing
    // makes us keep one.
    pong_.emplace(ping->payload.begin(), ping->payload.end());
    return send();
  }
  if (const auto* close = std::get_if<ClientClose>(&event)) return take_close(close->code);
  if (const auto* breach = std::get_if<ClientBreach>(&event)) return take_breach(*breach);
}

void WebSocketConnection::take_close(std::optional<std::uint16_t> code) {
  peer_closed_ = true;
  driver_.finish(Departure::closed);
  say_close(code, {});
  end_if_closed();
}

void WebSocketConnection::take_breach(const ClientBreach& breach) {
  peer_closed_ = true;
  if (breach.is_fragments) {
    driver_.cut(Cut::too_many_frames);
  } else {
    driver_.finish(Departure::lost);
  }
  say_close(static_cast<std::uint16_t>(breach.code), breach.sentence);
  end_if_closed();
}

// --- Writing ---

bool WebSocketConnection::write(OutgoingFrame frame) {
  if (writing_ == Writing::nothing && !pong_ && !ping_is_due_ && !close_is_out_) {
    load(std::move(frame));
    shared_.counters.bytes_sent += write_at_once(socket_, unsent_);
    if (unsent_.rest().empty()) {
      unsent_.clear();
      return true;
    }
    writing_ = Writing::message;
    send_rest();
    return false;
  }
  message_ = std::move(frame);
  send();
  return false;
}

// Control frames go between two messages, and a close behind the last.
void WebSocketConnection::send() {
  if (writing_ != Writing::nothing || close_is_out_) return;
  if (pong_ || ping_is_due_) return send_control();
  if (message_) {
    writing_ = Writing::message;
    load(*std::exchange(message_, std::nullopt));
  } else if (close_) {
    writing_ = Writing::close;
    control_ = *std::exchange(close_, std::nullopt);
    unsent_.load(control_);
  } else {
    return;
  }
  send_rest();
}

void WebSocketConnection::load(OutgoingFrame message) {
  const MessageHead head(message.type, message.size);
  unsent_.load(std::move(message), head.bytes());
}

void WebSocketConnection::send_control() {
  writing_ = Writing::control;
  control_.clear();
  if (pong_) append_control_frame(control_, ControlFrame::pong, *pong_);
  if (ping_is_due_) append_control_frame(control_, ControlFrame::ping, {});
  pong_.reset();
  ping_is_due_ = false;
  unsent_.load(control_);
  send_rest();
}

void WebSocketConnection::send_rest() {
  driver_.write_begins();
  socket_.async_write_some(unsent_.rest(), [this, alive = shared_from_this()](
                                               const error_code& error, std::size_t count) {
    if (error) return abort();
    sent(count);
  });
}

void WebSocketConnection::sent(std::size_t count) {
  shared_.counters.bytes_sent += count;
  driver_.write_progressed();
  unsent_.consume(count);
  if (!unsent_.rest().empty()) return send_rest();
  unsent_.clear();
  const Writing written = std::exchange(writing_, Writing::nothing);
  if (written == Writing::close) {
    close_is_out_ = true;
    return end_if_closed();
  }
  if (written == Writing::message) driver_.written();
  send();
}

// --- The end ---

void WebSocketConnection::close(const Ending& ending) {
  say_close(static_cast<std::uint16_t>(ending.code), ending.reason);
}

void WebSocketConnection::say_close(std::optional<std::uint16_t> code, std::string_view reason) {
  if (std::exchange(closing_, true)) return;
  await_end();
  close_ = close_frame(code, reason);
  send();
  if (!is_taking_ && !peer_closed_) read_on();  // The peer's close is still to come.
}

void WebSocketConnection::cut_politely(Cut reason, CloseCode code, std::string_view sentence) {
  if (driver_.finished()) return;
  driver_.cut(reason);
  say_close(static_cast<std::uint16_t>(code), sentence);
}

void WebSocketConnection::await_end() {
  heartbeat_.stop();
  end_alarm_.set(std::chrono::steady_clock::now() + shared_.options.limits.close_time_max,
                 weak_from_this());
}

void WebSocketConnection::end_if_closed() {
  if (close_is_out_ && peer_closed_) linger_and_close(shared_, socket_, shared_from_this());
}

void WebSocketConnection::abort() {
  driver_.finish(Departure::lost);
  heartbeat_.stop();
  end_alarm_.stop();
  error_code ignored;
  socket_.close(ignored);
}

// --- Signs of life ---

std::optional<Moment> WebSocketConnection::message_deadline() const {
  if (reader_.at_rest() || !driver_.reading()) return std::nullopt;
  const TransportLimits& limits = shared_.options.limits;
  const auto bytes = static_cast<std::size_t>(
      std::min<std::uint64_t>(reader_.message_bytes(), limits.message_bytes_max));
  const Milliseconds for_its_size(bytes * 1'000 / limits.message_bytes_per_second_min);
  return begun_at_ + limits.message_time_max + for_its_size;
}

std::optional<Moment> WebSocketConnection::silence_deadline() const {
  if (!driver_.reading()) return std::nullopt;
  return heard_at_ + shared_.options.limits.silence_max;
}

void WebSocketConnection::wind_heartbeat() {
  if (closing_) return;
  Moment due = pinged_at_ + shared_.options.limits.ping_interval;
  for (const auto& deadline : {message_deadline(), silence_deadline()}) {
    if (deadline) due = std::min(due, *deadline);
  }
  heartbeat_.set(due, weak_from_this());
}

void WebSocketConnection::heartbeat(Moment now) {
  if (driver_.finished()) return;
  const std::optional<Moment> message = message_deadline();
  const std::optional<Moment> silence = silence_deadline();
  if (message && now >= *message) {
    return cut_politely(Cut::slow_message, CloseCode::policy_violation,
                        "The message took too long.");
  }
  if (silence && now >= *silence) {
    driver_.cut(Cut::silent);
    return abort();
  }
  if (now >= pinged_at_ + shared_.options.limits.ping_interval) {
    pinged_at_ = now;
    ping_is_due_ = true;
    send();
  }
  wind_heartbeat();
}

}  // namespace avow::server
