#include <algorithm>
#include <iterator>
#include <utility>

#include "avow/base/check.hpp"
#include "avow/client/relay.hpp"

// How a relay begins a session, keeps it over the loss of a connection, and resumes it.

namespace avow {
namespace {

namespace native = wire::native;

// So much is acknowledged at a time: often enough that the server keeps little.
constexpr std::uint64_t unacknowledged_max = 32;
constexpr std::size_t unacknowledged_bytes_max = 256 << 10;
// So much may wait to be said while there is no connection; beyond that the session is given up.
constexpr std::size_t kept_bytes_max = 8 << 20;

}  // namespace

void Relay::connected(Value reference) {
  AVOW_CHECK(phase_ == Phase::disconnected);
  reference_ = std::move(reference);
  phase_ = Phase::greeting;
}

void Relay::begin_session() {
  ++session_;
  session_reference_ = reference_;
  said_ = {};
  taken_ = acknowledged_ = 0;
  native::Open open;
  open.id = 1;
  open.reference = reference_.bytes();
  open.client = client_;
  open.grace_ms = static_cast<std::uint32_t>(grace_asked_.count());
  say(open);
}

void Relay::resume_session() {
  native::Open open;
  open.id = 1;
  open.reference = session_reference_.bytes();
  open.client = client_;
  open.resume_token = resume_token_;
  open.received = taken_;
  native::append_message(room(), open);
}

// What the server has not taken in is said again. What it has told meanwhile comes by itself.
Result<Notices> Relay::resumed(const native::Opened& answer) {
  if (answer.fault || !answer.resumed) return begin_anew();
  AVOW_TRY_VOID(said_.acknowledge(answer.received));
  suspended_ = false;
  phase_ = Phase::open;
  acknowledged_ = taken_;
  for (const Bytes& message : said_.unacknowledged()) append(room(message.size()), message);
  return Notices{{Notice::Opened{server_, true}}};
}

Notices Relay::begin_anew() {
  Notices told = give_up_session();
  begin_session();
  return told;
}

Notices Relay::disconnected() {
  const bool goes_on = is_open() && !resume_token_.empty();
  for (auto& [id, asked] : queries_) {
    asked.found = {};
    asked.seen.clear();
    asked.held_references = false;
  }
  frames_.clear();
  assembly_ = {};
  phase_ = Phase::disconnected;
  suspended_ = goes_on;
  return goes_on ? Notices() : give_up_session();
}

Notices Relay::give_up_session() {
  Notices told;
  suspended_ = false;
  resume_token_.clear();
  for (auto& [number, turn] : in_flight_) {
    if (!turn.sends) {
      // Its facts are said again in the next session, and its tickets answered then.
      waiting_tickets_.insert(waiting_tickets_.end(), turn.tickets.begin(), turn.tickets.end());
      continue;
    }
    for (const ClientId ticket : turn.tickets) {
      told.push_back({Notice::Answered{
          ticket, Error{"outcome-unknown", "The link was lost before the server answered."}}});
    }
  }
  note_told_through();
  lose_requests(told);
  in_flight_.clear();
  topics_.clear();
  references_.clear();
  last_turn_ = 0;
  said_ = {};
  return told;
}

// ---- what is said, and kept -----------------------------------------------------------------

template <class Write>
void Relay::say_as(const Write& write, std::size_t bytes) {
  Bytes unsent;
  Bytes& frame = suspended_ ? unsent : room(bytes);
  const std::size_t from = frame.size();
  write(frame);
  // Before the answer to `open` it is not known whether there will be a grace.
  const bool may_be_resumed =
      phase_ == Phase::opening ? grace_asked_ > Milliseconds{0} : !resume_token_.empty();
  if (may_be_resumed) said_.add(ByteView(frame).subspan(from));
}

void Relay::say(const native::ClientMessage& message, std::size_t bytes) {
  say_as([&](Bytes& frame) { native::append_message(frame, message); }, bytes);
}

void Relay::say_turn(const native::ClientTurn& turn, std::size_t bytes) {
  say_as([&](Bytes& frame) { native::append_turn(frame, turn); }, bytes);
}

// Without a connection what is said piles up.
Notices Relay::bound_kept() {
  if (!waits() || said_.bytes() <= kept_bytes_max) return {};
  return give_up_session();
}

void Relay::note_taken() { ++taken_; }

void Relay::note_unacknowledged(std::size_t bytes) {
  if (resume_token_.empty() || phase_ != Phase::open) return;
  unacknowledged_bytes_ += bytes;
  const bool is_due = taken_ - acknowledged_ >= unacknowledged_max ||
                      (taken_ > acknowledged_ && unacknowledged_bytes_ >= unacknowledged_bytes_max);
  if (!is_due) return;
  acknowledged_ = taken_;
  unacknowledged_bytes_ = 0;
  native::append_message(room(), native::ClientMessage(native::Acknowledge{taken_}));
}

}  // namespace avow
