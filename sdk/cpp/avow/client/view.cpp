#include "avow/client/view.hpp"

#include <utility>

namespace avow {

void View::begin_snapshot() {
  by_handle_.clear();
  for (auto& [captures, handles] : told_) handles = 0;
}

std::optional<Value> View::normalised(const Value& captures) const {
  return normalise_ ? normalise_(captures) : std::optional<Value>(captures);
}

std::optional<ViewChange> View::add(std::uint64_t handle, const Value& captures) {
  std::optional<Value> form = normalised(captures);
  if (!form || by_handle_.contains(handle)) return std::nullopt;
  const auto [told, is_new] = told_.emplace(*std::move(form), 0);
  ++told->second;
  by_handle_.emplace(handle, told);
  if (!is_new) return std::nullopt;
  return ViewChange{.appears = true, .captures = told->first};
}

std::optional<ViewChange> View::remove(std::uint64_t handle) {
  const auto found = by_handle_.find(handle);
  if (found == by_handle_.end()) return std::nullopt;
  const Told::iterator told = found->second;
  by_handle_.erase(found);
  if (--told->second > 0) return std::nullopt;
  ViewChange change{.appears = false, .captures = told->first};
  told_.erase(told);
  return change;
}

std::optional<ViewChange> View::remove(std::uint64_t handle, const Value& captures) {
  by_handle_.erase(handle);
  const std::optional<Value> form = normalised(captures);
  const Told::iterator told = form ? told_.find(*form) : told_.end();
  if (told == told_.end() || told->second == 0 || --told->second > 0) return std::nullopt;
  ViewChange change{.appears = false, .captures = told->first};
  told_.erase(told);
  return change;
}

std::vector<ViewChange> View::end_snapshot() {
  std::vector<ViewChange> gone;
  for (auto told = told_.begin(); told != told_.end();) {
    if (told->second > 0) {
      ++told;
      continue;
    }
    gone.push_back({.appears = false, .captures = told->first});
    told = told_.erase(told);
  }
  return gone;
}

}  // namespace avow
