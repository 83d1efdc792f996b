#include "server/engine/query_line.hpp"

#include <utility>

namespace avow::server {

void QueryLine::add(SpaceId space, Waiting waiting) {
  Line& line = lines_[space];
  std::deque<Waiting>& queries = line.queries[waiting.session];
  if (queries.empty()) line.sessions.push_back(waiting.session);
  queries.push_back(std::move(waiting));
}

std::size_t QueryLine::count(SessionId session) const {
  std::size_t count = 0;
  for (const auto& [space, line] : lines_) {
    const auto found = line.queries.find(session);
    if (found != line.queries.end()) count += found->second.size();
  }
  return count;
}

const QueryLine::Waiting* QueryLine::first(SpaceId space) const {
  const auto line = lines_.find(space);
  if (line == lines_.end()) return nullptr;
  return &line->second.queries.at(line->second.sessions.front()).front();
}

QueryLine::Waiting QueryLine::take_first(SpaceId space) {
  const auto found = lines_.find(space);
  Line& line = found->second;
  const SessionId session = line.sessions.front();
  line.sessions.pop_front();
  const auto queries = line.queries.find(session);
  Waiting first = std::move(queries->second.front());
  queries->second.pop_front();
  if (queries->second.empty()) {
    line.queries.erase(queries);
  } else {
    line.sessions.push_back(session);
  }
  if (line.sessions.empty()) lines_.erase(found);
  return first;
}

std::vector<SpaceId> QueryLine::forget(SessionId session, std::optional<Ticket> ticket) {
  std::vector<SpaceId> searched;
  for (auto line = lines_.begin(); line != lines_.end();) {
    if (forget(line->second, session, ticket)) searched.push_back(line->first);
    line = line->second.sessions.empty() ? lines_.erase(line) : std::next(line);
  }
  return searched;
}

bool QueryLine::forget(Line& line, SessionId session, std::optional<Ticket> ticket) {
  const auto found = line.queries.find(session);
  if (found == line.queries.end()) return false;
  std::deque<Waiting>& queries = found->second;
  const auto is_meant = [&](const Waiting& each) {
    return !ticket || each.query.ticket == *ticket;
  };
  const bool is_first = line.sessions.front() == session && is_meant(queries.front());
  std::erase_if(queries, is_meant);
  if (queries.empty()) {
    line.queries.erase(found);
    std::erase(line.sessions, session);
  }
  return is_first;
}

}  // namespace avow::server
