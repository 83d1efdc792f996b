#include "tests/simulation/connection.hpp"

#include <algorithm>
#include <utility>

#include "avow/base/check.hpp"
#include "server/session/json_conversation.hpp"
#include "server/session/syndicate_conversation.hpp"

namespace avow::simulation {
namespace {

using server::Protocol;

// What open_conversation does, with limits that a simulation may choose.
std::unique_ptr<server::Conversation> open(server::Engine& engine,
                                           server::ResumableSessions& sessions, Protocol protocol,
                                           server::Shell& shell, Moment now,
                                           const server::ConversationLimits& limits) {
  using Wire = server::SyndicateConversation::Wire;
  const server::Peer peer{.description = "simulated"};
  if (protocol == Protocol::json) {
    return std::make_unique<server::JsonConversation>(engine, sessions, peer, shell, now, limits);
  }
  const Wire wire = protocol == Protocol::syndicate_stream ? Wire::stream : Wire::websocket;
  return std::make_unique<server::SyndicateConversation>(engine, wire, peer, shell, now, limits);
}

// Cuts a piece off the front of what is first on its way: mostly all of it, often little.
Bytes take_piece(std::deque<Arrival>& way, test::Random& random) {
  Bytes& first = way.front().bytes;
  std::size_t size = first.size();
  if (random.chance(1, 3)) size = 1 + random.below(std::min<std::size_t>(size, 8));
  Bytes piece(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(size));
  first.erase(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(size));
  if (first.empty()) way.pop_front();
  return piece;
}

}  // namespace

Connection::Connection(server::Engine& engine, server::ResumableSessions& sessions,
                       Protocol protocol, const server::ConversationLimits& limits, Moment now)
    : protocol_(protocol), conversation_(open(engine, sessions, protocol, *this, now, limits)) {}

Connection::~Connection() {
  if (!is_cut_) conversation_->departed(server::Departure::closed);
}

void Connection::send(server::FrameType type, Bytes packet) {
  to_server_.push_back({type, std::move(packet)});
}

bool Connection::can_reach_server() const {
  return !is_cut_ && !to_server_.empty() && !conversation_->ending() &&
         conversation_->wants_input();
}

Bytes Connection::reach_server(test::Random& random, Moment now) {
  Arrival arrival;
  if (is_stream()) {
    // Pieces need not end where packets end: some of what follows may come in the same one.
    arrival.bytes = take_piece(to_server_, random);
    while (!to_server_.empty() && random.chance(1, 3)) {
      append(arrival.bytes, take_piece(to_server_, random));
    }
  } else {
    arrival = std::move(to_server_.front());
    to_server_.pop_front();
  }
  conversation_->receive(now, arrival.type, arrival.bytes);
  return std::move(arrival.bytes);
}

void Connection::take_output(std::size_t bytes_max) {
  server::Outbox& outbox = conversation_->outbox();
  if (std::optional<server::OutgoingFrame> frame = outbox.take(bytes_max)) {
    to_client_.push_back({frame->type, frame->bytes()});
    conversation_->written();
  }
}

bool Connection::can_reach_client() {
  return !is_cut_ && (!to_client_.empty() || !conversation_->outbox().empty());
}

Arrival Connection::reach_client(test::Random& random) {
  if (to_client_.empty() || random.chance(1, 4)) take_output(1 + random.below(4'096));
  AVOW_CHECK(!to_client_.empty());
  if (is_stream()) return {to_client_.front().type, take_piece(to_client_, random)};
  Arrival arrival = std::move(to_client_.front());
  to_client_.pop_front();
  return arrival;
}

void Connection::on_time(Moment now) {
  if (is_cut_) return;
  const std::optional<Moment> due = conversation_->deadline();
  if (due && *due <= now) conversation_->on_time(now);
}

bool Connection::is_finished() {
  return !is_cut_ && conversation_->ending().has_value() && !can_reach_client();
}

const std::optional<server::Ending>& Connection::ending() const { return conversation_->ending(); }

void Connection::cut(server::Departure how) {
  AVOW_CHECK(!std::exchange(is_cut_, true));
  to_server_.clear();
  to_client_.clear();
  conversation_->departed(how);
}

}  // namespace avow::simulation
