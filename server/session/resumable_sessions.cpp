#include "server/session/resumable_sessions.hpp"

#include <algorithm>

#include "avow/base/check.hpp"
#include "avow/capability/keyed_digest.hpp"

namespace avow::server {

ResumableSessions::ResumableSessions(Bytes key, const ResumeLimits& limits)
    : key_(std::move(key)), limits_(limits), budget_{.bytes_max = limits.kept_bytes_max} {}

// Tokens are a function of the key and a counter: whoever does not know the key learns nothing of
// one token from another.
Bytes ResumableSessions::next_token() {
  std::array<std::uint8_t, 8> number{};
  ++last_number_;
  for (std::size_t i = 0; i < number.size(); ++i) {
    number[i] = static_cast<std::uint8_t>(last_number_ >> (8 * i));
  }
  const KeyedDigest digest = keyed_digest(key_, number);
  return {digest.begin(), digest.begin() + token_bytes};
}

ResumableSessions::Name ResumableSessions::name_of(ByteView token) {
  Name name{};
  std::copy_n(token.begin(), name.size(), name.begin());
  return name;
}

void ResumableSessions::agree(ResumableSession& session, SessionHolder& holder, Milliseconds asked,
                              std::string place) {
  const Milliseconds grace = std::min(asked, limits_.grace_max);
  if (grace <= Milliseconds{0} || session.tie().agreed()) return;
  const Bytes token = next_token();
  Entry entry{.token = token, .session = &session, .holder = &holder, .waiting = {}, .ends_at = {}};
  AVOW_CHECK(entries_.emplace(name_of(token), std::move(entry)).second);
  session.tie().agree({.token = token, .grace = grace, .place = std::move(place)}, budget_);
}

ResumableSession* ResumableSessions::find(ByteView token) const {
  if (token.size() != token_bytes) return nullptr;
  const auto found = entries_.find(name_of(token));
  if (found == entries_.end() || !are_equal_secrets(found->second.token, token)) return nullptr;
  return found->second.session->tie().is_over() ? nullptr : found->second.session;
}

std::unique_ptr<ResumableSession> ResumableSessions::take(ByteView token, SessionHolder& to) {
  const Name name = name_of(token);
  Entry& entry = entries_.at(name);
  SessionHolder* const before = std::exchange(entry.holder, &to);
  if (before != nullptr) return before->hand_over();
  stop_waiting(name, entry);
  return std::move(entry.waiting);
}

void ResumableSessions::leave(std::unique_ptr<ResumableSession> session, Departure how) {
  SessionTie& tie = session->tie();
  if (!tie.agreed()) return tie.departed(how);
  const Name name = name_of(tie.agreed()->token);
  if (tie.is_over() || how == Departure::closed || waiting() >= limits_.waiting_max) {
    tie.departed(how);
    entries_.erase(name);
    return;
  }
  tie.detach();
  Entry& entry = entries_.at(name);
  entry.holder = nullptr;
  entry.waiting = std::move(session);
  starting_.insert(name);
}

void ResumableSessions::stop_waiting(const Name& name, Entry& entry) {
  starting_.erase(name);
  if (entry.ends_at) due_.erase({*entry.ends_at, name});
  entry.ends_at.reset();
}

void ResumableSessions::tick(Moment now) {
  for (const Name& name : std::exchange(starting_, {})) {
    Entry& entry = entries_.at(name);
    entry.ends_at = now + entry.session->tie().agreed()->grace;
    due_.emplace(*entry.ends_at, name);
  }
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto over = entries_.extract(due_.begin()->second);
    due_.erase(due_.begin());
    over.mapped().session->tie().departed(Departure::lost);
  }
}

std::optional<Moment> ResumableSessions::next_deadline() const {
  if (!starting_.empty()) return Moment::min();
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

void ResumableSessions::end_all() {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.waiting == nullptr) {
      ++entry;
      continue;
    }
    stop_waiting(entry->first, entry->second);
    entry->second.session->tie().left_by_server();
    entry = entries_.erase(entry);
  }
}

}  // namespace avow::server
