#include <limits>
#include <utility>

#include "avow/base/check.hpp"
#include "server/dataspace/index.hpp"

// What an observer is told that was told before, up to some revision: the difference between what
// it held then and what its topic holds now. The history says which facts came and went in
// between; how many facts are behind each capture now, less what has changed, is how many were
// behind it then.

namespace avow::server {

/// The captures of one topic that have changed, each once, in the order of their first changes.
class Index::NetChanges {
 public:
  struct Net {
    const StoredBytes* fact = nullptr;  ///< The last that had these captures.
    std::uint64_t hash = 0;
    std::int64_t more = 0;  ///< Facts behind it, compared with before.
    Cause cause = Cause::none;
  };

  NetChanges(Index& index, std::uint32_t topic) : index_(index), topic_(topic) {}

  void add(const SpaceHistory::Item& item) {
    const ValueView value = item.fact->value();
    const std::uint64_t hash = index_.captures_.hash_of(topic_, value, index_.bag_.hash_of(value));
    Net& net = find_or_add(item, hash);
    net.fact = item.fact;
    net.more += item.came ? 1 : -1;
    if (!item.came) net.cause = item.cause;
  }
  [[nodiscard]] const std::vector<Net>& all() const { return nets_; }

 private:
  Net& find_or_add(const SpaceHistory::Item& item, std::uint64_t hash) {
    const Topic& topic = index_.topics_[topic_];
    const CaptureForm& form = index_.topics_.form_of(topic);
    const ByteView captures = captures_.write(form, item.fact->value());
    const std::uint32_t place = by_hash_.find(hash, [&](std::uint32_t candidate) {
      const Net& net = nets_[candidate - 1];
      return net.hash == hash && equal(other_.write(form, net.fact->value()), captures);
    });
    if (place != 0) return nets_[place - 1];
    nets_.push_back({.hash = hash});
    by_hash_.insert(hash, static_cast<std::uint32_t>(nets_.size()));
    return nets_.back();
  }

  Index& index_;
  std::uint32_t topic_;
  std::vector<Net> nets_;
  Table by_hash_;
  CaptureWriter captures_;
  CaptureWriter other_;
};

bool Index::tell_since(Turn& turn, std::uint32_t fact, const SpaceHistory& history,
                       std::uint64_t revision, DeliverySink& sink) {
  const std::uint32_t number = interests_.registrations()[bag_[fact].interest].topic();
  if (fillings_.contains(number)) {
    (void)fill_later(turn, number, std::numeric_limits<std::size_t>::max(), sink);
  }
  const Topic& topic = topics_[number];
  const std::uint32_t label = topics_.shape(topic.shape).label;
  if (captures_.hold_references(number)) return false;
  NetChanges changes(*this, number);
  bool mentions_references = false;
  history.visit_above(revision, [&](const SpaceHistory::Item& item) {
    const ValueView value = item.fact->value();
    const bool has_label = label == labels_.any() || labels_.is_named(label, label_of(value));
    if (!has_label || !matches(topic, value)) return true;
    mentions_references = item.fact->holds_references();
    if (!mentions_references) changes.add(item);
    return !mentions_references;
  });
  if (mentions_references) return false;

  const Observer observer = interests_.observer_of(bag_[fact].interest);
  for (const ChangeKind kind : {ChangeKind::appear, ChangeKind::disappear}) {
    for (const NetChanges::Net& net : changes.all()) {
      const ValueView value = net.fact->value();
      const std::uint32_t capture = captures_.find(number, value, net.hash);
      const std::int64_t now = capture == 0 ? 0 : captures_[capture].facts;
      const std::int64_t then = now - net.more;
      AVOW_CHECK(then >= 0);
      if ((then > 0) == (now > 0) || (now > 0) != (kind == ChangeKind::appear)) continue;
      Change change{.topic = topic.id, .kind = kind};
      if (capture != 0) change.capture = captures_[capture].id;
      if (kind == ChangeKind::disappear) change.cause = net.cause;
      sink.deliver(change, captures_.sequence_of(topic, value), {&observer, 1});
    }
  }
  return true;
}

}  // namespace avow::server
