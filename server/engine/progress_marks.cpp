#include "server/engine/progress_marks.hpp"

namespace avow::server {

void ProgressMarks::add(std::uint32_t subscription, const Space& space, Milliseconds every) {
  marks_.emplace(subscription, Mark{subscription, &space, 0});
  clock_.add(subscription, every);
  clock_.note_news(subscription);
}

void ProgressMarks::remove(std::uint32_t subscription) {
  marks_.erase(subscription);
  clock_.remove(subscription);
}

std::vector<ProgressMarks::Mark*> ProgressMarks::take_due(Moment now) {
  clock_.advance(now);
  std::vector<Mark*> taken;
  while (const std::optional<std::uint32_t> due = clock_.take_due(now)) {
    clock_.note_news(*due);
    taken.push_back(&marks_.at(*due));
  }
  return taken;
}

}  // namespace avow::server
