#include "avow/client/commit.hpp"

#include <algorithm>
#include <utility>

#include "avow/client/commit_words.hpp"
#include "avow/client/core.hpp"

namespace avow {
namespace {

const Error nothing_held{"unknown-item", "This item stands for nothing."};

Result<PatternNode> node_of(ValueView value);

// The children of a compound: `keys` and `values` in turn.
Result<PatternNode> group_of(PatternNode::Group group, ValueView compound) {
  PatternNode node;
  node.kind = PatternNode::Kind::group;
  node.group = group;
  if (group == PatternNode::Group::record) node.literal = Value(compound.label());
  if (group == PatternNode::Group::dictionary) {
    const std::vector<ValueView> entries = in_total_order(compound);
    for (std::size_t at = 0; at + 1 < entries.size(); at += 2) {
      node.keys.emplace_back(entries[at]);
      AVOW_TRY(PatternNode child, node_of(entries[at + 1]));
      node.children.push_back(std::move(child));
    }
    return node;
  }
  std::int64_t place = 0;
  for (const ValueView element : compound.elements()) {
    node.keys.push_back(Value::integer(place++));
    AVOW_TRY(PatternNode child, node_of(element));
    node.children.push_back(std::move(child));
  }
  return node;
}

Result<PatternNode> node_of(ValueView value) {
  switch (value.kind()) {
    case Kind::record:
      return group_of(PatternNode::Group::record, value);
    case Kind::sequence:
      return group_of(PatternNode::Group::sequence, value);
    case Kind::dictionary:
      return group_of(PatternNode::Group::dictionary, value);
    case Kind::set:
      return Error{"bad-pattern", "A set has no pattern; ask for the rest of the fact."};
    default:
      break;
  }
  PatternNode node;
  node.kind = PatternNode::Kind::literal;
  node.literal = Value(value);
  return node;
}

}  // namespace

Error not_of_the_type() {
  return {"bad-item", "An item matches, but its fields are of other types than the struct's."};
}

Result<Pattern> pattern_of(ValueView value) {
  AVOW_TRY(PatternNode root, node_of(value));
  return Pattern(std::move(root));
}

// ---- commits --------------------------------------------------------------------------------

Commit::Commit() : words_(std::make_unique<Words>()) {}
Commit::Commit(const Commit& other) : words_(std::make_unique<Words>(*other.words_)) {}
Commit& Commit::operator=(const Commit& other) {
  words_ = std::make_unique<Words>(*other.words_);
  return *this;
}
Commit::Commit(Commit&& other) noexcept = default;
Commit& Commit::operator=(Commit&& other) noexcept = default;
Commit::~Commit() = default;

void Commit::Words::add_pattern(std::vector<Value>& to, const Query& query) {
  if (!query.pattern.same.empty()) {
    note({"unsupported",
          "A pattern of a commit can use a name once; equal captures cannot be demanded."});
  }
  to.push_back(query.pattern.pattern.to_value());
}

Commit& Commit::require(const Query& query) {
  words_->add_pattern(words_->options.require, query);
  return *this;
}

Commit& Commit::absent(const Query& query) {
  words_->add_pattern(words_->options.absent, query);
  return *this;
}

Commit& Commit::require_fact(ValueView fact) {
  Result<Pattern> pattern = pattern_of(fact);
  if (pattern) return require(*std::move(pattern));
  words_->note(pattern.error());
  return *this;
}

Commit& Commit::absent_fact(ValueView fact) {
  Result<Pattern> pattern = pattern_of(fact);
  if (pattern) return absent(*std::move(pattern));
  words_->note(pattern.error());
  return *this;
}

Commit& Commit::put(ValueView fact) {
  words_->lasting().put(fact);
  return *this;
}

Commit& Commit::drop(ValueView fact) {
  words_->lasting().drop(fact);
  return *this;
}

Commit& Commit::slot(ValueView key, ValueView fact) {
  words_->lasting().slot(key, fact);
  return *this;
}

Commit& Commit::clear_slot(ValueView key) {
  words_->lasting().clear_slot(key);
  return *this;
}

Commit& Commit::lease_to(const Lease& lease, ValueView fact) {
  words_->lasting().lease_to(lease.number(), fact);
  return *this;
}

Commit& Commit::item(ValueView value) {
  words_->lasting().item(value);
  return *this;
}

Commit& Commit::take(const Query& query) {
  std::vector<Value> pattern;
  words_->add_pattern(pattern, query);
  words_->operations.take(pattern.front());
  return *this;
}

Commit& Commit::consume() {
  words_->only_takes = false;
  words_->options.ack = true;
  return *this;
}

Commit& Commit::ack(const Item& item) {
  if (item.held_ == nullptr) {
    words_->note(nothing_held);
    return *this;
  }
  words_->lasting().ack(item.id());
  words_->acknowledged.push_back(item.held_);
  return *this;
}

Commit& Commit::send(ValueView message) {
  words_->lasting().send(message);
  return *this;
}

Commit& Commit::outcome(const TurnId& turn) {
  words_->lasting().outcome(turn);
  return *this;
}

Commit& Commit::wait(Milliseconds at_most) {
  words_->options.timeout_ms =
      static_cast<std::uint64_t>(std::max<std::int64_t>(at_most.count(), 0));
  return *this;
}

Milliseconds Commit::waits() const {
  return Milliseconds(static_cast<std::int64_t>(words_->options.timeout_ms.value_or(0)));
}

Commit& Commit::level(Level level) {
  words_->options.level = level;
  return *this;
}

Commit& Commit::turn_id(const TurnId& id) {
  words_->options.turn_id = id;
  return *this;
}

// ---- items ----------------------------------------------------------------------------------

HeldItem::HeldItem(std::weak_ptr<Core> core, std::uint64_t id, Value value,
                   std::uint64_t connection)
    : core_(std::move(core)), id_(id), value_(std::move(value)), connection_(connection) {}

HeldItem::~HeldItem() { give_back(); }

void HeldItem::give_back() noexcept {
  if (settled_.exchange(true) || connection_ == 0) return;
  if (const std::shared_ptr<Core> core = core_.lock()) core->give_back(*this);
}

const Value& Item::value() const {
  static const Value nothing;
  return held_ == nullptr ? nothing : held_->value();
}

std::uint64_t Item::id() const { return held_ == nullptr ? 0 : held_->id(); }

std::shared_ptr<Core> Item::core() const { return held_ == nullptr ? nullptr : held_->core(); }

void Item::ack(std::function<void(const Result<void>&)> then) const {
  const std::shared_ptr<Core> core = this->core();
  if (core == nullptr) {
    if (then) then(nothing_held);
    return;
  }
  auto answered = [self = core.get(), then = std::move(then)](const Result<Committed>& done) {
    const Result<void> outcome = done ? Result<void>() : Result<void>(done.error());
    if (then) return call_back(*self, then, outcome);
    if (!outcome.has_value()) self->report(outcome.error());
  };
  core->commit(Commit().ack(*this), std::move(answered));
}

void Item::give_back() noexcept {
  if (held_ != nullptr) held_->give_back();
}

// ---- leases ---------------------------------------------------------------------------------

void Lease::put(Value fact, OnCommitted then) const {
  if (const std::shared_ptr<Core> core = core_.lock()) {
    core->commit(Commit().lease_to(*this, fact), std::move(then));
  } else if (then) {
    then(Error{"closed", "The client is gone."});
  }
}

void Lease::end() noexcept {
  const std::uint64_t id = std::exchange(id_, 0);
  if (id == 0) return;
  if (const std::shared_ptr<Core> core = core_.lock()) core->end_lease(id, number_);
}

void Lease::release() && noexcept {
  const std::uint64_t id = std::exchange(id_, 0);
  if (id == 0) return;
  if (const std::shared_ptr<Core> core = core_.lock()) core->forget_lease(id);
}

}  // namespace avow
