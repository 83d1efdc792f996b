#include "server/dataspace/messages.hpp"

#include <algorithm>
#include <span>

namespace avow::server {

void Messages::freeze() {
  class Keeper final : public DeliverySink {
   public:
    explicit Keeper(std::vector<Frozen>& frozen) : frozen_(frozen) {}
    void deliver(const Change& change, ByteView captures,
                 std::span<const Observer> observers) override {
      frozen_.push_back({.change = change,
                         .captures = Bytes(captures.begin(), captures.end()),
                         .observers = {observers.begin(), observers.end()}});
    }

   private:
    std::vector<Frozen>& frozen_;
  };
  Keeper keeper(frozen_);
  match_waiting(keeper);
}

void Messages::tell(DeliverySink& sink) {
  for (const Frozen& message : frozen_) {
    sink.deliver(message.change, message.captures, message.observers);
  }
  frozen_.clear();
  match_waiting(sink);
  first_waiting_ = 0;
}

void Messages::match_waiting(DeliverySink& sink) {
  for (std::size_t first = 0; first < waiting_.size(); first += Matcher::items_max) {
    const std::size_t end = std::min(waiting_.size(), first + Matcher::items_max);
    for (std::size_t i = first; i < end; ++i) {
      const Value& message = waiting_[i];
      matcher_.add({.value = message.bytes(), .label = labels_.find(label_of(message))});
    }
    for (const Matcher::Found& found : matcher_.match(Matcher::Want::topics)) {
      const Topic& topic = topics_[found.topic];
      if (topic.observers.empty()) continue;
      const Value& message = waiting_[first + found.item];
      const ByteView captures = captures_.sequence_of(topic, message);
      sink.deliver({.topic = topic.id,
                    .kind = ChangeKind::message,
                    .holds_references = message.holds_references() && contains_embedded(captures),
                    .message = first_waiting_ + static_cast<std::uint32_t>(first + found.item)},
                   captures, topic.observers.all());
    }
  }
  first_waiting_ += static_cast<std::uint32_t>(waiting_.size());
  waiting_.clear();
}

}  // namespace avow::server
