#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "server/base/ids.hpp"
#include "server/engine/client_session.hpp"

// All living sessions. An id is never used again; in it stands the place where the session is, so
// that finding one costs no search.

namespace avow::server {

class SessionTable {
 public:
  /// The id of the next session to be added.
  [[nodiscard]] SessionId next_id() {
    const std::uint64_t place = free_.empty() ? sessions_.size() : free_.back();
    return SessionId{(last_number_ + 1) << place_bits | place};
  }
  void add(std::unique_ptr<ClientSession> session) {
    ++last_number_;
    const std::size_t place = place_of(session->id);
    if (place == sessions_.size()) {
      AVOW_CHECK(place >> place_bits == 0);
      sessions_.emplace_back();
    } else {
      free_.pop_back();
    }
    sessions_[place] = std::move(session);
  }
  /// Nothing if that session has ended.
  [[nodiscard]] ClientSession* find(SessionId id) const {
    const std::size_t place = place_of(id);
    if (place >= sessions_.size() || sessions_[place] == nullptr) return nullptr;
    ClientSession* const session = sessions_[place].get();
    return session->id == id ? session : nullptr;
  }
  /// Takes a living session out: from now on it has ended.
  [[nodiscard]] std::unique_ptr<ClientSession> take(SessionId id) {
    const std::size_t place = place_of(id);
    free_.push_back(place);
    return std::move(sessions_[place]);
  }
  /// In an order that depends on the history alone.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& session : sessions_) {
      if (session != nullptr) visit(*session);
    }
  }
  [[nodiscard]] std::size_t size() const { return sessions_.size() - free_.size(); }

 private:
  static constexpr unsigned place_bits = 24;

  static std::size_t place_of(SessionId id) {
    return static_cast<std::size_t>(number_of(id) & ((std::uint64_t{1} << place_bits) - 1));
  }

  std::uint64_t last_number_ = 0;
  std::vector<std::unique_ptr<ClientSession>> sessions_;
  std::vector<std::size_t> free_;
};

}  // namespace avow::server
