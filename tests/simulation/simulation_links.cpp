#include <utility>

#include "tests/simulation/simulation.hpp"

// What happens in a simulation to sessions that outlive their connections.

namespace avow::simulation {

using server::Departure;

void Simulation::let_links_change(Seat& seat) {
  if (seat.client->is_away()) {
    come_back(seat);
  } else if (seat.client->may_come_back() && random_.chance(1, 8)) {
    lose_link(seat);
  }
}

// The server notices at once, or not before the client has come back on another connection, or
// never: then it goes on reading what the client had said before.
void Simulation::lose_link(Seat& seat) {
  trace_.note("loses its link", seat.client->serial());
  seat.client->lose_link();
  if (random_.chance(1, 2)) return seat.connection->cut(Departure::lost);
  ghosts_.push_back(std::move(seat.connection));
  come_back(seat);
}

// Perhaps before the server has heard who it was.
void Simulation::lose_link_again(Seat& seat) {
  trace_.note("loses its link again", seat.client->serial());
  seat.client->lose_link();
  seat.connection->cut(Departure::lost);
}

void Simulation::come_back(Seat& seat) {
  trace_.note("comes back", seat.client->serial());
  std::unique_ptr<Connection> connection = connect(server::Protocol::json, seat);
  seat.client->come_back(*connection);
  seat.connection = std::move(connection);
}

void Simulation::let_all_come_back() {
  lay_ghosts();
  bool somebody_was_away = true;
  while (somebody_was_away && !verdict_.has_failed()) {
    let_everything_through();
    somebody_was_away = false;
    for (Seat& seat : seats_) {
      if (!seat.client->is_away()) continue;
      somebody_was_away = true;
      come_back(seat);
    }
  }
}

void Simulation::haunt() {
  if (ghosts_.empty()) return;
  const std::size_t place = random_.below(ghosts_.size());
  Connection& ghost = *ghosts_[place];
  if (ghost.can_reach_server() && random_.chance(2, 3)) {
    return trace_.note("haunts", place, ghost.reach_server(random_, now_));
  }
  // A clean close would end a session that has not been taken over yet.
  const bool is_free = ghost.ending().has_value();
  ghost.cut(is_free && random_.chance(1, 2) ? Departure::closed : Departure::lost);
  ghosts_.erase(ghosts_.begin() + static_cast<std::ptrdiff_t>(place));
}

void Simulation::lay_ghosts() {
  for (const std::unique_ptr<Connection>& ghost : ghosts_) ghost->cut(Departure::lost);
  ghosts_.clear();
}

}  // namespace avow::simulation
