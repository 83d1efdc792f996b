#include "server/engine/catch_up_line.hpp"

#include <utility>

#include "server/engine/client_session.hpp"
#include "server/engine/session_port.hpp"

namespace avow::server {
namespace {

// Its client is told nothing until its snapshots are whole.
bool is_told_whole(const ClientSession& session) {
  return session.port != nullptr && session.port->gathers_parts() && session.snapshots != nullptr;
}

}  // namespace

void CatchUpLine::add(ClientSession& session) {
  if (!std::exchange(session.is_catching_up, true)) line_.push_back(session.id);
}

ClientSession* CatchUpLine::next() {
  if (!waiting_.empty() && !is_one_in_progress()) {
    line_.push_back(waiting_.front());
    waiting_.pop_front();
  }
  while (!line_.empty()) {
    ClientSession* const session = sessions_.find(line_.front());
    line_.pop_front();
    if (session == nullptr) continue;
    if (must_wait(*session)) {
      waiting_.push_back(session->id);
      continue;
    }
    session->is_catching_up = false;
    return session;
  }
  return nullptr;
}

void CatchUpLine::clear() {
  line_.clear();
  waiting_.clear();
}

bool CatchUpLine::must_wait(const ClientSession& session) {
  if (!is_told_whole(session)) return false;
  if (!is_one_in_progress()) whole_ = session.id;
  return whole_ != session.id;
}

bool CatchUpLine::is_one_in_progress() const {
  const ClientSession* const session = sessions_.find(whole_);
  return session != nullptr && is_told_whole(*session);
}

}  // namespace avow::server
