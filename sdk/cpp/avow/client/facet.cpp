#include <map>
#include <memory>
#include <utility>

#include "avow/client/core.hpp"
#include "avow/client/space.hpp"

namespace avow {
namespace {

struct ByBytes {
  bool operator()(const Value& a, const Value& b) const {
    return compare(a.bytes(), b.bytes()) < 0;
  }
};

// The facets of one `during`, by what they stand for: one for each match that is there. It dies
// with the callbacks of its subscription, and all facets with it.
class Facets {
 public:
  using Body = std::function<void(const Change&, Facet&)>;

  Facets(Space space, Body body)
      : space_(std::move(space)), body_(std::make_shared<Body>(std::move(body))) {}

  void operator()(const Change& change) {
    if (change.kind == Change::Kind::add) begin(change);
    if (change.kind == Change::Kind::remove) end(change);
  }

 private:
  // What is told as one: the whole fact, or all captures.
  using Key = std::pair<Value, Value>;
  struct Order {
    bool operator()(const Key& a, const Key& b) const {
      const int first = compare(a.first.bytes(), b.first.bytes());
      return first != 0 ? first < 0 : ByBytes()(a.second, b.second);
    }
  };

  void begin(const Change& change) {
    auto facet = std::make_shared<Facet>(space_);
    facets_.insert_or_assign(Key(change.fact, change.captures), facet);
    // Held here too: the body may end the whole subscription.
    const std::shared_ptr<Body> body = body_;
    (*body)(change, *facet);
  }
  void end(const Change& change) {
    const auto node = facets_.extract(Key(change.fact, change.captures));
    if (!node.empty()) node.mapped()->stop();
  }

  Space space_;
  std::shared_ptr<Body> body_;
  std::map<Key, std::shared_ptr<Facet>, Order> facets_;
};

}  // namespace

Subscription Space::during(Query query, std::function<void(const Change&, Facet&)> body) {
  // Shared, since a std::function copies what it holds; there is only ever the one.
  auto facets = std::make_shared<Facets>(*this, std::move(body));
  return subscribe(std::move(query), [facets](const Change& change) { (*facets)(change); });
}

void Facet::stop() noexcept {
  const std::shared_ptr<Core> core = space_.core_.lock();
  std::optional<Core::Gathering> one_turn;
  if (core != nullptr) one_turn.emplace(*core);
  // Nested facets hang on the subscriptions.
  subscriptions_.clear();
  while (!on_stop_.empty()) {
    const std::function<void()> then = std::move(on_stop_.back());
    on_stop_.pop_back();
    if (core != nullptr) {
      call_back(*core, then);
    } else {
      then();
    }
  }
  publications_.clear();
}

}  // namespace avow
