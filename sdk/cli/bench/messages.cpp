#include <algorithm>
#include <deque>

#include "cli/bench/pace.hpp"
#include "cli/bench/workload.hpp"

// stream, fanout, select and latency: one publisher sends messages, subscribers are told. In all
// of them each subscriber knows which number it is to be told next.

namespace avow::cli::bench {
namespace {

// A mix of all bits, so that numbers choose subscriptions in no order that helps anybody.
// Source: the finalizer of SplitMix64.
std::uint64_t mixed(std::uint64_t number) {
  number += 0x9E3779B97F4A7C15ULL;
  number = (number ^ (number >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  number = (number ^ (number >> 27U)) * 0x94D049BB133111EBULL;
  return number ^ (number >> 31U);
}

struct Subscriber {
  std::unique_ptr<Link> link;
  std::uint64_t next = 0;            // Where everybody is told everything.
  std::deque<std::uint64_t> chosen;  // Where each is told what is for it.
};

class Messages {
 public:
  explicit Messages(Run& run)
      : run_(run),
        keys_(run.settings.facts),
        numbered_(run.number, run.settings.size, run.settings.batch * run.settings.pack),
        departures_(run.settings.window / run.settings.batch + 2 * run.settings.pack + 1) {
    report_ = {.unit = "deliveries"};
  }

  Result<void> result() {
    AVOW_TRY_VOID(begin());
    Ending ending(run_.settings);
    run_.timing.emplace();
    pace_ = Pace(run_.settings.rate, now_ns());
    while (!ending.has_come(sent_)) {
      while (may_send() && !ending.has_come(sent_)) send();
      if (!is_due()) run_.lane.wake_at(pace_.due_ns(sent_));
      AVOW_TRY_VOID(run_.lane.until([&] { return may_send(); }, [&] { return missing(); }));
      run_.lane.show(std::string(run_.name), report_.count);
    }
    AVOW_TRY_VOID(run_.lane.until([&] { return oldest() == sent_; }, [&] { return missing(); }));
    run_.timing->finish(report_);
    return look_for_more();
  }

 private:
  [[nodiscard]] bool selects() const { return keys_ > 0; }

  Result<void> begin() {
    AVOW_TRY(Links links, open_links(run_, run_.settings.connections));
    for (auto& link : links) {
      Subscriber& subscriber = subscribers_.emplace_back();
      subscriber.link = std::move(link);
    }
    for (Subscriber& subscriber : subscribers_) {
      subscriber.link->on_batch(
          [this, &subscriber](const Link::Batch& batch) { take(subscriber, batch); });
      if (!selects()) AVOW_TRY_VOID(watch(run_, *subscriber.link));
    }
    if (selects()) AVOW_TRY_VOID(subscribe_to_keys());
    AVOW_TRY(publisher_, open_link(run_));
    return {};
  }

  // Key k is subscribed to by subscriber k modulo their number, under the oid k + 1.
  Result<void> subscribe_to_keys() {
    constexpr std::uint64_t at_a_time = 500;
    for (std::uint64_t key = 0; key < keys_;) {
      AVOW_TRY_VOID(not_interrupted());
      const std::uint64_t end = std::min(keys_, key + at_a_time);
      for (; key < end; ++key) of_key(key).link->observe(key + 1, numbered_.of_key(key));
      for (Subscriber& one : subscribers_) one.link->ask({});
      for (Subscriber& one : subscribers_) AVOW_TRY_VOID(settle(run_, *one.link));
      run_.lane.show(std::string(run_.name) + ": subscriptions", key);
    }
    return {};
  }

  Subscriber& of_key(std::uint64_t key) { return subscribers_[key % subscribers_.size()]; }
  [[nodiscard]] std::uint64_t key_of(std::uint64_t number) const {
    return selects() ? mixed(number) % keys_ : 0;
  }

  // The first number that somebody is still to be told.
  [[nodiscard]] std::uint64_t oldest() const {
    std::uint64_t found = sent_;
    for (const Subscriber& one : subscribers_) {
      if (!selects()) found = std::min(found, one.next);
      if (!one.chosen.empty()) found = std::min(found, one.chosen.front());
    }
    return found;
  }

  [[nodiscard]] bool has_room() const {
    const std::uint64_t frame = run_.settings.batch * run_.settings.pack;
    return publisher_->is_idle() &&
           sent_ + frame - oldest() <= std::max(frame, run_.settings.window);
  }

  [[nodiscard]] bool is_due() const { return !pace_.is_given() || pace_.due_ns(sent_) <= now_ns(); }
  [[nodiscard]] bool may_send() const { return has_room() && is_due(); }

  void send() {
    const std::uint64_t departure = pace_.departure_ns(sent_, now_ns());
    for (std::uint64_t turn = 0; turn < run_.settings.pack; ++turn) {
      events_.clear();
      for (std::uint64_t i = 0; i < run_.settings.batch; ++i, ++sent_) {
        const std::uint64_t key = key_of(sent_);
        if (selects()) of_key(key).chosen.push_back(sent_);
        events_.push_back({.target = publisher_->space(),
                           .body = numbered_.write(turn * run_.settings.batch + i, key, sent_),
                           .kind = wire::EventKind::message});
      }
      publisher_->add_turn(events_);
      departures_.sent((sent_ - 1) / run_.settings.batch, departure);
    }
    publisher_->send_frame();
  }

  void take(Subscriber& subscriber, const Link::Batch& batch) {
    std::uint64_t last = 0;
    for (const Link::Event& event : batch.events) {
      const std::uint64_t due = next_of(subscriber);
      const auto number = numbered_.number_in(event.body);
      const std::uint64_t observer = subscriber.link->observer_of(event.target);
      const bool is_right = number && *number == due && due < sent_ &&
                            observer == key_of(due) + 1 && event.kind == wire::EventKind::message;
      if (!is_right) return run_.lane.fail(wrong("message", number, due));
      last = due;
      ++subscriber.next;
      if (selects()) subscriber.chosen.pop_front();
    }
    if (batch.events.empty()) return;
    report_.count += batch.events.size();
    report_.delay.record(now_ns() - departures_.of(last / run_.settings.batch),
                         batch.events.size());
  }

  [[nodiscard]] std::uint64_t next_of(const Subscriber& subscriber) const {
    if (!selects()) return subscriber.next;
    return subscriber.chosen.empty() ? sent_ : subscriber.chosen.front();
  }

  // Whatever is told twice has been told when the server has answered once more.
  Result<void> look_for_more() {
    for (const Subscriber& one : subscribers_) one.link->ask({});
    for (const Subscriber& one : subscribers_) AVOW_TRY_VOID(settle(run_, *one.link));
    return {};
  }

  [[nodiscard]] std::string missing() const {
    const std::uint64_t due = selects() ? sent_ : sent_ * subscribers_.size();
    return std::to_string(due - report_.count) + " of " + std::to_string(due) +
           " deliveries did not come, and the server is silent.";
  }

  Run& run_;
  const std::uint64_t keys_;
  Numbered numbered_;
  Departures departures_;
  Pace pace_{0, 0};                     // Of the run, which begins when all is set up.
  std::deque<Subscriber> subscribers_;  // They stay where they are.
  std::unique_ptr<Link> publisher_;
  std::vector<Link::Event> events_;
  std::uint64_t sent_ = 0;
  Report& report_ = run_.report;
};

}  // namespace

Result<void> run_messages(Run& run) { return Messages(run).result(); }

}  // namespace avow::cli::bench
