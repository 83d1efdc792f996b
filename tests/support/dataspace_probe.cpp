#include "tests/support/dataspace_probe.hpp"

#include <utility>

namespace avow::test {

using namespace server;  // NOLINT: the probe speaks of nothing else.

namespace {

Value group(const Value& type, const std::vector<Value>& patterns) {
  Builder builder;
  builder.begin_record("group").value(type).begin_dictionary();
  std::int64_t index = 0;
  for (const Value& pattern : patterns) builder.integer(index++).value(pattern);
  return builder.end().end().finish().value();
}

}  // namespace

Value any() { return record("_"); }
Value bind() { return record("bind", any()); }
Value bind(const Value& pattern) { return record("bind", pattern); }
Value lit(const Value& atom) { return record("lit", atom); }
Value lit(std::int64_t number) { return lit(Value::integer(number)); }
Value lit(std::string_view text) { return lit(Value::string(text)); }
Value rec(std::string_view label, const std::vector<Value>& fields) {
  return group(record("rec", Value::symbol(label)), fields);
}
Value arr(const std::vector<Value>& elements) { return group(record("arr"), elements); }

Value observe(const Value& pattern, ReferenceId observer) {
  return record("Observe", pattern, observer);
}
Value observe_same(const Value& pattern, ReferenceId observer, std::uint32_t first,
                   std::uint32_t second) {
  Builder options;
  options.begin_dictionary().symbol("same").value(sequence(sequence(first, second))).end();
  return record("Observe", pattern, observer, options.finish().value());
}

DataspaceProbe::DataspaceProbe(const DataspaceLimits& limits)
    : turn_(next_turn()), space_(HashKey{11, 22}, *this, limits) {}

std::unique_ptr<Turn> DataspaceProbe::next_turn() {
  // A turn does not move, so that it can only be made in its place.
  // NOLINTNEXTLINE(modernize-make-unique)
  return std::unique_ptr<Turn>(new Turn(turns_.next()));
}

FactId DataspaceProbe::publish(const Value& value) {
  const ParsedInterest parsed = parse_interest(value);
  return space_.publish(*turn_, value, parsed.interest ? &*parsed.interest : nullptr);
}
void DataspaceProbe::retract(FactId fact, Cause cause) { space_.retract(*turn_, fact, cause); }
std::uint32_t DataspaceProbe::send(const Value& message) { return space_.send(*turn_, message); }

void DataspaceProbe::settle() {
  telling_.clear();
  space_.settle(*turn_, *this);
  told_ = std::move(telling_);
  turn_ = next_turn();
}

std::vector<std::string> DataspaceProbe::told_to(ReferenceId observer) const {
  static constexpr const char* marks[] = {"+ ", "! ", "- "};
  std::vector<std::string> lines;
  for (const Told& each : told_) {
    if (each.observer != observer) continue;
    lines.push_back(marks[static_cast<int>(each.change.kind)] + brief(each.captures));
  }
  return lines;
}

std::vector<std::string> DataspaceProbe::told_to_all() const {
  static constexpr const char* marks[] = {"+ ", "! ", "- "};
  std::vector<std::string> lines;
  for (const Told& each : told_) {
    lines.push_back(marks[static_cast<int>(each.change.kind)] + brief(each.captures));
  }
  return lines;
}

std::vector<Value> DataspaceProbe::query(const Value& observe_value) const {
  std::vector<Value> rows;
  const ParsedInterest parsed = parse_interest(observe_value);
  space_.query(parsed.interest.value(), [&](ByteView captures) {
    rows.push_back(Value::from_canonical(captures));
    return true;
  });
  return rows;
}

std::uint32_t DataspaceProbe::observer_added(ReferenceId reference, TopicId topic,
                                             std::optional<Observer> /*known*/) {
  ++observers_;
  ++topics_[topic];
  references_.push_back(reference);
  return static_cast<std::uint32_t>(references_.size());
}
void DataspaceProbe::observer_removed(std::uint32_t /*token*/, TopicId /*topic*/) { --observers_; }
void DataspaceProbe::topic_ended(TopicId topic) { topics_.erase(topic); }

void DataspaceProbe::deliver(const Change& change, ByteView captures,
                             std::span<const Observer> observers) {
  for (const Observer& observer : observers) {
    telling_.push_back({.change = change,
                        .observer = references_[observer.token - 1],
                        .token = observer.token,
                        .captures = captures.empty() ? Value() : Value::from_canonical(captures)});
  }
}

std::string brief(ValueView value) {
  if (const auto number = value.as_int64()) return std::to_string(*number);
  if (const auto text = value.as_string()) return '"' + std::string(*text) + '"';
  if (const auto name = value.as_symbol()) return std::string(*name);
  if (value.kind() == Kind::embedded) return "#:";
  std::string text = value.kind() == Kind::sequence ? "[" : "<";
  if (value.kind() == Kind::record) text += brief(value.label()) + " ";
  for (const ValueView element : value.elements()) text += brief(element) + " ";
  if (text.back() == ' ') text.pop_back();
  return text + (value.kind() == Kind::sequence ? "]" : ">");
}

}  // namespace avow::test
