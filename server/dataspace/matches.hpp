#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "server/base/ids.hpp"

// What a fact matched, remembered so that its end needs no matching again.

namespace avow::server {

/// A capture that a fact matched. Captures end with their topic, which may be before the facts
/// behind them end: then `id`, which is never used again, is not that of capture number `capture`.
struct Match {
  CaptureId id{};
  std::uint32_t capture = 0;
};

/// 24 bytes; the two first matches are held in place.
class Matches {
 public:
  Matches() = default;
  Matches(Matches&& other) noexcept
      : captures_(std::exchange(other.captures_, {})), content_(other.content_) {}
  Matches& operator=(Matches&& other) noexcept {
    std::swap(captures_, other.captures_);
    std::swap(content_, other.content_);
    return *this;
  }
  ~Matches() {
    if (holds_many()) delete content_.many;
  }

  /// Adds a match. Where there is no room, first forgets those of which `is_live` does not hold.
  template <class IsLive>
  void add(const Match& match, const IsLive& is_live) {
    if (!has_room()) make_room(is_live);
    append(match);
  }
  template <class Visit>
  void visit(const Visit& visit_match) const {
    if (holds_many()) {
      for (const Match& match : *content_.many) visit_match(match);
      return;
    }
    for (std::size_t i = 0; i < captures_.size() && captures_[i] != 0; ++i) {
      visit_match(Match{.id = content_.few[i], .capture = captures_[i]});
    }
  }

 private:
  using Many = std::vector<Match>;
  union Content {
    std::array<CaptureId, 2> few{};
    Many* many;
  };
  static constexpr std::uint32_t many_mark = 0xFFFF'FFFF;

  [[nodiscard]] bool holds_many() const { return captures_[0] == many_mark; }
  [[nodiscard]] bool has_room() const {
    return holds_many() ? content_.many->size() < content_.many->capacity() : captures_[1] == 0;
  }
  // At least half of the room is won back, or it is doubled: so adding stays cheap on the average.
  template <class IsLive>
  void make_room(const IsLive& is_live) {
    auto live = std::make_unique<Many>();
    visit([&](const Match& match) {
      if (is_live(match)) live->push_back(match);
    });
    *this = Matches();
    if (live->size() < captures_.size()) {
      for (const Match& match : *live) append(match);
      return;
    }
    live->reserve(2 * live->size());
    content_.many = live.release();
    captures_[0] = many_mark;
  }
  void append(const Match& match) {
    if (holds_many()) {
      content_.many->push_back(match);
      return;
    }
    const std::size_t at = captures_[0] == 0 ? 0 : 1;
    content_.few[at] = match.id;
    captures_[at] = match.capture;
  }

  std::array<std::uint32_t, 2> captures_{};  // 0: none.
  Content content_;
};

}  // namespace avow::server
